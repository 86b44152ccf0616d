/**
 * The grids of a slice and the copies between them. Latents sit on blocks of 8 x 8 pixels, the networks' pixel branches on
 * blocks of 4 x 4, and Z on blocks of 32 x 32; each grid covers the slice, rounded up to whole blocks.
 */

export const BLOCK = 8;
const FINE_BLOCK = 4;
const HYPER_RATIO = 4;

export interface Grid {
  readonly rows: number;
  readonly columns: number;
  /** Extent of Y. */
  readonly rows8: number;
  readonly columns8: number;
  /** Extent of Z. */
  readonly rows32: number;
  readonly columns32: number;
}

export function gridOf(rows: number, columns: number): Grid {
  const rows8 = Math.ceil(rows / BLOCK);
  const columns8 = Math.ceil(columns / BLOCK);
  const rows32 = Math.ceil(rows8 / HYPER_RATIO);
  const columns32 = Math.ceil(columns8 / HYPER_RATIO);
  return { rows, columns, rows8, columns8, rows32, columns32 };
}

/** A part of the grid of Y that the networks do at once: what is kept, and what is read, which has a halo around it. */
export interface Tile {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  readonly readRow: number;
  readonly readColumn: number;
  readonly readRows: number;
  readonly readColumns: number;
}

/** Blocks kept of a tile, at most, a side; a little more where it saves a tile. */
const TILE = 128;
const LARGEST_TILE = 160;
/** No output depends on blocks farther away than this: tiles give what the whole would. */
const HALO = 8;

function spans(length: number): readonly (readonly [number, number])[] {
  const count = length <= LARGEST_TILE ? 1 : Math.ceil(length / TILE);
  return Array.from({ length: count }, (_, i) => [
    Math.floor((i * length) / count),
    Math.floor(((i + 1) * length) / count),
  ]);
}

/** Tiles bound memory: a slice of any size is done in pieces of about 1024 x 1024. */
export function tilesOf(grid: Grid): readonly Tile[] {
  return spans(grid.rows8).flatMap(([row, rowEnd]) =>
    spans(grid.columns8).map(([column, columnEnd]) => {
      const readRow = Math.max(0, row - HALO);
      const readColumn = Math.max(0, column - HALO);
      return {
        row,
        column,
        rows: rowEnd - row,
        columns: columnEnd - column,
        readRow,
        readColumn,
        readRows: Math.min(grid.rows8, rowEnd + HALO) - readRow,
        readColumns: Math.min(grid.columns8, columnEnd + HALO) - readColumn,
      };
    }),
  );
}

export function isWhole(tile: Tile, grid: Grid): boolean {
  return tile.rows === grid.rows8 && tile.columns === grid.columns8;
}

/** Index of the pixel that stands for position p of a line of n pixels, reflected about its first and last pixel. */
export function reflected(p: number, n: number): number {
  if (n === 1) {
    return 0;
  }
  const period = 2 * (n - 1);
  const q = ((p % period) + period) % period;
  return q < n ? q : period - q;
}

/**
 * Pixels as 16 planes of 4 x 4 blocks, with one block of context on each side of the tile. Beyond the slice its reflection stands.
 */
export function blocksOf(pixels: Float32Array, grid: Grid, tile: Tile): Float32Array {
  const height = 2 * tile.readRows + 2;
  const width = 2 * tile.readColumns + 2;
  const firstRow = BLOCK * tile.readRow - FINE_BLOCK;
  const firstColumn = BLOCK * tile.readColumn - FINE_BLOCK;
  const columnOf = Int32Array.from({ length: FINE_BLOCK * width }, (_, x) => reflected(firstColumn + x, grid.columns));
  const blocks = new Float32Array(16 * height * width);
  for (let y = 0; y < FINE_BLOCK * height; y++) {
    const line = reflected(firstRow + y, grid.rows) * grid.columns;
    for (let phase = 0; phase < FINE_BLOCK; phase++) {
      let out = ((y % FINE_BLOCK) * FINE_BLOCK + phase) * height * width + (y >> 2) * width;
      for (let x = phase; x < columnOf.length; x += FINE_BLOCK) {
        blocks[out++] = pixels[line + columnOf[x]!]!;
      }
    }
  }
  return blocks;
}

