import type { Effort } from '../run-options.js';

/** 0.2 dB as a factor of the root mean square error, and where in it a search aims. */
const CLOSE = 10 ** -0.01;
const AIM = 10 ** -0.004;
const ROUNDS = 10;

/** Whether an error that is not above `wanted` is not too far below it either. */
export function isClose(rmse: number, wanted: number): boolean {
  return rmse >= CLOSE * wanted;
}

/** Less than this much of the error that was asked for is worth nothing more. */
const LEAST_ERROR = 1 / 16;
/** Share of the bits that an octave of the error costs at a low rate; at a high one it costs a bit a value. */
const LOW_RATE_SHARE = 0.5;

/** Bytes that a codec would take for `values` values at an error of `wanted`, if it took `bytes` at one of `rmse`. */
export function bytesAt(wanted: number, bytes: number, rmse: number, values: number): number {
  const octaves = Math.log2(Math.max(LEAST_ERROR, rmse / wanted));
  return bytes + Math.min(values / 8, LOW_RATE_SHARE * bytes) * octaves;
}

/**
 * The coarsest coding found whose error is at most `wanted` and, if the values allow, at most 0.2 dB below: by the secant of log(error) over log(step).
 * @param first the step to begin with
 * @param attempt undefined where the step is too small
 */
export async function searchStep<T extends { readonly rmse: number }>(
  wanted: number,
  first: number,
  attempt: (step: number) => Promise<T | undefined>,
): Promise<T | undefined> {
  const aim = Math.log(wanted * AIM);
  let step = first;
  let best: T | undefined;
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  let before: { step: number; error: number } | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const trial = await attempt(step);
    if (trial === undefined) {
      return best;
    }
    if (trial.rmse <= wanted) {
      best = best === undefined || trial.rmse > best.rmse ? trial : best;
      low = step;
      if (isClose(trial.rmse, wanted)) {
        break;
      }
    } else {
      high = step;
    }
    const error = Math.log(Math.max(trial.rmse, wanted * 1e-9));
    let slope = before === undefined ? 0.8 : (error - before.error) / Math.log(step / before.step);
    slope = slope > 0.2 && slope < 3 ? slope : 0.8;
    before = { step, error };
    const next = step * Math.exp((aim - error) / slope);
    if (next > low && next < high) {
      step = next;
    } else if (high === Number.POSITIVE_INFINITY) {
      step = 4 * low;
    } else {
      step = low === 0 ? high / 4 : Math.sqrt(low * high);
    }
  }
  return best;
}

/** The step over the bound that is least often far from the best. */
export const USUAL_RATIO = 2.5;
/**
 * Where corrections have little share of the bytes, the step was too small: the ratio to try next, by that share and the bits a value. Measured: the best share is
 * from 0.15 to 0.6, the larger the fewer bits there are.
 */
const LARGER = [
  { share: 0.04, bits: Number.POSITIVE_INFINITY, ratio: 6 },
  { share: 0.14, bits: Number.POSITIVE_INFINITY, ratio: 3.5 },
  { share: 0.3, bits: 0.2, ratio: 4 },
] as const;
const AGAIN = 0.22;
const STRIDE = 1.4;
const LARGEST_RATIO = 12;
const MORE_RATIOS = [2, 3, 4, 5];

/**
 * The smallest of some codings within a bound: of a coarse base with many corrections and a fine one with few.
 * @param values of the tile
 * @param attempt codes with a step; undefined where it is too small
 */
export async function searchRatio<T extends { readonly bytes: Uint8Array; readonly corrections: number }>(
  bound: number,
  values: number,
  effort: Effort,
  attempt: (step: number) => Promise<T | undefined>,
): Promise<T | undefined> {
  let best = await attempt(USUAL_RATIO * bound);
  if (best === undefined) {
    return undefined;
  }
  const consider = async (ratio: number) => {
    const trial = await attempt(ratio * bound);
    const better = trial !== undefined && trial.bytes.length < best!.bytes.length;
    best = better ? trial : best;
    return better;
  };
  const bits = (8 * best.bytes.length) / values;
  const share = best.corrections / best.bytes.length;
  let ratio: number | undefined = LARGER.find(row => share < row.share && bits < row.bits)?.ratio;
  while (ratio !== undefined && ratio <= LARGEST_RATIO && (await consider(ratio))) {
    ratio = best.corrections < AGAIN * best.bytes.length ? STRIDE * ratio : undefined;
  }
  if (effort === 'best') {
    for (const other of MORE_RATIOS) {
      await consider(other);
    }
  }
  return best;
}
