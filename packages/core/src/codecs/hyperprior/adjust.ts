/** What the encoder, having decoded what it wrote, tells the decoder to do with the result: three bytes a slice. */

/** Shifts are stored as 16-bit integers in these fractions of a step: fine enough to leave no bias that matters, up to +-4 steps. */
export const SHIFT_UNITS = 8192;
const LARGEST_SHIFT = 32767;
const ROUNDS = 6;
const LEAST_MOVING = 0.05;

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
  for (let round = 0; round < ROUNDS; round++) {
    const { mean, moving } = errorOf(restored, original, shift, top, missing);
    // Clamped values do not move, so the others have to move more.
    const wanted = Math.round((shift - mean / Math.max(moving, LEAST_MOVING)) * SHIFT_UNITS);
    const next = Math.max(-LARGEST_SHIFT, Math.min(LARGEST_SHIFT, wanted)) / SHIFT_UNITS;
    if (next === shift) {
      break;
    }
    shift = next;
  }
  return shift;
}

/** Mean error of the present values, and the share of them that is not clamped. */
function errorOf(
  restored: Float32Array,
  original: Float32Array,
  shift: number,
  top: number,
  missing: Uint8Array | undefined,
): { mean: number; moving: number } {
  let sum = 0;
  let count = 0;
  let moving = 0;
  for (let i = 0; i < restored.length; i++) {
    if (missing === undefined || missing[i] === 0) {
      const value = restored[i]! + shift;
      if (value > 0 && value < top) {
        moving++;
      }
      sum += Math.min(Math.max(value, 0), top) - original[i]!;
      count++;
    }
  }
  return { mean: sum / count, moving: moving / count };
}

export const STRENGTH_UNITS = 128;
const LARGEST_STRENGTH = 255;

/**
 * The factor of the network's correction that leaves the least squared error: near 1 on slices like those it was trained on, and small where it would
 * do harm.
 */
export function strengthFor(
  linear: Float32Array,
  correction: Float32Array,
  original: Float32Array,
  missing: Uint8Array | undefined,
): number {
  let product = 0;
  let square = 0;
  for (let i = 0; i < linear.length; i++) {
    if (missing === undefined || missing[i] === 0) {
      product += correction[i]! * (original[i]! - linear[i]!);
      square += correction[i]! * correction[i]!;
    }
  }
  const best = square > 0 ? product / square : 0;
  return Math.max(0, Math.min(LARGEST_STRENGTH, Math.round(best * STRENGTH_UNITS))) / STRENGTH_UNITS;
}

/** Adds the correction to the linear reconstruction. */
export function addScaled(linear: Float32Array, correction: Float32Array, strength: number): void {
  for (let i = 0; i < linear.length; i++) {
    linear[i] = linear[i]! + strength * correction[i]!;
  }
}
