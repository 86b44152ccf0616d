import { checkArray, checked, checkInteger, checkSize, native } from './native.js';

/**
 * Codes where a slice has no value.
 *
 * @param classes height x width, row-major: 0 where a value is present, k in 1..255 where the k-th missing pattern stands.
 * @returns one byte when everything is present, a few for isolated sites, a few hundred for a coast.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function encodeMask(classes: Uint8Array, height: number, width: number): Uint8Array {
  checkArray('classes', classes, [Uint8Array], checkSize(height, width));
  return native.encodeMask(classes, height, width);
}

// An empty row costs the coder about 2^-16 bits at the least and a slice may be any size, so the bytes bound nothing; what
// a caller may allocate is the caller's to decide, and this only keeps the product an exact integer.
const maxSites = 2 ** 32;

/**
 * Undoes {@link encodeMask}. Allocates height * width bytes: check a size that comes from a file first.
 *
 * @param patterns highest class that the caller knows, 0..255.
 * @throws CorruptStreamError when the bytes are no mask of this size, or hold a class above `patterns`. The mask carries
 *   no checksum: damage may also decode to another mask.
 * @throws TypeError, RangeError for wrong types or ranges.
 */
export function decodeMask(bytes: Uint8Array, height: number, width: number, patterns: number): Uint8Array {
  checkArray('bytes', bytes, [Uint8Array]);
  const size = checkSize(height, width);
  if (size > maxSites) throw new RangeError('height * width must be at most 2^32');
  checkInteger('patterns', patterns, 0, 255);
  const classes = new Uint8Array(size);
  checked(() => native.decodeMask(bytes, height, width, patterns, classes));
  return classes;
}

/**
 * Replaces the values of missing sites (class above 0) by a smooth extension of the present ones, so that a transform
 * meets no cliffs. The result is finite and within the minimum and maximum of the present finite values; 0 when there are
 * none. Present sites are left alone.
 *
 * @param values height x width, row-major; overwritten where `classes` is above 0.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function fillMissing(
  values: Float32Array | Float64Array,
  classes: Uint8Array,
  height: number,
  width: number,
): void {
  const size = checkSize(height, width);
  checkArray('values', values, [Float32Array, Float64Array], size);
  checkArray('classes', classes, [Uint8Array], size);
  native.fillMissing(values, classes, height, width);
}
