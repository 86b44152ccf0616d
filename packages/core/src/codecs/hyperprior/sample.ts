/**
 * What the encoder decodes again to see how the learned correction did: of a small slice all of it, of a large one a number of windows. The decoder network is half of the encoder's
 * work, and what is wanted of it are two averages.
 */

import { BLOCK, type Grid, gridOf, reflected } from './grid.js';
import type { Networks } from './networks.js';

/** Values of a slice and how many values of the slice each stands for; 0 for those that are missing. */
export interface Sample {
  /** Linear reconstruction, learned correction and original, in steps. */
  readonly linear: Float32Array;
  readonly correction: Float32Array;
  readonly original: Float32Array;
  readonly weights: Float32Array;
}

/** A slice in steps, as the decoder will have it before its correction. */
export interface Linear {
  readonly linear: Float32Array;
  readonly original: Float32Array;
  readonly missing: Uint8Array | undefined;
  /** Rounded latents and the hyper-decoder's integers, plane by plane. */
  readonly y: Float32Array;
  readonly params: Uint8Array;
}

/** Slices of no more blocks than this are decoded whole. */
const WHOLE = 8192;
/** Blocks to decode of a larger one, at least, and as a share of all: few enough to be quick, and enough for a sky of few stars, where a mean is hardest to tell. */
const READ = 6144;
const SHARE = 1 / 16;
/** Blocks a side that are kept of a window, and those around them that are decoded too, though not quite as in the whole: effects from farther away are faint. */
const KEPT = 8;
const MARGIN = 2;
/** Share of the mean error that every window is taken to have. */
const LEAST_ERROR = 0.5;

/** Part of a slice, in blocks: what is kept and what is read. */
interface Window {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  readonly readRow: number;
  readonly readColumn: number;
  readonly weight: number;
}

export async function sampleOf(slice: Linear, grid: Grid, networks: Pick<Networks, 'decode'>): Promise<Sample> {
  if (grid.rows8 * grid.columns8 <= WHOLE) {
    const { linear, original, missing, y, params } = slice;
    const weights = new Float32Array(linear.length).fill(1);
    missing?.forEach((missingClass, i) => {
      if (missingClass > 0) weights[i] = 0;
    });
    return { linear, original, weights, correction: await networks.decode(linear, y, params, grid) };
  }
  const mosaic = new Mosaic(slice, grid);
  const { pixels, y, params } = mosaic;
  return mosaic.kept(await networks.decode(pixels, y, params, mosaic.grid));
}

/** Windows of a slice side by side, as a slice of its own: one run of the network for all of them. */
class Mosaic {
  readonly grid: Grid;
  readonly pixels: Float32Array;
  readonly y: Float32Array;
  readonly params: Uint8Array;
  readonly #slice: Linear;
  readonly #source: Grid;
  readonly #windows: readonly Window[];
  /** Extent of a window, margins included, in blocks. */
  readonly #rows: number;
  readonly #columns: number;
  readonly #across: number;

