import { FormatError } from './errors.js';

/** Enough for every number below 2^53, the largest that a double counts exactly. */
export const MAX_VARINT_BYTES = 8;

/** Unsigned LEB128: seven bits a byte, the lowest first, the top bit set in every byte but the last. */
export function varintBytes(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a varint: ${value}`);
  const bytes: number[] = [];
  let rest = value;
  // Division, not shifts: shifts work on 32 bits.
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/**
 * The varint at `at`, and where the next byte is; undefined if the bytes end within it.
 * A number has one encoding: what could be written shorter is refused, so that no two files differ in nothing but padding.
 */
export function readVarint(bytes: Uint8Array, at: number): { value: number; next: number } | undefined {
  let value = 0;
  let weight = 1;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * weight;
    weight *= 0x80;
    if (byte < 0x80) {
      if (byte === 0 && i > 0)
        throw new FormatError(`Expected a number in as few bytes as it needs, found ${i + 1} bytes.`);
      if (value > Number.MAX_SAFE_INTEGER) throw new FormatError('Expected a number below 2^53, found a larger one.');
      return { value, next: at + i + 1 };
    }
  }
  throw new FormatError(`Expected a number of at most ${MAX_VARINT_BYTES} bytes, found a longer one.`);
}
