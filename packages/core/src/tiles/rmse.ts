import type { PreparedTile } from '../codecs/codec.js';
import type { FieldData } from '../field.js';

/** Root mean square error of the present values. Squares are of errors over the largest, so that they stay within the range of a double. */
export function rmseOf({ values, missing }: PreparedTile, restored: FieldData): number {
  if (restored === values) {
    return 0;
  }
  let largest = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (missing === undefined || missing[i] === 0) {
      const error = Math.abs(restored[i]! - values[i]!);
      if (!(error <= largest)) {
        largest = error;
      }
      count++;
    }
  }
  if (largest === 0 || !Number.isFinite(largest)) {
    return largest;
  }
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (missing === undefined || missing[i] === 0) {
      const error = (restored[i]! - values[i]!) / largest;
      sum += error * error;
    }
  }
  return largest * Math.sqrt(sum / count);
}
