const SAMPLES = 4096;

/** Of the present values, or of numbers that stand for them, some four to eight thousand, or all of fewer: in order. */
export function sampleOf(
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

/** Each number of a sample once. */
export function distinctOf(sorted: Float64Array): Float64Array {
  return sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
}
