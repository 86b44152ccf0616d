import { estimateCoefficients } from '@fieldzip/native-coder';
import type { Goal, PreparedTile } from './codec.js';

/** Steps tried for an error, in multiples of the one whose rounding errors alone would make it. */
const MULTIPLES = [1, 2, 4];
/** What choosing coefficients by their bits adds to the error of plain rounding, and what a trellis takes away from that, measured. */
const ADDED_ERROR = 1.08;
const ERROR_OF_TRELLIS = 0.95;
/** The network's bits over those of the estimate: measured, and nearly a straight line over the bits a value. */
const LEAST_SHARE = 0.75;
const SHARE_A_BIT = 0.06;
/** Of a tile within a bound, the share of bits that are not corrections, at the step that is tried first. */
const BASE_SHARE = 0.72;
const BASE_SHARE_OF_TRELLIS = 0.75;

/** How a tile would be coded, and on how many threads it is looked at. */
export interface EstimateOptions {
  readonly trellis?: boolean;
  readonly threads: number;
}

/** A step at which a tile's root mean square error is about `rmse`. */
export function stepForRmse(
  { values, rows, columns, missing }: PreparedTile,
  rmse: number,
  { trellis = false, threads }: EstimateOptions,
): number {
  const added = trellis ? ERROR_OF_TRELLIS : ADDED_ERROR;
  const fine = rmse * Math.sqrt(12);
  const steps = MULTIPLES.map(multiple => multiple * fine);
  const counted = missing === undefined ? values.length : countOf(missing);
  const errors = estimateCoefficients(values, rows, columns, steps, threads).map(
    ({ squaredError }, i) => added * steps[i]! * Math.sqrt(squaredError / counted),
  );
  const above = errors.findIndex(error => error > rmse);
  if (above <= 0) {
    return above === 0 ? steps[0]! * (rmse / errors[0]!) : steps.at(-1)!;
  }
  // Logarithms of error and step lie nearly on a line.
  const [low, high] = [errors[above - 1]!, errors[above]!];
  const share = low > 0 ? Math.log(rmse / low) / Math.log(high / low) : 1;
  return steps[above - 1]! * (steps[above]! / steps[above - 1]!) ** share;
}

/** Bytes of a tile in the wavelet codec, roughly. */
export function estimateBytes(
  tile: PreparedTile,
  goal: Goal,
  usualRatio: number,
  { trellis = false, threads }: EstimateOptions,
): number {
  const { values, rows, columns } = tile;
  if (goal.kind === 'lossless') {
    return Number.POSITIVE_INFINITY;
  }
  const step = goal.kind === 'bound' ? usualRatio * goal.bound : stepForRmse(tile, goal.rmse, { trellis, threads });
  const [estimate] = estimateCoefficients(values, rows, columns, [step], threads);
  const { bits } = estimate!;
  const share = Math.min(1.2, LEAST_SHARE + (SHARE_A_BIT * bits) / values.length);
  const base = trellis ? BASE_SHARE_OF_TRELLIS : BASE_SHARE;
  return ((bits * share) / 8) * (goal.kind === 'bound' ? 1 / base : 1);
}

export function countOf(missing: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < missing.length; i++) {
    if (missing[i] === 0) count++;
  }
  return count;
}
