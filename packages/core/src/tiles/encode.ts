import type { PreparedSlice, PreparedTile } from '../codecs/codec.js';
import { TargetError } from '../errors.js';
import { type Dtype, dtypeOf } from '../field.js';
import { inOrder } from '../in-order.js';
import type { Target } from '../target.js';
import { cut, type Rectangle, tilesOf } from './layout.js';
import { LEAST_USED, searchBytes, searchRmse } from './search.js';
import { sliceStream } from './stream.js';
import type { TileGoal, TileResult } from './tile.js';

/** How the tiles of a slice are coded. */
export interface TileRunner {
  /** Codes a tile; `own`: its arrays are not needed any more and may be given away. */
  readonly encode: (tile: PreparedTile, goal: TileGoal, own: boolean) => Promise<TileResult>;
  /** Tiles in work at once. */
  readonly width: number;
  readonly signal: AbortSignal | undefined;
}

/** What a slice takes in the file for a stream of so many bytes. */
export type SectionBytes = (streamBytes: number) => number;

export interface CodedSlice {
  readonly stream: Uint8Array;
  /** What a person should know: why the target was not met as closely as it may be. */
  readonly note?: 'lossless' | 'coarse' | undefined;
}

export type TileTarget = Exclude<Target, { kind: 'quality' }>;

/** A target for the bytes, and one for the values. */
export type SizeTarget = TileTarget & { readonly kind: 'bpp' | 'ratio' };
export type ErrorTarget = Exclude<TileTarget, { kind: 'bpp' | 'ratio' }>;

export function isSize(target: TileTarget): target is SizeTarget {
  return target.kind === 'bpp' || target.kind === 'ratio';
}

/** Codes a slice in tiles so that it meets a target. */
export async function encodeSlice(slice: PreparedSlice, target: ErrorTarget, runner: TileRunner): Promise<CodedSlice> {
  const coder = new SliceCoder(slice, runner);
  switch (target.kind) {
    case 'lossless':
      return coder.run({ kind: 'lossless' }, true);
    case 'abs':
      return coder.run({ kind: 'bound', bound: target.abs }, true);
    case 'rel':
      return coder.run(boundGoal(shareOfRange(slice, target.rel)), true);
    case 'pw-rel':
      return coder.run({ kind: 'pointwise', share: target.pwRel }, true);
    case 'psnr':
      return encodeAtPsnr(coder, slice, target.psnr);
  }
}

/** The value range times a share, also where the range itself is beyond the largest double. */
function shareOfRange({ minimum, maximum }: PreparedSlice, share: number): number {
  const range = maximum - minimum;
  return Number.isFinite(range) ? range * share : maximum * share - minimum * share;
}

function boundGoal(bound: number): TileGoal {
  return bound > 0 && Number.isFinite(bound) ? { kind: 'bound', bound } : { kind: 'lossless' };
}

/** Rounding in the sums of squares must not cost the last place of a promise. */
const ROUNDING = 1 - 1e-9;

/** A smaller error is a double of few digits: too few to tell whether a PSNR is kept. */
const LEAST_ERROR = 2 ** -1000;

async function encodeAtPsnr(coder: SliceCoder, slice: PreparedSlice, psnr: number): Promise<CodedSlice> {
  const wanted = shareOfRange(slice, ROUNDING * 10 ** (-psnr / 20));
  if (!(wanted > LEAST_ERROR)) {
    return { ...(await coder.run({ kind: 'lossless' }, true)), note: 'lossless' };
  }
  const found = await searchRmse(rmse => coder.run({ kind: 'rmse', rmse }, false), wanted, coder.tiles);
  return found.rmse === 0 ? { ...found, note: 'lossless' } : found;
}

/** Most bytes that a target leaves for a slice. */
export function budgetOf(target: SizeTarget, values: number, dtype: Dtype): number {
  return target.kind === 'bpp' ? (target.bpp * values) / 8 : (values * (dtype === 'float32' ? 4 : 8)) / target.ratio;
}