/** Copies planes between the grid of Y and the part of it that a tile reads. */
export function cut<T extends Float32Array | Uint8Array>(planes: T, grid: Grid, tile: Tile, part: T): T {
  const plane = grid.rows8 * grid.columns8;
  let out = 0;
  for (let start = 0; start < planes.length; start += plane) {
    for (let row = 0; row < tile.readRows; row++, out += tile.readColumns) {
      const from = start + (tile.readRow + row) * grid.columns8 + tile.readColumn;
      part.set(planes.subarray(from, from + tile.readColumns) as T, out);
    }
  }
  return part;
}

/** Puts what a tile keeps of its planes into those of the whole grid. */
export function paste(part: Float32Array, tile: Tile, planes: Float32Array, grid: Grid): void {
  const plane = grid.rows8 * grid.columns8;
  const partPlane = tile.readRows * tile.readColumns;
  for (let start = 0, partStart = 0; start < planes.length; start += plane, partStart += partPlane) {
    for (let row = tile.row; row < tile.row + tile.rows; row++) {
      const from = partStart + (row - tile.readRow) * tile.readColumns + tile.column - tile.readColumn;
      planes.set(part.subarray(from, from + tile.columns), start + row * grid.columns8 + tile.column);
    }
  }
}

/**
 * Planes of one grid on another that begins at the same corner: cropped where it is smaller, zero where it is larger.
 */
export function regrid<T extends Float32Array | Uint8Array>(
  planes: T,
  from: { readonly rows: number; readonly columns: number },
  to: { readonly rows: number; readonly columns: number },
): T {
  if (from.rows === to.rows && from.columns === to.columns) {
    return planes;
  }
  const count = planes.length / (from.rows * from.columns);
  const result = new (planes.constructor as new (length: number) => T)(count * to.rows * to.columns);
  const rows = Math.min(from.rows, to.rows);
  const columns = Math.min(from.columns, to.columns);
  for (let plane = 0; plane < count; plane++) {
    for (let row = 0; row < rows; row++) {
      const start = (plane * from.rows + row) * from.columns;
      result.set(planes.subarray(start, start + columns) as T, (plane * to.rows + row) * to.columns);
    }
  }
  return result;
}

/** Extent of Y rounded up to whole blocks of Z: what the hyper-networks see. */
export function hyperExtent(grid: Grid): { rows: number; columns: number } {
  return { rows: grid.rows32 * HYPER_RATIO, columns: grid.columns32 * HYPER_RATIO };
}

/** Extent of Y. */
export function latentExtent(grid: Grid): { rows: number; columns: number } {
  return { rows: grid.rows8, columns: grid.columns8 };
}

/** Sets to zero the latents of the blocks8 layout that stand for no pixel of the slice. */
export function clearOutside(latents: Float32Array, grid: Grid): void {
  const { rows8, columns8 } = grid;
  for (let channel = 0; channel < BLOCK * BLOCK; channel++) {
    const rowsInside = Math.max(0, Math.ceil((grid.rows - (channel >> 3)) / BLOCK));
    const columnsInside = Math.max(0, Math.ceil((grid.columns - (channel & 7)) / BLOCK));
    const start = channel * rows8 * columns8;
    for (let row = 0; row < rows8; row++) {
      const line = start + row * columns8;
      latents.fill(0, row < rowsInside ? line + columnsInside : line, line + columns8);
    }
  }
}

/**
 * Puts 16 planes of 4 x 4 blocks, as the decoder gives for a tile, where the tile's pixels are that it keeps.
 */
export function unblock(blocks: Float32Array, grid: Grid, tile: Tile, pixels: Float32Array): void {
  const width = 2 * tile.readColumns;
  const plane = 2 * tile.readRows * width;
  const lastRow = Math.min(grid.rows, BLOCK * (tile.row + tile.rows));
  const firstColumn = BLOCK * tile.column;
  const lastColumn = Math.min(grid.columns, BLOCK * (tile.column + tile.columns));
  for (let y = BLOCK * tile.row; y < lastRow; y++) {
    const fromTile = y - BLOCK * tile.readRow;
    for (let phase = 0; phase < FINE_BLOCK; phase++) {
      let from =
        ((fromTile % FINE_BLOCK) * FINE_BLOCK + phase) * plane +
        (fromTile >> 2) * width +
        2 * (tile.column - tile.readColumn);
      for (let p = y * grid.columns + firstColumn + phase; p < y * grid.columns + lastColumn; p += FINE_BLOCK) {
        pixels[p] = blocks[from++]!;
      }
    }
  }
}
