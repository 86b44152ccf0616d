import { cut } from '../tiles/layout.js';
import type { PreparedTile } from './codec.js';

/** Sides of a middle, and the values of a tile beside which coding that costs little. */
const SIDE = 256;
const LARGE = 2 ** 17;

/** The middle of a large tile, to try on it what would take long on all; undefined for other tiles, and where it has no present value. */
export function middleOf(tile: PreparedTile): PreparedTile | undefined {
  const { values, rows, columns, minimum, maximum, missing } = tile;
  if (values.length < LARGE || rows < SIDE || columns < SIDE) {
    return undefined;
  }
  const place = { row: (rows - SIDE) >> 1, column: (columns - SIDE) >> 1, rows: SIDE, columns: SIDE };
  const missingThere = missing && cut(missing, columns, place);
  if (missingThere?.every(value => value > 0)) {
    return undefined;
  }
  return { values: cut(values, columns, place), rows: SIDE, columns: SIDE, minimum, maximum, missing: missingThere };
}
