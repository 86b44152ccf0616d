/** What coding a slice at a root mean square error gave. */
export interface Trial {
  /** Of the whole slice; at most what was asked for. */
  readonly rmse: number;
  readonly bytes: number;
}

/** Codes a slice with every tile at a root mean square error. */
export type Try<T extends Trial> = (rmse: number) => Promise<T>;

/** 0.2 dB as a factor of the root mean square error. */
const CLOSE = 10 ** -0.01;
const PSNR_ROUNDS = 8;

/**
 * The trial whose error is nearest below `wanted`. Every tile reaches what it is asked for or is better, so one trial is enough unless tiles are: those that cannot
 * be as bad as asked leave room for the others.
 */
export async function searchRmse<T extends Trial>(attempt: Try<T>, wanted: number, tiles: number): Promise<T> {
  let goal = wanted;
  let best = await attempt(goal);
  if (tiles === 1 || best.rmse === 0) {
    return best;
  }
  let [low, high] = [goal, Number.POSITIVE_INFINITY];
  let reached = best.rmse;
  for (let round = 1; round < PSNR_ROUNDS && best.rmse < CLOSE * wanted; round++) {
    const nearer = (goal * Math.sqrt(CLOSE) * wanted) / reached;
    goal = nearer > low && nearer < high ? nearer : high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2;
    const trial = await attempt(goal);
    reached = trial.rmse;
    if (reached > wanted) {
      high = goal;
    } else {
      low = goal;
      if (reached === best.rmse && goal > 16 * wanted) {
        break;
      }
      best = reached >= best.rmse ? trial : best;
    }
  }
  return best;
}

/** A budget is used up to this share at the least, and this one is aimed at. */
const LEAST_USED = 0.98;
const AIM = 0.991;
const BYTES_ROUNDS = 18;
/** Octaves of the error: what lies between is one step in bytes. */
const LEAST_INTERVAL = 1e-3;
/** Octaves that one round goes while all trials are on one side of the aim. */
const LEAST_STEP = 0.02;
const LONGEST_STEP = 24;
/** Octaves of the error for one of the size, at a low rate. */
const LOW_RATE = 0.7;

/** How a search for a size ended; `fits` is the largest trial within the budget. */
export interface SizeFound<T extends Trial> {
  readonly fits: T | undefined;
  /** The smallest trial of all. */
  readonly smallest: T;
}

/**
 * The trial whose bytes come nearest to a budget from below, by the secant of log(bytes) over log(error).
 * @param first the error to begin with
 * @param worst an error above which nothing gets smaller
 */
export async function searchBytes<T extends Trial>(
  attempt: Try<T>,
  budget: number,
  values: number,
  first: number,
  worst: number,
): Promise<SizeFound<T>> {
  // In octaves: of the error, and of the bytes over the aim.
  const excess = (trial: Trial) => Math.log2(trial.bytes / (AIM * budget));
  let [below, above, before]: ({ at: number; trial: T } | undefined)[] = [];
  let [fits, smallest]: (T | undefined)[] = [];
  let sameSide = 0;
  const top = Math.log2(worst);
  let at = Math.min(Math.log2(first), top);
  for (let round = 0; round < BYTES_ROUNDS; round++) {
    const trial = await attempt(2 ** at);
    const point = { at, trial };
    smallest = smallest === undefined || trial.bytes < smallest.bytes ? trial : smallest;
    const over = trial.bytes > budget;
    sameSide = before !== undefined && over === before.trial.bytes > budget ? sameSide + 1 : 0;
    if (over) {
      if (at >= top) {
        break;
      }
      above = point;
    } else {
      below = point;
      fits = fits === undefined || trial.bytes > fits.bytes ? trial : fits;
      if (trial.rmse === 0 || trial.bytes >= LEAST_USED * budget) {
        break;
      }
    }
    if (above !== undefined && below !== undefined) {
      const width = below.at - above.at;
      if (width < LEAST_INTERVAL) {
        break;
      }
      const [e0, e1] = [excess(above.trial), excess(below.trial)];
      // A secant that moves one end only is caught by a bend or a jump.
      const share = sameSide > 0 ? 0.5 : e0 / (e0 - e1);
      at = above.at + width * Math.min(0.97, Math.max(0.03, share));
    } else {
      const bits = (8 * trial.bytes) / values;
      let slope = -Math.min(LOW_RATE, 1 / (bits * Math.LN2));
      if (before !== undefined && before.at !== at) {
        const secant = (excess(trial) - excess(before.trial)) / (at - before.at);
        // A curve that flattens is left in larger steps, not in endless ones.
        slope = Math.min(secant, slope / 8);
      }
      const step = -excess(trial) / slope;
      at = Math.min(top, at + Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step + Math.sign(step) * LEAST_STEP)));
    }
    before = point;
  }
  return { fits, smallest: smallest! };
}

export { LEAST_USED };
