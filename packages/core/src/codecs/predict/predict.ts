import { isDeepStrictEqual } from 'node:util';
import { decodeExact, decodeLatticeInto, encodeExact, encodeLattice, estimateLattice } from '@fieldzip/native-coder';
import { FormatError } from '../../errors.js';
import { currentModel } from '../../models.js';
import type { Effort } from '../../run-options.js';
import { scratch } from '../../scratch.js';
import type { EncodedTile, Goal, PreparedTile, TileCodec, TileContext } from '../codec.js';
import { middleOf } from '../middle.js';
import { distinctOf, sortedSample, valueSample } from '../sample.js';
import { decodeInterpolation, INTERPOLATED, interpolate, isCoarse } from './interpolation.js';
import {
  boundForRmse,
  forCoder,
  fromCoder,
  type Integers,
  type Lattice,
  latticeFor,
  latticeOfStep,
  putValues,
  type RestoredLattice,
} from './lattice.js';
import { networksOf, type PredictNetworks } from './networks.js';

const EXACT = 0;
const LATTICE = 1;
const WIDE_LATTICE = 3;

/**
 * Puts every value on a lattice of twice the bound, predicts it from those before it and codes what is left; or, at effort `fast` and where that takes fewer bytes,
 * predicts values from those around them on ever finer grids. The bound holds for every value in the type the user gets back: where neither can keep it, the tile
 * is stored exactly.
 *
 * Stream: 0, the values as they are; or 1, the lattice's step (f64), its integers of 32 bits; or 2, values by interpolation; or 3, as 1 with integers of 64 bits.
 */
export const predict: TileCodec = {
  id: 3,
  name: 'predict',
  fast: true,
  modelHash: () => currentModel('predict').hash,
  serves: () => true,
  encode: async (tile, goal, context) => encode(tile, goal, new Coder(context), context.effort),
  decode: async (bytes, tile, { modelHash, threads }) => decodePredict(bytes, tile, networksOf(modelHash), threads),
  estimate,
};

/** Integers and values to bytes, with an effort and a network. */
class Coder {
  readonly #effort: Effort;
  readonly #networks: PredictNetworks;
  readonly #threads: number;

  constructor({ effort, modelHash, threads }: TileContext) {
    this.#threads = threads;
    this.#effort = effort;
    this.#networks = networksOf(modelHash);
  }

