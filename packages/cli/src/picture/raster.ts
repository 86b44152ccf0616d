import { encode } from 'fast-png';
import { type ColourScale, missingColour } from './colour.js';

/** Values to draw, row by row; NaN where there is none. */
export interface Raster {
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** How many values meet in one pixel, and what is shown for them. */
export type Pooling = (sum: number, count: number, extreme: number) => number;

export const mean: Pooling = (sum, count) => sum / count;
/** For errors: a mean would hide the very ones that one looks for. */
export const extreme: Pooling = (_sum, _count, largest) => largest;

/** A size in pixels near the one wanted: whole pixels a value where there is room, so that each value is seen as it is. */
export function panelSize({ rows, columns }: Pick<Raster, 'rows' | 'columns'>): { width: number; height: number } {
  const [least, most, tallest] = [440, 880, 900];
  let scale = columns <= most ? Math.max(1, Math.ceil(least / columns)) : most / columns;
  if (rows * scale > tallest) scale = tallest >= rows ? Math.max(1, Math.floor(tallest / rows)) : tallest / rows;
  // A profile of one row would be a hairline, and a column of values leaves no room for its colour bar.
  return { width: Math.max(320, Math.round(columns * scale)), height: Math.max(64, Math.round(rows * scale)) };
}

/** Brings a raster to a size in pixels, repeating values or pooling them. */
export function resample(raster: Raster, width: number, height: number, pool: Pooling): Raster {
  const { values, rows, columns } = raster;
  const out = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    const top = Math.floor((y * rows) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * rows) / height));
    for (let x = 0; x < width; x++) {
      const left = Math.floor((x * columns) / width);
      const right = Math.max(left + 1, Math.floor(((x + 1) * columns) / width));
      let sum = 0;
      let count = 0;
      let largest = 0;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const value = values[row * columns + column]!;
          if (Number.isNaN(value)) continue;
          sum += value;
          count++;
          if (Math.abs(value) > Math.abs(largest)) largest = value;
        }
      }
      out[y * width + x] = count > 0 ? pool(sum, count, largest) : Number.NaN;
    }
  }
  return { values: out, rows: height, columns: width };
}

/** A raster whose rows run the other way. */
export function flipped({ values, rows, columns }: Raster): Raster {
  const out = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    out.set(values.subarray(row * columns, (row + 1) * columns), (rows - 1 - row) * columns);
  }
  return { values: out, rows, columns };
}

export function toPng({ values, rows, columns }: Raster, scale: ColourScale): Uint8Array {
  const data = new Uint8Array(3 * values.length);
  values.forEach((value, i) => {
    data.set(Number.isNaN(value) ? missingColour : scale.colour(value), 3 * i);
  });
  return encode({ width: columns, height: rows, data, channels: 3 });
}
