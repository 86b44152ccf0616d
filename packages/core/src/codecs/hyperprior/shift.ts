/** Shifts are stored as 16-bit integers in these fractions of a step: fine enough to leave no bias that matters, up to +-4 steps. */
export const SHIFT_UNITS = 8192;
const LARGEST = 32767;
const ROUNDS = 4;

/**
 * What to add to every value of a reconstruction, in steps, so that the mean of the present values is that of the original. A network's errors have a mean of a few percent of
 * their deviation, which sums over a domain would show.
 * @param top upper end of the value range in steps; values are clamped to 0..top after the shift
 * @param missing where it is above 0, there is no value
 */
export function shiftFor(
  restored: Float32Array,
  original: Float32Array,
  top: number,
  missing: Uint8Array | undefined,
): number {
  let shift = 0;
  // Clamped values do not move, so one round may fall short where many are at an end of the range.
  for (let round = 0; round < ROUNDS; round++) {
    const mean = meanError(restored, original, shift, top, missing);
    const next = Math.max(-LARGEST, Math.min(LARGEST, Math.round((shift - mean) * SHIFT_UNITS))) / SHIFT_UNITS;
    if (next === shift) {
      break;
    }
    shift = next;
  }
  return shift;
}

function meanError(
  restored: Float32Array,
  original: Float32Array,
  shift: number,
  top: number,
  missing: Uint8Array | undefined,
): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < restored.length; i++) {
    if (missing === undefined || missing[i] === 0) {
      sum += Math.min(Math.max(restored[i]! + shift, 0), top) - original[i]!;
      count++;
    }
  }
  return sum / count;
}