  /** Undefined for a goal that interpolation does not serve, or cannot keep. */
  async interpolated(tile: PreparedTile, goal: Goal): Promise<EncodedTile | undefined> {
    const networks = this.#effort === 'fast' ? null : this.#networks.interpolation;
    return interpolate(tile, goal, { threads: this.#threads, networks });
  }

  asIs({ values, rows, columns, missing }: PreparedTile): Uint8Array {
    const coded = encodeExact(values, rows, columns, missing ?? null, this.#effort, this.#networks.walk, this.#threads);
    return withHead(Uint8Array.of(EXACT), coded);
  }

  on({ step, integers }: Lattice, { rows, columns, missing }: PreparedTile): Uint8Array {
    const head = new Uint8Array(9);
    head[0] = integers instanceof Int32Array ? LATTICE : WIDE_LATTICE;
    new DataView(head.buffer).setFloat64(1, step, true);
    const given = forCoder(integers);
    const coded = encodeLattice(
      given,
      rows,
      columns,
      missing ?? null,
      this.#effort,
      this.#networks.walk,
      this.#threads,
    );
    return withHead(head, coded);
  }
}

/** Of the bytes of values that no lattice can hold. */
const EXACT_SHARE = 0.7;

/**
 * Of the walk's estimate: what interpolation may take where that says few bits a value, and the exact form of values with a grid of their own. Where an error is searched for, a
 * codec that is left out at one error and not at the next would have the bytes jump.
 */
const LEAST_SHARE = 0.3;

function estimate(tile: PreparedTile, goal: Goal): number {
  const walk = estimateWalk(tile, goal);
  const fewBits = goal.kind === 'bound' ? INTERPOLATED_TO : WALK_FROM;
  const less =
    8 * walk < fewBits * tile.values.length || (goal.kind !== 'lossless' && isCoarse(tile, toleranceOf(goal)));
  return less ? LEAST_SHARE * walk : walk;
}

/** The largest error, or about that of most values. */
function toleranceOf(goal: Exclude<Goal, { kind: 'lossless' }>): number {
  return goal.kind === 'bound' ? goal.bound : goal.rmse;
}

function estimateWalk(tile: PreparedTile, goal: Goal): number {
  // The bound of an error is taken as that of errors spread evenly.
  return estimateOf(tile, madeOf(tile, goal.kind === 'rmse' ? { kind: 'near', rmse: goal.rmse } : goal));
}

async function encode(tile: PreparedTile, goal: Goal, coder: Coder, effort: Effort): Promise<EncodedTile> {
  const estimated = effort === 'balanced' ? estimateWalk(tile, goal) : 0;
  if (effort === 'balanced' && (await walkIsLess(tile, goal, coder, estimated))) {
    return encodeWalk(tile, goal, coder);
  }
  const interpolated = await coder.interpolated(tile, goal);
  if (interpolated !== undefined && suffices(interpolated, tile, goal, effort, estimated)) {
    return interpolated;
  }
  const walked = encodeWalk(tile, goal, coder);
  // For a size, bytes are to change steadily with the error: two forms that take turns from one error to the next do not.
  const comparable = interpolated !== undefined && goal.kind !== 'near';
  return comparable && interpolated.bytes.length < walked.bytes.length ? interpolated : walked;
}

/** Bits a value, by the walk's estimate: up to the first interpolation is tried, beyond the second it has been seen to take more. Of small tiles both forms are soon tried. */
const INTERPOLATED_TO = 1.25;
const WALK_FROM = 2.5;
const WALK_FROM_IN_SMALL = 3;
const SMALL = 2 ** 16;
/** Between them, what interpolation takes of the walk's estimate for the middle of the tile if it takes less for all of it. */
const LESS_THAN_WALK = 0.82;

/** Whether interpolation need not be tried. */
async function walkIsLess(tile: PreparedTile, goal: Goal, coder: Coder, estimated: number): Promise<boolean> {
  const bits = (8 * estimated) / tile.values.length;
  if (isSmall(tile) || bits <= INTERPOLATED_TO || bits > WALK_FROM) {
    return bits > (isSmall(tile) ? WALK_FROM_IN_SMALL : INTERPOLATED_TO);
  }
  const middle = goal.kind === 'bound' ? middleOf(tile) : undefined;
  const interpolated = middle && (await coder.interpolated(middle, goal));
  return interpolated === undefined || interpolated.bytes.length > LESS_THAN_WALK * estimateWalk(middle!, goal);
}

function isSmall({ values }: PreparedTile): boolean {
  return values.length <= SMALL;
}

/** Whether an interpolated tile may be taken before the walk has been tried, which takes several times as long. */
function suffices({ bytes }: EncodedTile, tile: PreparedTile, goal: Goal, effort: Effort, estimated: number): boolean {
  switch (effort) {
    case 'fast':
      return goal.kind === 'lossless' || !isCoarse(tile, toleranceOf(goal));
    case 'balanced':
      return (
        !isSmall(tile) && bytes.length < estimated && goal.kind !== 'lossless' && !isCoarse(tile, toleranceOf(goal))
      );
    case 'best':
      return false;
  }
}

function encodeWalk(tile: PreparedTile, goal: Goal, coder: Coder): EncodedTile {
  const lattice = latticeOf(tile, goal);
  if (lattice === undefined) {
    return { bytes: coder.asIs(tile), restored: tile.values };
  }
  const onLattice = coder.on(lattice, tile);
  if (!mergesValues(tile, lattice)) {
    const asIs = coder.asIs(tile);
    if (asIs.length <= onLattice.length) {
      return { bytes: asIs, restored: tile.values };
    }
  }
  return { bytes: onLattice, restored: lattice.restored };
}

/** The lattice of a tile for a goal; and what the walk would make of it, once that has been asked. */
interface Made {
  readonly goal: Goal;
  readonly lattice: RestoredLattice | undefined;
  bytes?: number;
}

/** What was last made of a tile: an estimate and the coding after it want the same. */
const made = new WeakMap<PreparedTile, Made>();

function madeOf(tile: PreparedTile, goal: Goal): Made {
  const last = made.get(tile);
  if (last !== undefined && isDeepStrictEqual(last.goal, goal)) {
    return last;
  }
  const now = { goal, lattice: makeLattice(tile, goal) };
  made.set(tile, now);
  return now;
}

function latticeOf(tile: PreparedTile, goal: Goal): RestoredLattice | undefined {
  return madeOf(tile, goal).lattice;
}

function estimateOf({ values, rows, columns, missing }: PreparedTile, of: Made): number {
  of.bytes ??=
    of.lattice === undefined
      ? EXACT_SHARE * values.byteLength
      : estimateLattice(forCoder(of.lattice.integers), rows, columns, missing ?? null) / 8;
  return of.bytes;
}

function makeLattice(tile: PreparedTile, goal: Goal): RestoredLattice | undefined {
  switch (goal.kind) {
    case 'bound':
      return latticeFor(tile, goal.bound);
    case 'rmse': {
      const bound = boundForRmse(tile, goal.rmse);
      return bound === undefined ? undefined : latticeFor(tile, bound);
    }
    case 'near':
      // Errors spread evenly over a step have a mean square of step^2 / 12.
      return latticeOfStep(tile, goal.rmse * Math.sqrt(12));
    case 'lossless':
      return undefined;
  }
}

const FEWER = 0.9;
/** Of 4096 values on some million points so many are alike by chance. */
const ALIKE = 4;

/**
 * Whether the lattice has clearly fewer different values than the tile, told from a sample: by their number, or by how many more are alike. Where it has not, the data was
 * rounded by its producer to about the bound, or the bound is near the precision of the type, and the values themselves may take fewer bytes.
 */
function mergesValues(tile: PreparedTile, { integers }: Lattice): boolean {
  const sample = valueSample(tile);
  const before = distinctOf(sample).length;
  const after = distinctOf(sortedSample(integers, tile.missing)).length;
  const alike = sample.length - after;
  return after < FEWER * before || (alike >= ALIKE && alike > 4 * (sample.length - before));
}

function withHead(head: Uint8Array, coded: Uint8Array): Uint8Array {
  const stream = new Uint8Array(head.length + coded.length);
  stream.set(head);
  stream.set(coded, head.length);
  return stream;
}

/** Decodes a stream of the codec into `tile.values`. */
export function decodePredict(
  stream: Uint8Array,
  tile: PreparedTile,
  networks: PredictNetworks,
  threads: number,
): void {
  const { values, rows, columns, missing = null } = tile;
  if (stream[0] === EXACT) {
    decodeExact(stream.subarray(1), values, rows, columns, missing, networks.walk, threads);
    return;
  }
  if (stream[0] === INTERPOLATED) {
    decodeInterpolation(stream.subarray(1), tile, networks.interpolation);
    return;
  }
  if (!((stream[0] === LATTICE || stream[0] === WIDE_LATTICE) && stream.length >= 9)) {
    throw new FormatError(
      `Expected a stream of the predict codec to begin with 0, 1, 2 or 3, found ${stream[0] ?? 'nothing'}.`,
    );
  }
  const step = new DataView(stream.buffer, stream.byteOffset).getFloat64(1, true);
  if (!(step > 0 && Number.isFinite(step))) {
    throw new FormatError(`Expected the step of a lattice to be above 0, found ${step}.`);
  }
  const coded = stream.subarray(9);
  let integers: Integers;
  if (stream[0] === WIDE_LATTICE) {
    const wide = new BigInt64Array(values.length);
    decodeLatticeInto(coded, wide, rows, columns, missing, networks.walk, threads);
    integers = fromCoder(wide);
  } else {
    integers = scratch(Int32Array, values.length);
    decodeLatticeInto(coded, integers, rows, columns, missing, networks.walk, threads);
  }
  putValues({ step, integers }, tile, values);
}
