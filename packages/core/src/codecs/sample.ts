import type { PreparedTile } from './codec.js';

const SAMPLES = 4096;

/** Of present numbers some four to eight thousand, or all of fewer: in order. */
export function sortedSample(
  numbers: Float32Array | Float64Array | Int32Array,
  missing: Uint8Array | undefined,
): Float64Array {
  const stride = Math.max(1, Math.floor(numbers.length / SAMPLES));
  const sample = new Float64Array(Math.ceil(numbers.length / stride));
  let count = 0;
  for (let i = 0; i < numbers.length; i += stride) {
    if (missing === undefined || missing[i] === 0) {
      sample[count++] = numbers[i]!;
    }
  }
  return sample.subarray(0, count).sort();
}

const samples = new WeakMap<PreparedTile, Float64Array>();

/** The same of a tile's values, which several ask for. */
export function valueSample(tile: PreparedTile): Float64Array {
  const sample = samples.get(tile) ?? sortedSample(tile.values, tile.missing);
  samples.set(tile, sample);
  return sample;
}

/** Each number of a sample once. */
export function distinctOf(sorted: Float64Array): Float64Array {
  const distinct = new Float64Array(sorted.length);
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) {
      distinct[count++] = sorted[i]!;
    }
  }
  return distinct.subarray(0, count);
}
