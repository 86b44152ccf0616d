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

/** What is known of a tile within a bound before it is coded. */
export interface Outlook {
  readonly values: number;
  /** Share of values that are missing. */
  readonly missing: number;
  /** A value, of the coefficients alone at the usual ratio. */
  readonly bits: number;
}

/** With fewer bits a value most details of the finest level are 0, and moving the others saves a hundredth of the bytes at most. */
const LEAST_BITS_OF_MOVED = 0.35;
/** The ratio where coefficients are moved falls with the bits a value. Measured: nowhere more than a hundredth of the bytes above the best. */
const MOVED = { ratio: 2.38, anOctave: -0.27, least: 1.9 } as const;
/**
 * With fewer bits the ratio grows with a power of those that there are: within a tenth of the bytes of the best. Where corrections have less or more than these shares
 * of the bytes, the next one up or down is tried too; a small tile, which takes no time, always goes on while it gains.
 */
const FEW = { ratio: 2.6, power: -0.3, most: 12, share: { least: 0.12, most: 0.5 }, stride: 1.35 } as const;
/** A coarse base spends less on the coasts of what is missing, where corrections spend nothing: worth it by the product of the share that is missing and the bits of what is not. */
const COARSE = { coasts: 0.9, ratio: 7, aCoast: 2, most: 12 } as const;
/** And so it is, with points by a trellis, where a value takes many bits: measured, 1.5 to 2 % fewer bytes of large slices within 1e-5 of their range. */
const MANY = { bits: 5.3, ratio: 4.2, aBit: 1.6, most: 9 } as const;
/** Smaller tiles take no time, and are coded both ways where these are close: with missing values, and from so many bits on. */
const SMALL = { values: 1 << 18, missing: 0.1, bits: 4.5 } as const;
/** An estimate is infinite where coefficients do not fit. */
const MOST_BITS = 64;
const MORE_OF_MOVED = [0.9, 1.15, 1.35];

/** Where there are few bits. */
async function searchFew<T extends { readonly bytes: Uint8Array; readonly corrections: number }>(
  bound: number,
  { values, bits }: Outlook,
  effort: Effort,
  attempt: (step: number) => Promise<T | undefined>,
): Promise<T | undefined> {
  const first = Math.min(FEW.most, FEW.ratio * (Math.max(bits, 1e-6) / LEAST_BITS_OF_MOVED) ** FEW.power);
  let best = await attempt(first * bound);
  if (best === undefined) {
    return undefined;
  }
  const start = best;
  const climb = async (stride: number, steps: number) => {
    for (let ratio = stride * first, left = steps; left > 0 && ratio <= FEW.most; ratio *= stride, left--) {
      const trial = await attempt(ratio * bound);
      if (trial === undefined || trial.bytes.length >= best!.bytes.length) {
        return;
      }
      best = trial;
    }
  };
  const share = start.corrections / start.bytes.length;
  if (values < SMALL.values || effort === 'best') {
    await climb(FEW.stride, Number.POSITIVE_INFINITY);
    if (best === start) {
      await climb(1 / FEW.stride, Number.POSITIVE_INFINITY);
    }
  } else if (share < FEW.share.least || share > FEW.share.most) {
    await climb(share < FEW.share.least ? FEW.stride : 1 / FEW.stride, 1);
  }
  return best;
}

/** As {@link searchRatio}, where coefficients may be moved so that fewer values miss the bound: which then is best at a ratio that is foreseen. */
export async function searchMoved<T extends { readonly bytes: Uint8Array; readonly corrections: number }>(
  bound: number,
  { values, missing, bits }: Outlook,
  effort: Effort,
  attempt: (step: number, moved: boolean) => Promise<T | undefined>,
): Promise<T | undefined> {
  if (bits < LEAST_BITS_OF_MOVED) {
    return searchFew(bound, { values, missing, bits }, effort, step => attempt(step, false));
  }
  const coded = Math.min(bits, MOST_BITS);
  const fine = Math.max(MOVED.least, MOVED.ratio + MOVED.anOctave * Math.log2(coded));
  const coasts = (missing / (1 - missing)) * coded;
  const many = Math.min(MANY.most, MANY.ratio + MANY.aBit * Math.max(0, coded - MANY.bits));
  const coarse =
    coasts > COARSE.coasts ? Math.min(COARSE.most, COARSE.ratio + COARSE.aCoast * (coasts - COARSE.coasts)) : many;
  const ways = [
    { ratio: fine, moved: true },
    { ratio: coarse, moved: false },
  ];
  if (coasts > COARSE.coasts || coded > MANY.bits) {
    ways.reverse();
  }
  if (effort === 'best') {
    ways.push(...MORE_OF_MOVED.map(multiple => ({ ratio: multiple * fine, moved: true })));
    ways.push(...[USUAL_RATIO, ...MORE_RATIOS].map(ratio => ({ ratio, moved: false })));
  } else if (!(values < SMALL.values && (missing > SMALL.missing || bits > SMALL.bits))) {
    ways.pop();
  }
  let best: T | undefined;
  for (const { ratio, moved } of ways) {
    const trial = await attempt(ratio * bound, moved);
    best = best === undefined || (trial !== undefined && trial.bytes.length < best.bytes.length) ? trial : best;
  }
  return best;
}
