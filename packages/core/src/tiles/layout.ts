/** A rectangle of a slice: its first row and column, and its extent. */
export interface Rectangle {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

/** How a slice is cut: tiles down times tiles across. */
export interface Grid {
  readonly down: number;
  readonly across: number;
}

const SIDE = 1024;
const AREA = SIDE * SIDE;

/**
 * The fewest tiles of at most 1024 x 1024 values that a slice is cut in. Where one side of a tile is shorter, the other may be as much longer: a row of a million values is
 * one tile.
 */
export function gridOf(rows: number, columns: number): Grid {
  const down = Math.ceil(rows / Math.max(SIDE, Math.floor(AREA / columns)));
  const height = Math.ceil(rows / down);
  return { down, across: Math.ceil(columns / Math.max(SIDE, Math.floor(AREA / height))) };
}

/** The tiles of a slice in reading order. They differ by at most one row and one column. */
export function tilesOf(rows: number, columns: number): Rectangle[] {
  const { down, across } = gridOf(rows, columns);
  const edge = (extent: number, parts: number, i: number) => Math.floor((i * extent) / parts);
  return Array.from({ length: down * across }, (_, i) => {
    const [y, x] = [Math.floor(i / across), i % across];
    const [row, column] = [edge(rows, down, y), edge(columns, across, x)];
    return { row, column, rows: edge(rows, down, y + 1) - row, columns: edge(columns, across, x + 1) - column };
  });
}

/** Number of tiles of a slice. */
export function tileCount(rows: number, columns: number): number {
  const { down, across } = gridOf(rows, columns);
  return down * across;
}

type Plane = Float32Array | Float64Array | Uint8Array;

/** A copy of a rectangle of a plane that is `columns` wide. */
export function cut<P extends Plane>(plane: P, columns: number, rectangle: Rectangle): P {
  const part = new (plane.constructor as new (length: number) => P)(rectangle.rows * rectangle.columns);
  for (let y = 0; y < rectangle.rows; y++) {
    const from = (rectangle.row + y) * columns + rectangle.column;
    part.set(plane.subarray(from, from + rectangle.columns), y * rectangle.columns);
  }
  return part;
}

/** Copies the part of a tile that lies within a region to its place in the region's plane. */
export function paste<P extends Plane>(part: P, tile: Rectangle, plane: P, region: Rectangle): void {
  const first = Math.max(tile.row, region.row);
  const last = Math.min(tile.row + tile.rows, region.row + region.rows);
  const left = Math.max(tile.column, region.column);
  const right = Math.min(tile.column + tile.columns, region.column + region.columns);
  for (let y = first; y < last; y++) {
    const from = (y - tile.row) * tile.columns - tile.column;
    plane.set(part.subarray(from + left, from + right), (y - region.row) * region.columns + left - region.column);
  }
}

export function overlaps(a: Rectangle, b: Rectangle): boolean {
  return (
    a.row < b.row + b.rows &&
    b.row < a.row + a.rows &&
    a.column < b.column + b.columns &&
    b.column < a.column + a.columns
  );
}