  constructor(slice: Linear, source: Grid) {
    this.#slice = slice;
    this.#source = source;
    this.#rows = Math.min(KEPT + 2 * MARGIN, source.rows8);
    this.#columns = Math.min(KEPT + 2 * MARGIN, source.columns8);
    const blocks = Math.max(READ, SHARE * source.rows8 * source.columns8);
    this.#windows = this.#draw(Math.floor(blocks / (this.#rows * this.#columns)));
    this.#across = Math.ceil(Math.sqrt(this.#windows.length));
    const down = Math.ceil(this.#windows.length / this.#across);
    this.grid = gridOf(BLOCK * this.#rows * down, BLOCK * this.#columns * this.#across);
    this.pixels = this.#pixels();
    this.y = this.#planes(slice.y);
    this.params = this.#planes(slice.params);
  }

  /**
   * Windows drawn by systematic sampling, the more often the more the linear reconstruction errs there: a sum over the slice is estimated without bias, and
   * a slice whose life is all in one corner is looked at there.
   */
  #draw(count: number): Window[] {
    const { rows8, columns8 } = this.#source;
    const across = Math.ceil(columns8 / KEPT);
    const cells = Math.ceil(rows8 / KEPT) * across;
    // To and fro, so that neighbours in the list are neighbours in the slice, and what is drawn is spread evenly.
    const order = Array.from({ length: cells }, (_, i) => {
      const [row, column] = [Math.floor(i / across), i % across];
      return { row: KEPT * row, column: KEPT * (row % 2 === 0 ? column : across - 1 - column) };
    });
    const sizes = this.#sizes(order);
    const interval = sizes.reduce((sum, size) => sum + size, 0) / count;
    const windows: Window[] = [];
    let passed = 0;
    let drawn = 0;
    order.forEach(({ row, column }, i) => {
      passed += sizes[i]!;
      const upTo = Math.min(count, Math.floor(passed / interval + 0.5));
      if (upTo > drawn) {
        windows.push({
          row,
          column,
          rows: Math.min(KEPT, rows8 - row),
          columns: Math.min(KEPT, columns8 - column),
          readRow: Math.max(0, Math.min(row - MARGIN, rows8 - this.#rows)),
          readColumn: Math.max(0, Math.min(column - MARGIN, columns8 - this.#columns)),
          weight: ((upTo - drawn) * interval) / sizes[i]!,
        });
        drawn = upTo;
      }
    });
    return windows;
  }

  /** For each window about what its errors can add up to: their root mean square, and some of the slice's own, times its present values. */
  #sizes(corners: readonly { readonly row: number; readonly column: number }[]): number[] {
    const { linear, original, missing } = this.#slice;
    const { rows, columns } = this.#source;
    let squares = 0;
    let present = 0;
    const cells = corners.map(corner => {
      const lastRow = Math.min(rows, BLOCK * (corner.row + KEPT));
      const lastColumn = Math.min(columns, BLOCK * (corner.column + KEPT));
      let sum = 0;
      let count = 0;
      for (let y = BLOCK * corner.row; y < lastRow; y++) {
        for (let i = y * columns + BLOCK * corner.column; i < y * columns + lastColumn; i++) {
          if (missing === undefined || missing[i] === 0) {
            const error = linear[i]! - original[i]!;
            sum += error * error;
            count++;
          }
        }
      }
      squares += sum;
      present += count;
      return { sum, count };
    });
    const least = squares > 0 ? LEAST_ERROR * Math.sqrt(squares / present) : 1;
    return cells.map(({ sum, count }) => Math.sqrt(sum * count) + least * count);
  }

  #pixels(): Float32Array {
    const { rows, columns } = this.#source;
    const pixels = new Float32Array(this.grid.rows * this.grid.columns);
    const width = BLOCK * this.#columns;
    this.#windows.forEach(({ readRow, readColumn }, i) => {
      const columnOf = Int32Array.from({ length: width }, (_, x) => reflected(BLOCK * readColumn + x, columns));
      for (let y = 0; y < BLOCK * this.#rows; y++) {
        const line = reflected(BLOCK * readRow + y, rows) * columns;
        const out = this.#pixelOf(i, y, 0);
        for (let x = 0; x < width; x++) {
          pixels[out + x] = this.#slice.linear[line + columnOf[x]!]!;
        }
      }
    });
    return pixels;
  }

  #planes<T extends Float32Array | Uint8Array>(planes: T): T {
    const plane = this.#source.rows8 * this.#source.columns8;
    const ownPlane = this.grid.rows8 * this.grid.columns8;
    const count = planes.length / plane;
    const result = new (planes.constructor as new (length: number) => T)(count * ownPlane);
    this.#windows.forEach(({ readRow, readColumn }, i) => {
      const row = this.#rows * Math.floor(i / this.#across);
      const column = this.#columns * (i % this.#across);
      for (let p = 0; p < count; p++) {
        for (let y = 0; y < this.#rows; y++) {
          const from = p * plane + (readRow + y) * this.#source.columns8 + readColumn;
          const to = p * ownPlane + (row + y) * this.grid.columns8 + column;
          for (let x = 0; x < this.#columns; x++) {
            result[to + x] = planes[from + x]!;
          }
        }
      }
    });
    return result;
  }

  /** What the windows keep of a correction of the mosaic. */
  kept(correction: Float32Array): Sample {
    const { rows, columns } = this.#source;
    const extents = this.#windows.map(window => ({
      rows: Math.min(BLOCK * window.rows, rows - BLOCK * window.row),
      columns: Math.min(BLOCK * window.columns, columns - BLOCK * window.column),
    }));
    const length = extents.reduce((sum, extent) => sum + extent.rows * extent.columns, 0);
    const sample: Sample = {
      linear: new Float32Array(length),
      correction: new Float32Array(length),
      original: new Float32Array(length),
      weights: new Float32Array(length),
    };
    const { linear, original, missing } = this.#slice;
    let out = 0;
    this.#windows.forEach(({ row, column, readRow, readColumn, weight }, i) => {
      for (let y = 0; y < extents[i]!.rows; y++) {
        const from = (BLOCK * row + y) * columns + BLOCK * column;
        const own = this.#pixelOf(i, BLOCK * (row - readRow) + y, BLOCK * (column - readColumn));
        for (let x = 0; x < extents[i]!.columns; x++, out++) {
          sample.linear[out] = linear[from + x]!;
          sample.original[out] = original[from + x]!;
          sample.correction[out] = correction[own + x]!;
          sample.weights[out] = missing === undefined || missing[from + x] === 0 ? weight : 0;
        }
      }
    });
    return sample;
  }

  /** Index of a pixel of a window in the mosaic. */
  #pixelOf(window: number, y: number, x: number): number {
    const top = BLOCK * this.#rows * Math.floor(window / this.#across);
    const left = BLOCK * this.#columns * (window % this.#across);
    return (top + y) * this.grid.columns + left + x;
  }
}
