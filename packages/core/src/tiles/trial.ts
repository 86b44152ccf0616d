import type { Goal, PreparedTile, TileCodec, TileContext } from '../codecs/codec.js';

/** The middle of a tile tells the codec for all of it if the difference is as large as this: what starts anew with every tile weighs more there, and differs from codec to codec. */
const CLEARLY_LESS = 0.92;
const ENOUGH_BYTES = 1024;

/**
 * The codec to code a large tile with, told from its middle.
 * @param usual the one that is taken unless another is clearly better
 */
export async function bestOfMiddle(
  middle: PreparedTile,
  goal: Goal,
  [usual, ...others]: readonly [TileCodec, ...TileCodec[]],
  contextOf: (codec: TileCodec) => TileContext,
): Promise<TileCodec> {
  const bytesWith = async (codec: TileCodec) => {
    const encoded = await codec.encode(middle, goal, contextOf(codec));
    return encoded?.bytes.length ?? Number.POSITIVE_INFINITY;
  };
  let best = usual;
  let least = CLEARLY_LESS * (await bytesWith(usual));
  for (const codec of others) {
    const estimate = codec.estimate?.(middle, goal, contextOf(codec)) ?? 0;
    if (least < ENOUGH_BYTES || estimate > least) continue;
    const bytes = await bytesWith(codec);
    if (bytes < least) {
      best = codec;
      least = bytes;
    }
  }
  return best;
}
