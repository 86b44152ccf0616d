import { ArgumentError } from '../errors.js';
import { stackOf } from '../field.js';
import { varintBytes } from '../varint.js';
import { type Attributes, attributesPayload } from './attributes.js';
import { concatenate, uint32At } from './bytes.js';
import { type Header, headerBytes } from './header.js';
import { CHECKSUM_BYTES, writeSection } from './section.js';
import { type SliceContext, type SliceParts, slicePayload } from './slice.js';

/**
 * Writes a container a chunk at a time: the header, then every slice in order. The chunks, one after another, are the file;
 * none is kept.
 */
export class ContainerWriter {
  /** How many slices the shape stands for. */
  readonly slices: number;
  private readonly start: Uint8Array;
  private checksum: number;
  private written = -1;

  /** @throws ArgumentError if the header or the attributes cannot be written. */
  constructor(
    private readonly header: Header,
    attributes?: Attributes | undefined,
  ) {
    this.slices = stackOf(header.shape).slices;
    const bytes = headerBytes(header, attributes !== undefined);
    this.checksum = uint32At(bytes, bytes.length - CHECKSUM_BYTES);
    this.start = attributes === undefined ? bytes : concatenate([bytes, this.section(attributesPayload(attributes))]);
  }

  /** The first chunk: the header, and the attributes section if there are attributes. */
  writeHeader(): Uint8Array {
    if (this.written >= 0) throw new ArgumentError('The header has been written already.');
    this.written = 0;
    return this.start;
  }

  /** The section of the next slice; `index` must be its place, so that workers out of step are caught and not shuffled. */
  writeSlice(index: number, parts: SliceParts): Uint8Array {
    if (this.written < 0) throw new ArgumentError('Expected the header to be written before the first slice.');
    if (index !== this.written || index >= this.slices) {
      const expected = this.written < this.slices ? `slice ${this.written}` : 'no more slices';
      throw new ArgumentError(`Expected ${expected} of ${this.slices}, found slice ${index}.`);
    }
    const bytes = this.section(slicePayload(parts, this.header));
    this.written++;
    return bytes;
  }

  /** Checks that the file is whole. */
  finish(): void {
    if (this.written !== this.slices) {
      throw new ArgumentError(`Expected ${this.slices} slices, found ${Math.max(this.written, 0)}.`);
    }
  }

  private section(payload: Uint8Array): Uint8Array {
    const { bytes, checksum } = writeSection(payload, this.checksum);
    this.checksum = checksum;
    return bytes;
  }
}

/**
 * What the section of a slice takes in the file.
 * @param more bytes that its codec stream will have beyond those that it has
 */
export function sectionBytes(parts: SliceParts, context: SliceContext, more = 0): number {
  const payload = slicePayload(parts, context).length + more;
  return varintBytes(payload).length + payload + CHECKSUM_BYTES;
}
