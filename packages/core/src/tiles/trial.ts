import type { Goal, PreparedTile, TileCodec, TileContext } from '../codecs/codec.js';

/** Another codec is worth coding a large tile with if it promises as much less: what starts anew with every tile weighs more in a part of one, and differs from codec to codec. */
export const CLEARLY_LESS = 0.92;
const ENOUGH_BYTES = 1024;

/** Whether a codec takes clearly fewer bytes of a tile's middle than another. */
export async function takesClearlyLess(
  middle: PreparedTile,
  goal: Goal,
  codec: TileCodec,
  than: TileCodec,
  contextOf: (codec: TileCodec) => TileContext,
): Promise<boolean> {
  const bytesWith = async (one: TileCodec) => {
    const encoded = await one.encode(middle, goal, contextOf(one));
    return encoded?.bytes.length ?? Number.POSITIVE_INFINITY;
  };
  const most = CLEARLY_LESS * (await bytesWith(than));
  return most >= ENOUGH_BYTES && (await bytesWith(codec)) < most;
}
