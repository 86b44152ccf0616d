import type { SliceParts } from '../container/index.js';
import { FormatError, UnsupportedError } from '../errors.js';
import { readVarint, varintBytes } from '../varint.js';

/** How a tile is stored. */
export interface StoredTile {
  /** Number of its codec; 0 for a tile without a present value, which has no bytes. */
  readonly codec: number;
  /** Whether the codec has logarithms of magnitudes, not the values themselves. */
  readonly pointwise: boolean;
  readonly bytes: Uint8Array;
}

const CODEC_BITS = 0x0f;
const POINTWISE_BIT = 0x80;

/**
 * The stream of a slice: for every tile its kind (u8: bits 0-3 the codec, bit 7 pointwise) and, but for the last tile, the length of its bytes (varint); then the
 * tiles' bytes. One tile takes one byte more than its own.
 */
export function sliceStream(tiles: readonly StoredTile[]): Uint8Array {
  const table = tiles.flatMap(({ codec, pointwise, bytes }, i) => [
    codec | (pointwise ? POINTWISE_BIT : 0),
    ...(i < tiles.length - 1 ? varintBytes(bytes.length) : []),
  ]);
  const stream = new Uint8Array(tiles.reduce((sum, tile) => sum + tile.bytes.length, table.length));
  stream.set(table);
  let at = table.length;
  for (const { bytes } of tiles) {
    stream.set(bytes, at);
    at += bytes.length;
  }
  return stream;
}

/**
 * Takes the stream of a slice of `count` tiles apart; the bytes are views.
 * @throws FormatError if it is not one, UnsupportedError if a tile has a kind that this version does not know.
 */
export function readSliceStream(stream: Uint8Array, count: number): StoredTile[] {
  // A tile takes a byte or more: nothing is allocated for tiles that cannot be there.
  if (count > stream.length) {
    throw new FormatError(`The slice is cut off: its ${count} tiles need more than ${stream.length} bytes.`);
  }
  const kinds = new Uint8Array(count);
  const lengths: number[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    kinds[i] = stream[at] ?? 0;
    at++;
    if (i < count - 1) {
      const length = readVarint(stream, at);
      if (length === undefined) {
        throw new FormatError('The slice is cut off within its table of tiles.');
      }
      lengths.push(length.value);
      at = length.next;
    }
  }
  const last = stream.length - at - lengths.reduce((sum, length) => sum + length, 0);
  if (last < 0) {
    throw new FormatError(`The slice is cut off: its tiles need ${-last} bytes more.`);
  }
  lengths.push(last);
  return lengths.map((length, i) => {
    const bytes = stream.subarray(at, at + length);
    at += length;
    return storedTile(kinds[i]!, bytes);
  });
}

/** Numbers of the codecs that the tiles of a slice have. */
export function codecsOf(parts: SliceParts, tiles: number): Set<number> {
  return new Set(parts.content === 'coded' ? readSliceStream(parts.stream, tiles).map(({ codec }) => codec) : []);
}

function storedTile(kind: number, bytes: Uint8Array): StoredTile {
  if (kind & ~(CODEC_BITS | POINTWISE_BIT)) {
    throw new UnsupportedError(`A tile has kind ${kind}, which this version of fieldzip does not know.`);
  }
  const codec = kind & CODEC_BITS;
  if (codec === 0 && (kind !== 0 || bytes.length > 0)) {
    throw new FormatError('Expected a tile without a codec to have no bytes.');
  }
  return { codec, pointwise: (kind & POINTWISE_BIT) !== 0, bytes };
}
