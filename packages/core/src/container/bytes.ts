import { ArgumentError, FormatError } from '../errors.js';

/** Where the bytes of a file come from. A stack larger than memory is read through this, one section at a time. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes from `offset` on; never asked for bytes beyond `size`. The container does not change them. */
  read(offset: number, length: number): Uint8Array;
}

/** The source that an argument stands for: a file held in memory is a source too. */
export function sourceOf(bytes: ByteSource | Uint8Array): ByteSource {
  if (!(bytes instanceof Uint8Array)) {
    if (typeof bytes?.size === 'number' && typeof bytes.read === 'function') return bytes;
    throw new ArgumentError(
      'Expected the bytes of a file as a Uint8Array, or a source with a size and a read function.',
    );
  }
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Reads bytes that the caller has checked to lie within the source: a short answer means that the file changed underneath. */
export function readExactly(source: ByteSource, offset: number, length: number): Uint8Array {
  const bytes = source.read(offset, length);
  if (bytes.length !== length) {
    throw new FormatError(`The file is cut off: expected ${length} bytes at ${offset}, found ${bytes.length}.`);
  }
  // A Buffer is a Uint8Array whose slice() shares memory: nothing past this point should meet one.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function uint32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export function uint32At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ');
}
