/** What the encoder, having decoded what it wrote, tells the decoder to do with the result: three bytes a slice. */

import type { Linear, Sample } from './sample.js';

/** Shifts are stored as 16-bit integers in these fractions of a step: fine enough to leave no bias that matters, up to +-4 steps. */
export const SHIFT_UNITS = 8192;
const LARGEST_SHIFT = 32767;
const ROUNDS = 6;
const LEAST_MOVING = 0.05;

export const STRENGTH_UNITS = 128;
const LARGEST_STRENGTH = 255;

/**
 * The factor of the network's correction that leaves the least squared error: near 1 on slices like those it was trained on, and small where it would
 * do harm.
 */
export function strengthFor({ linear, correction, original, weights }: Sample): number {
  let product = 0;
  let square = 0;
  for (let i = 0; i < linear.length; i++) {
    const weighted = weights[i]! * correction[i]!;
    product += weighted * (original[i]! - linear[i]!);
    square += weighted * correction[i]!;
  }
  const best = square > 0 ? product / square : 0;
  return Math.max(0, Math.min(LARGEST_STRENGTH, Math.round(best * STRENGTH_UNITS))) / STRENGTH_UNITS;
}

/**
 * What to add to every value of a reconstruction, in steps, so that the mean of the present values is that of the original. A network's errors have a mean of a few percent of
 * their deviation, which sums over a domain would show.
 * @param strength factor of the correction
 * @param top upper end of the value range in steps; values are clamped to 0..top after the shift
 */
export function shiftFor(slice: Linear, sample: Sample, strength: number, top: number): number {
  let shift = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { mean, moving } = errorOf(slice, sample, strength, shift, top);
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

/**
 * Mean error of the present values, and the share of them that is not clamped: of the linear reconstruction, which is known everywhere, and what the correction changes,
 * which is known of the sample.
 */
function errorOf(
  { linear, original, missing }: Linear,
  sample: Sample,
  strength: number,
  shift: number,
  top: number,
): { mean: number; moving: number } {
  let sum = 0;
  let count = 0;
  let moving = 0;
  for (let i = 0; i < linear.length; i++) {
    if (missing === undefined || missing[i] === 0) {
      const value = linear[i]! + shift;
      moving += value > 0 && value < top ? 1 : 0;
      sum += Math.min(Math.max(value, 0), top) - original[i]!;
      count++;
    }
  }
  let change = 0;
  let movingChange = 0;
  let weight = 0;
  let sampled = 0;
  let product = 0;
  let square = 0;
  for (let i = 0; i < sample.linear.length; i++) {
    const w = sample.weights[i]!;
    const before = sample.linear[i]! + shift;
    const after = before + strength * sample.correction[i]!;
    const clamped = Math.min(Math.max(before, 0), top);
    const error = clamped - sample.original[i]!;
    const changed = Math.min(Math.max(after, 0), top) - clamped;
    change += w * changed;
    movingChange += w * ((after > 0 && after < top ? 1 : 0) - (before > 0 && before < top ? 1 : 0));
    weight += w;
    sampled += w * error;
    product += w * error * changed;
    square += w * error * error;
  }
  // Where the sample's errors have another mean than the slice's, so have the changes, which follow the errors.
  const follow = square > 0 ? product / square : 0;
  const mean = sum / count + change / weight + follow * (sum / count - sampled / weight);
  return { mean, moving: moving / count + movingChange / weight };
}

/** Adds the correction to the linear reconstruction. */
export function addScaled(linear: Float32Array, correction: Float32Array, strength: number): void {
  for (let i = 0; i < linear.length; i++) {
    linear[i] = linear[i]! + strength * correction[i]!;
  }
}
