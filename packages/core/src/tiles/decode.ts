import type { PreparedTile } from '../codecs/codec.js';
import type { SliceMask, SliceParts } from '../container/index.js';
import { type Dtype, emptyValues, type FieldData } from '../field.js';
import { inOrder } from '../in-order.js';
import { cut, overlaps, paste, type Rectangle, tilesOf } from './layout.js';
import { readSliceStream, type StoredTile } from './stream.js';

/** A tile to decode, and what is missing in it. */
export interface TileToDecode {
  readonly stored: StoredTile;
  readonly dtype: Dtype;
  readonly tile: Omit<PreparedTile, 'values'>;
  /** Of the whole tile, if that is the slice: its classes are still to be decoded, and go before those of `tile`. */
  readonly mask: SliceMask | undefined;
  /** Bit patterns of the missing values. */
  readonly patterns: readonly bigint[];
}

/** How the tiles of a slice are decoded. */
export interface TileReader {
  readonly decode: (tile: TileToDecode) => Promise<FieldData>;
  /** Where values of a slice are missing. */
  readonly classes: (mask: SliceMask) => Promise<Uint8Array>;
  /** Tiles in work at once. */
  readonly width: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * The values of a region of a slice; only the tiles that it needs are decoded.
 * @throws FormatError if the stream is damaged, UnsupportedError if it needs a newer version.
 */
export async function decodeSlice(
  parts: SliceParts & { content: 'coded' },
  dtype: Dtype,
  rows: number,
  columns: number,
  region: Rectangle,
  reader: TileReader,
): Promise<FieldData> {
  const { minimum, maximum, mask, stream } = parts;
  const tiles = tilesOf(rows, columns);
  const stored = readSliceStream(stream, tiles.length);
  const whole = tiles.length === 1;
  const classes = mask === undefined || whole ? undefined : await reader.classes(mask);
  const needed = tiles.flatMap((tile, i) => (overlaps(tile, region) ? [{ tile, stored: stored[i]! }] : []));
  const decoded = inOrder(needed, reader.width, reader.signal, async item => ({
    tile: item.tile,
    values: await reader.decode({
      stored: item.stored,
      dtype,
      tile: {
        rows: item.tile.rows,
        columns: item.tile.columns,
        minimum,
        maximum,
        missing: classes && cut(classes, columns, item.tile),
      },
      mask: whole ? mask : undefined,
      patterns: mask?.patterns ?? [],
    }),
  }));
  let values: FieldData | undefined;
  for await (const part of decoded) {
    if (whole && part.values.length === region.rows * region.columns) {
      return part.values;
    }
    values ??= emptyValues(dtype, region.rows * region.columns);
    paste(part.values, part.tile, values, region);
  }
  // Every region lies in a tile.
  return values!;
}
