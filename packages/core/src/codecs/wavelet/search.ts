import type { Effort } from '../../run-options.js';

/** 0.2 dB as a factor of the root mean square error, and where in it a search aims. */
const CLOSE = 10 ** -0.01;
const AIM = 10 ** -0.004;
const ROUNDS = 10;

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
      if (trial.rmse >= CLOSE * wanted) {
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
/** Where few values need a correction, steps were too small: by how much, from the share that corrections have of the bytes. */
const LARGER = [
  { below: 0.04, ratio: 5 },
  { below: 0.14, ratio: 3.5 },
] as const;
const LARGEST_RATIO = 12;
const MORE_RATIOS = [2, 3, 4, 6];

/**
 * The smallest of some codings within a bound: of a coarse base with many corrections and a fine one with few.
 * @param attempt codes with a step; undefined where it is too small
 */
export async function searchRatio<T extends { readonly bytes: Uint8Array; readonly corrections: number }>(
  bound: number,
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
  const share = best.corrections / best.bytes.length;
  let ratio: number | undefined = LARGER.find(({ below }) => share < below)?.ratio;
  while (ratio !== undefined && ratio <= LARGEST_RATIO && (await consider(ratio))) {
    ratio = best.corrections < LARGER[1].below * best.bytes.length ? 1.6 * ratio : undefined;
  }
  if (effort === 'best') {
    for (const other of MORE_RATIOS) {
      await consider(other);
    }
  }
  return best;
}
