import type { Goal, PreparedTile, TileCodec, TileContext } from '../codecs/codec.js';
import { cut } from './layout.js';

/** Sides of the sample, and the values of a tile that is large beside it. */
const SIDE = 256;
const LARGE = 2 ** 17;
/** A codec whose estimate for the sample is this much above what another has taken is not tried. */
const CLEARLY = 1.15;
/** Less than this is saved by chance; then the codec that comes first stays. */
const WORTH = 0.99;

/** Whether coding a sample costs little beside coding the tile. */
export function isLarge(tile: PreparedTile): boolean {
  return tile.values.length >= LARGE && tile.rows >= SIDE && tile.columns >= SIDE;
}

/**
 * The codec to code a large tile with, told from its middle, which is coded by each of them.
 * @param codecs the first is taken unless another is better
 * @returns undefined where the middle tells nothing
 */
export async function bestOfSample(
  tile: PreparedTile,
  goal: Goal,
  codecs: readonly TileCodec[],
  contextOf: (codec: TileCodec) => TileContext,
): Promise<TileCodec | undefined> {
  const sample = middleOf(tile);
  if (sample.missing?.every(missing => missing > 0)) {
    return undefined;
  }
  let best: TileCodec | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const codec of codecs) {
    const context = contextOf(codec);
    if (codec.estimate !== undefined && codec.estimate(sample, goal, context) > CLEARLY * least) continue;
    const encoded = await codec.encode(sample, goal, context);
    if (encoded !== undefined && encoded.bytes.length < WORTH * least) {
      best = codec;
      least = encoded.bytes.length;
    }
  }
  return best;
}

function middleOf({ values, rows, columns, minimum, maximum, missing }: PreparedTile): PreparedTile {
  const middle = { row: (rows - SIDE) >> 1, column: (columns - SIDE) >> 1, rows: SIDE, columns: SIDE };
  return {
    values: cut(values, columns, middle),
    rows: SIDE,
    columns: SIDE,
    minimum,
    maximum,
    missing: missing && cut(missing, columns, middle),
  };
}
