import { loadNative } from './loader.js';

/** The addon is loaded once per thread, when the package is imported. */
export const native = loadNative();

/** Bytes that no encoder of this library can have written: truncated, damaged, or decoded with other parameters. */
export class CorruptStreamError extends Error {
  override readonly name = 'CorruptStreamError';
  readonly code = 'FIELDZIP_CORRUPT_STREAM';
}

/** Runs a native call and gives its corruption errors their class. */
export function checked<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof Error && (error as { code?: unknown }).code === 'FIELDZIP_CORRUPT_STREAM') {
      throw new CorruptStreamError(error.message);
    }
    throw error;
  }
}

type TypedArrayConstructor =
  | Uint8ArrayConstructor
  | Int32ArrayConstructor
  | BigInt64ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor;

/** Throws TypeError unless `value` is of one of `types`, RangeError unless it has `length` elements. */
export function checkArray(
  name: string,
  value: unknown,
  types: readonly TypedArrayConstructor[],
  length?: number,
): void {
  if (!types.some(type => value instanceof type)) {
    throw new TypeError(`${name} must be a ${types.map(type => type.name).join(' or ')}`);
  }
  const actual = (value as { length: number }).length;
  if (length !== undefined && actual !== length) {
    throw new RangeError(`${name} must have ${length} elements, not ${actual}`);
  }
}

/** Throws RangeError unless `value` is an integer in low..high. */
export function checkInteger(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${name} must be an integer from ${low} to ${high}`);
  }
}

/** The greatest height or width. */
export const maxSide = 2 ** 30;

/** Throws RangeError unless both sides are in 1..2^30; returns their product. */
export function checkSize(height: number, width: number): number {
  checkInteger('height', height, 1, maxSide);
  checkInteger('width', width, 1, maxSide);
  return height * width;
}