/** Octaves between value range and error that a smooth field has for nothing. */
const FREE_OCTAVES = 7;

/**
 * Codes a slice in tiles so that it takes the bytes that are asked for.
 * @throws TargetError if it cannot.
 */
export async function encodeInBytes(
  slice: PreparedSlice,
  target: SizeTarget,
  sectionBytes: SectionBytes,
  runner: TileRunner,
): Promise<CodedSlice> {
  const coder = new SliceCoder(slice, runner);
  const budget = budgetOf(target, slice.values.length, dtypeOf(slice.values));
  const attempt = async (goal: TileGoal) => {
    const trial = await coder.run(goal, false);
    return { ...trial, bytes: sectionBytes(trial.stream.length) };
  };
  const values = slice.values.length;
  const range = shareOfRange(slice, 1);
  const first = shareOfRange(slice, 2 ** -((8 * budget) / values + FREE_OCTAVES));
  const found =
    range > 0 && first > 0 && Number.isFinite(range)
      ? await searchBytes(rmse => attempt({ kind: 'near', rmse }), budget, values, first, range)
      : undefined;
  const fits = found?.fits;
  if (fits !== undefined && fits.rmse > 0 && fits.bytes >= LEAST_USED * budget) {
    return fits;
  }
  const exact = fits?.rmse === 0 ? fits : await attempt({ kind: 'lossless' });
  if (exact.bytes <= budget) {
    return exact.bytes >= LEAST_USED * budget ? exact : { ...exact, note: 'lossless' };
  }
  if (fits === undefined) {
    const least = Math.min(exact.bytes, found?.smallest.bytes ?? exact.bytes);
    throw new TargetError(
      `takes at least ${Math.ceil(least)} bytes, and ${Math.floor(budget)} are asked for: ask for more bits a value, or a smaller ratio.`,
    );
  }
  return { ...fits, note: 'coarse' };
}

interface SliceTrial extends CodedSlice {
  readonly bytes: number;
  readonly rmse: number;
}

/** Codes all tiles of a slice, as often as a search needs. */
class SliceCoder {
  readonly #slice: PreparedSlice;
  readonly #runner: TileRunner;
  readonly #tiles: readonly Rectangle[];

  constructor(slice: PreparedSlice, runner: TileRunner) {
    this.#slice = slice;
    this.#runner = runner;
    this.#tiles = tilesOf(slice.rows, slice.columns);
  }

  get tiles(): number {
    return this.#tiles.length;
  }

  /** @param last whether the slice is not needed any more */
  async run(goal: TileGoal, last: boolean): Promise<SliceTrial> {
    const results: TileResult[] = [];
    const { encode, width, signal } = this.#runner;
    const own = last || this.tiles > 1;
    for await (const result of inOrder(this.#tiles, width, signal, tile => encode(this.#cut(tile), goal, own))) {
      results.push(result);
    }
    const stream = sliceStream(results);
    return { stream, bytes: stream.length, rmse: rmseOf(results) };
  }

  #cut(tile: Rectangle): PreparedTile {
    if (this.tiles === 1) {
      return this.#slice;
    }
    const { values, columns, minimum, maximum, missing } = this.#slice;
    return {
      values: cut(values, columns, tile),
      rows: tile.rows,
      columns: tile.columns,
      minimum,
      maximum,
      missing: missing && cut(missing, columns, tile),
    };
  }
}

/** The root mean square error of tiles together, in units of the largest, whose square may be beyond a double. */
function rmseOf(results: readonly TileResult[]): number {
  const largest = results.reduce((most, { rmse }) => Math.max(most, rmse), 0);
  if (largest === 0 || !Number.isFinite(largest)) {
    return largest;
  }
  const present = results.reduce((sum, result) => sum + result.present, 0);
  const squares = results.reduce((sum, { rmse, present: count }) => sum + count * (rmse / largest) ** 2, 0);
  return largest * Math.sqrt(squares / present);
}
