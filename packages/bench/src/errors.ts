/** How a decoded slice differs from the original, over present values. Written apart from core's own metrics, so that neither vouches for itself. */
export interface Errors {
  /** 10 log10(R^2 / MSE), R the value range of the slice; null where nothing differs. */
  readonly psnr: number | null;
  readonly maxError: number;
  /** maxError over R. */
  readonly npme: number;
  readonly bias: number;
  readonly deviation: number;
  /** Places that are missing on one side only. */
  readonly missingDiffer: number;
}

export function errorsOf(original: Float32Array, decoded: ArrayLike<number>, range: number): Errors {
  if (decoded.length !== original.length) throw new Error(`${decoded.length} values came back of ${original.length}`);
  let count = 0;
  let missingDiffer = 0;
  let sum = 0;
  let largest = 0;
  for (let i = 0; i < original.length; i++) {
    const x = original[i]!;
    const y = decoded[i]!;
    if (Number.isNaN(x) || Number.isNaN(y)) {
      if (Number.isNaN(x) !== Number.isNaN(y)) missingDiffer++;
      continue;
    }
    count++;
    sum += y - x;
    largest = Math.max(largest, Math.abs(y - x));
  }
  const bias = sum / count;
  let squares = 0;
  for (let i = 0; i < original.length; i++) {
    const difference = decoded[i]! - original[i]! - bias;
    if (!Number.isNaN(difference)) squares += difference * difference;
  }
  const variance = squares / count;
  const mse = variance + bias * bias;
  return {
    psnr: mse > 0 ? 10 * Math.log10((range * range) / mse) : null,
    maxError: largest,
    npme: largest / range,
    bias,
    deviation: Math.sqrt(variance),
    missingDiffer,
  };
}
