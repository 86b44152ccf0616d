import { ArgumentError, FormatError } from '../errors.js';
import type { Stack } from '../field.js';
import { type Attributes, parseAttributes } from './attributes.js';
import { type ByteSource, sourceOf } from './bytes.js';
import { FORMAT_VERSION, type Header, readHeader } from './header.js';
import { readSection, SectionScanner } from './section.js';
import { parseSlicePayload, type SliceParts } from './slice.js';

/** Length, flags, one missing pattern, an empty mask, checksum: no slice section is smaller. */
const MIN_SLICE_SECTION_BYTES = 9;

/** A container that has been opened: the header and the attributes are verified, the sections are found but not yet read. */
export interface Container {
  readonly formatVersion: number;
  readonly header: Header;
  readonly stack: Stack;
  readonly attributes: Attributes | undefined;
  /** Bytes of the whole file. */
  readonly bytes: number;
  /** Bytes of each slice's section, its length and its checksum included. */
  sliceBytes(): number[];
  /**
   * Reads one slice section and verifies its checksum. The mask and the stream may be views of the file's own bytes.
   * @throws ArgumentError if there is no such slice, FormatError or UnsupportedError if the section is not as it must be.
   */
  readSlice(index: number): SliceParts;
}

/**
 * Opens a container. Reads the header, the attributes and the length of every section, and nothing else.
 * @throws FormatError if the bytes are not a container or not a whole one, UnsupportedError if they need a newer fieldzip.
 */
export function openContainer(bytes: ByteSource | Uint8Array): Container {
  const source = sourceOf(bytes);
  const { header, stack, hasAttributes, end } = readHeader(source);
  const scanner = new SectionScanner(source, end);
  let attributes: Attributes | undefined;
  if (hasAttributes) {
    const name = 'the attributes section';
    attributes = parseAttributes(
      readSection(
        source,
        end,
        scanner.next(() => name),
        name,
      ),
    );
  }
  const offsets = sliceOffsets(scanner, stack.slices, source.size);

  return {
    formatVersion: FORMAT_VERSION,
    header,
    stack,
    attributes,
    bytes: source.size,
    sliceBytes: () => Array.from({ length: stack.slices }, (_, i) => offsets[i + 1]! - offsets[i]!),
    readSlice(index) {
      if (!Number.isInteger(index) || index < 0 || index >= stack.slices) {
        throw new ArgumentError(`Expected a slice from 0 to ${stack.slices - 1}, found ${index}.`);
      }
      const [offset, next] = [offsets[index]!, offsets[index + 1]!];
      const name = sectionName(index, stack.slices);
      return parseSlicePayload(readSection(source, offset, next, name), header, name);
    },
  };
}

function sectionName(index: number, slices: number): string {
  return `the section of slice ${index} (of 0 to ${slices - 1})`;
}

/** Where each slice section begins, and where the last one ends. */
function sliceOffsets(scanner: SectionScanner, slices: number, size: number): Float64Array {
  const left = size - scanner.position;
  // Before anything is allocated for them: a header may claim more slices than there is memory for.
  if (slices * MIN_SLICE_SECTION_BYTES > left) {
    throw new FormatError(
      `The file is cut off: ${slices} slices need at least ${slices * MIN_SLICE_SECTION_BYTES} bytes, ${left} are there.`,
    );
  }
  const offsets = new Float64Array(slices + 1);
  for (let i = 0; i < slices; i++) {
    offsets[i] = scanner.position;
    scanner.next(() => sectionName(i, slices));
  }
  offsets[slices] = scanner.position;
  if (scanner.position !== size) {
    throw new FormatError(
      `Expected the file to end after its last section, found ${size - scanner.position} more bytes.`,
    );
  }
  return offsets;
}
