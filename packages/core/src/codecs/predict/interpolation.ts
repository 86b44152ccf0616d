import { decodeInterpolated, encodeInterpolated, type InterpolationNetworks } from '@fieldzip/native-coder';
import { scratchLike } from '../../scratch.js';
import { rmseOf } from '../../tiles/rmse.js';
import type { EncodedTile, Goal, PreparedTile } from '../codec.js';
import { valueSample } from '../sample.js';
import { isClose, searchStep } from '../search.js';

/** The first byte of a stream. */
export const INTERPOLATED = 2;

/** What tiles are interpolated with: at most so many threads, and networks or none. */
export interface Means {
  readonly threads: number;
  readonly networks: InterpolationNetworks;
}

/** Errors spread evenly within a bound have a mean square of bound^2 / 3. */
const SPREAD = Math.sqrt(3);

/**
 * The tile by interpolation from a coarse grid, its bound kept for every present value; undefined where the bound is too near the precision of the type.
 */
function encodeWithin(tile: PreparedTile, bound: number, { threads, networks }: Means): EncodedTile | undefined {
  const { values, rows, columns, missing = null } = tile;
  const restored = scratchLike(values);
  const coded = encodeInterpolated(values, rows, columns, missing, tile, bound, restored, threads, networks);
  if (coded === undefined) {
    return undefined;
  }
  const bytes = new Uint8Array(1 + coded.length);
  bytes[0] = INTERPOLATED;
  bytes.set(coded, 1);
  return { bytes, restored };
}

/** The same for any goal but a lossless one. */
export async function interpolate(tile: PreparedTile, goal: Goal, means: Means): Promise<EncodedTile | undefined> {
  switch (goal.kind) {
    case 'bound':
      return encodeWithin(tile, goal.bound, means);
    case 'near':
      return encodeWithin(tile, SPREAD * goal.rmse, means);
    case 'rmse': {
      // Where most values are within the bound of their prediction, the error is smaller than it would be if it were spread evenly.
      const found = await searchStep(goal.rmse, SPREAD * goal.rmse, async bound => {
        const encoded = encodeWithin(tile, bound, means);
        return encoded && { ...encoded, rmse: rmseOf(tile, encoded.restored) };
      });
      // At coarse bounds the error jumps, and may miss what the walk can reach.
      return found !== undefined && isClose(found.rmse, goal.rmse) ? found : undefined;
    }
    case 'lossless':
      return undefined;
  }
}

/** Decodes what follows the first byte into `tile.values`. */
export function decodeInterpolation(coded: Uint8Array, tile: PreparedTile, networks: InterpolationNetworks): void {
  const { values, rows, columns, missing = null } = tile;
  decodeInterpolated(coded, values, rows, columns, missing, tile, networks);
}

/**
 * Whether the values lie on a grid of their own that is coarser than the bound, told from a sample: then it takes fewer bits to name the points of that grid.
 */
export function isCoarse(tile: PreparedTile, bound: number): boolean {
  const sorted = valueSample(tile);
  return sorted.every((value, i) => i === 0 || value === sorted[i - 1] || value - sorted[i - 1]! > bound);
}
