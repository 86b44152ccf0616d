import { crc32 } from 'node:zlib';
import { FormatError } from '../errors.js';
import { MAX_VARINT_BYTES, readVarint, varintBytes } from '../varint.js';
import { type ByteSource, concatenate, readExactly, uint32At, uint32Bytes } from './bytes.js';

export const CHECKSUM_BYTES = 4;

export interface WrittenSection {
  readonly bytes: Uint8Array;
  readonly checksum: number;
}

/**
 * A section: length, payload, checksum. The checksum goes on from that of the section before (the header's for the first), so each
 * stands for all of the file up to itself: a section that was moved, left out, or taken from another file does not fit,
 * even if that file has the very same header. To check one section alone, the four bytes before it are enough.
 */
export function writeSection(payload: Uint8Array, previousChecksum: number): WrittenSection {
  const length = varintBytes(payload.length);
  const checksum = crc32(payload, crc32(length, previousChecksum));
  return { bytes: concatenate([length, payload, uint32Bytes(checksum)]), checksum };
}

/** Largest read ahead of what is known to be needed: small sections are found many at a time. */
const WINDOW_BYTES = 2 ** 16;

/** Finds one section after another by their lengths, without reading what is in them. */
export class SectionScanner {
  private window: Uint8Array = new Uint8Array(0);
  private windowOffset = 0;
  private lastBytes = 0;

  constructor(
    private readonly source: ByteSource,
    private at: number,
  ) {}

  get position(): number {
    return this.at;
  }

  /** Passes over the next section and gives the first byte after it; `name` names the section in a message. */
  next(name: () => string): number {
    const offset = this.at;
    this.need(offset);
    const length = readVarint(this.window, offset - this.windowOffset);
    const left = this.source.size - offset;
    if (!length) throw new FormatError(`The file is cut off: ${name()} needs more than the ${left} bytes there.`);
    const end = this.windowOffset + length.next + length.value + CHECKSUM_BYTES;
    if (end > this.source.size) {
      throw new FormatError(`The file is cut off: ${name()} needs ${end - offset} bytes, ${left} are there.`);
    }
    this.lastBytes = end - offset;
    this.at = end;
    return end;
  }

  /** Has the bytes of a length in the window. */
  private need(offset: number): void {
    const wanted = Math.min(MAX_VARINT_BYTES, this.source.size - offset);
    if (offset + wanted <= this.windowOffset + this.window.length) return;
    // Sections tend to be of one size: among large ones, reading ahead would only fetch what is skipped.
    const ahead = this.lastBytes > 0 && this.lastBytes < WINDOW_BYTES / 8 ? WINDOW_BYTES : MAX_VARINT_BYTES;
    this.window = readExactly(this.source, offset, Math.min(ahead, this.source.size - offset));
    this.windowOffset = offset;
  }
}

/** Reads the payload of the section that a scanner found, and verifies its checksum and with it that the section belongs there. */
export function readSection(source: ByteSource, offset: number, end: number, name: string): Uint8Array {
  const start = offset - CHECKSUM_BYTES;
  const bytes = readExactly(source, start, end - start);
  const body = bytes.subarray(CHECKSUM_BYTES, bytes.length - CHECKSUM_BYTES);
  const expected = uint32At(bytes, bytes.length - CHECKSUM_BYTES);
  const found = crc32(body, uint32At(bytes, 0));
  if (found !== expected) {
    throw new FormatError(
      `Damaged, or not where it belongs: ${name} has checksum ${hex32(found)}, expected ${hex32(expected)}.`,
    );
  }
  const length = readVarint(body, 0);
  // Verified, so the length is the one that the scanner read.
  return body.subarray(length!.next);
}

export function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}
