import { checkArray, checkInteger, checkSize, native } from './native.js';

const maxLevels = 31;

/**
 * CDF 9/7 wavelet by lifting, in place and interleaved: a coefficient stays at its pixel's position; level l works on the
 * sub-lattice of stride 2^l, even positions low-pass, odd high-pass. Low-pass DC gain is sqrt(2) a dimension, so a
 * constant gains 2 a level. A dimension that has one sample at a level is left alone there.
 *
 * @param data height x width, row-major; overwritten.
 * @param levels 0..31; levels beyond the slice's size do nothing.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function waveletForward(data: Float32Array | Float64Array, height: number, width: number, levels: number): void {
  checkArray('data', data, [Float32Array, Float64Array], checkSize(height, width));
  checkInteger('levels', levels, 0, maxLevels);
  native.waveletForward(data, height, width, levels);
}

/** Undoes {@link waveletForward}, to rounding errors. Same arguments, same errors. */
export function waveletInverse(data: Float32Array | Float64Array, height: number, width: number, levels: number): void {
  checkArray('data', data, [Float32Array, Float64Array], checkSize(height, width));
  checkInteger('levels', levels, 0, maxLevels);
  native.waveletInverse(data, height, width, levels);
}

function latentCount(height: number, width: number): number {
  return 64 * Math.ceil(height / 8) * Math.ceil(width / 8);
}

/**
 * Interleaved coefficients as 64 planes at 1/8 resolution: channel (row % 8) * 8 + col % 8, times that channel's gain.
 *
 * @param coefficients height x width, row-major.
 * @param gains 64 factors.
 * @returns 64 x ceil(height / 8) x ceil(width / 8), channel-major; 0 where the slice has no pixel.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function toLatents(
  coefficients: Float32Array,
  height: number,
  width: number,
  gains: Float32Array,
): Float32Array {
  checkArray('coefficients', coefficients, [Float32Array], checkSize(height, width));
  checkArray('gains', gains, [Float32Array], 64);
  const latents = new Float32Array(latentCount(height, width));
  native.toLatents(coefficients, height, width, gains, latents);
  return latents;
}

/**
 * Undoes {@link toLatents} with the reciprocal gains.
 *
 * @returns coefficients, height x width, row-major.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function fromLatents(
  latents: Float32Array,
  height: number,
  width: number,
  inverseGains: Float32Array,
): Float32Array {
  const size = checkSize(height, width);
  checkArray('latents', latents, [Float32Array], latentCount(height, width));
  checkArray('inverseGains', inverseGains, [Float32Array], 64);
  const coefficients = new Float32Array(size);
  native.fromLatents(latents, height, width, inverseGains, coefficients);
  return coefficients;
}
