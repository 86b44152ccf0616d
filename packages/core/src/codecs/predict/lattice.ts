import { fromLattice, toLattice } from '@fieldzip/native-coder';
import type { FieldData } from '../../field.js';
import { scratch, scratchLike } from '../../scratch.js';
import { rmseOf } from '../../tiles/rmse.js';
import type { PreparedTile } from '../codec.js';

/** A tile on a lattice: value = minimum + integer * step, rounded to the type of the field. */
export interface Lattice {
  readonly step: number;
  readonly integers: Integers;
}

/** Doubles where 32 bits are too few: whole numbers, exact up to 2^53, and as fast as any in arithmetic. */
export type Integers = Int32Array | Float64Array;

/** A lattice with the values that its integers stand for. */
export interface RestoredLattice extends Lattice {
  readonly restored: FieldData;
}

/** Largest integer of 32 bits, and of a double. */
const LARGEST = 2 ** 31 - 1;
const LARGEST_WIDE = 2 ** 53;
/** A lattice finer than this many last places of the largest value saves nothing over the values themselves. */
const LEAST_PLACES = 2;

/**
 * The value of a lattice point: one product and one sum in double, each rounded once, so that encoder and decoder agree on every machine.
 */
function valueAt(integer: number, step: number, minimum: number): number {
  return minimum + integer * step;
}

/** As Math.round, without its branch on the part behind the point, which no processor can foretell. */
function nearest(value: number): number {
  // Above, the sum would be rounded itself.
  return value < LARGEST ? Math.floor(value + 0.5) : Math.round(value);
}

/** Room for the integers of a tile on a lattice of this step; undefined if there is no such lattice, or it has too many points. */
function emptyIntegers({ values, minimum, maximum }: PreparedTile, step: number): Integers | undefined {
  if (!(step > 0 && Number.isFinite(step))) {
    return undefined;
  }
  const largest = (maximum - minimum) / step;
  if (largest < LARGEST) {
    return scratch(Int32Array, values.length);
  }
  // Values of single precision have too few bits for what such a lattice tells apart.
  return largest < LARGEST_WIDE && values instanceof Float64Array ? scratchLike(values) : undefined;
}

/** Where the lower word of an integer of 64 bits lies, and the higher. By words, a conversion takes a fraction of the time that it takes by BigInt. */
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;
const WORD = 2 ** 32;

/** Integers as the coder takes them. */
export function forCoder(integers: Integers): Int32Array | BigInt64Array {
  if (integers instanceof Int32Array) {
    return integers;
  }
  const words = new Int32Array(2 * integers.length);
  for (let i = 0; i < integers.length; i++) {
    // What is stored of a double is its integer modulo 2^32.
    words[2 * i + LOW] = integers[i]!;
    words[2 * i + HIGH] = Math.floor(integers[i]! / WORD);
  }
  return new BigInt64Array(words.buffer);
}

/** Integers of 64 bits as the nearest doubles. */
export function fromCoder(wide: BigInt64Array): Float64Array {
  const integers = new Float64Array(wide.length);
  const high = new Int32Array(wide.buffer, wide.byteOffset);
  const low = new Uint32Array(wide.buffer, wide.byteOffset);
  for (let i = 0; i < integers.length; i++) {
    integers[i] = high[2 * i + HIGH]! * WORD + low[2 * i + LOW]!;
  }
  return integers;
}

/** Puts the values of a lattice into an array, in its type. */
export function putValues({ step, integers }: Lattice, { minimum }: PreparedTile, restored: FieldData): void {
  if (integers instanceof Int32Array) {
    fromLattice(restored, integers, minimum, step);
    return;
  }
  for (let i = 0; i < restored.length; i++) {
    restored[i] = valueAt(integers[i]!, step, minimum);
  }
}

/**
 * The tile on the lattice whose step is twice the bound, or undefined where that would not keep the bound for every present value in its own type: the
 * tile is then to be stored exactly. Every value is checked as the decoder will give it.
 */
export function latticeFor(tile: PreparedTile, bound: number): RestoredLattice | undefined {
  const { values, minimum, maximum, missing } = tile;
  const place = lastPlace(Math.max(Math.abs(minimum), Math.abs(maximum)), values);
  const step = 2 * (bound - roundingOf(tile, place));
  const integers = step >= LEAST_PLACES * place ? emptyIntegers(tile, step) : undefined;
  if (integers === undefined) {
    return undefined;
  }
  const restored = scratchLike(values);
  if (integers instanceof Int32Array) {
    const kept = toLattice(values, missing ?? null, minimum, step, bound, integers, restored);
    return kept ? { step, integers, restored } : undefined;
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const integer = nearest((value - minimum) / step);
    integers[i] = integer;
    const back = valueAt(integer, step, minimum);
    restored[i] = back;
    // Written so that a NaN fails too.
    if (!(Math.abs(back - value) <= bound) && !(missing !== undefined && missing[i]! > 0)) {
      return undefined;
    }
  }
  return { step, integers, restored };
}

/**
 * The tile on a lattice of any step, about which nothing is promised; undefined if it has too many integers. A step below the last place of the largest value still
 * brings the smaller values nearer.
 */
export function latticeOfStep(tile: PreparedTile, step: number): RestoredLattice | undefined {
  const { values, minimum } = tile;
  const integers = emptyIntegers(tile, step);
  if (integers === undefined) {
    return undefined;
  }
  const restored = scratchLike(values);
  if (integers instanceof Int32Array) {
    toLattice(values, null, minimum, step, Number.POSITIVE_INFINITY, integers, restored);
    return { step, integers, restored };
  }
  for (let i = 0; i < values.length; i++) {
    integers[i] = nearest((values[i]! - minimum) / step);
  }
  putValues({ step, integers }, tile, restored);
  return { step, integers, restored };
}

/**
 * What arithmetic may add to half a step. The value is rounded to its type, by half a place. Where that is double precision, so is all before it: the distance
 * from the minimum by half a place of the range, its quotient by what makes a whole one, the product by half. In single precision these are nothing beside the first.
 */
function roundingOf({ values, minimum, maximum }: PreparedTile, place: number): number {
  return place / 2 + (values instanceof Float64Array ? 2 * lastPlace(maximum - minimum, values) : 0);
}

/** Distance from a value to the next of its type. */
function lastPlace(value: number, values: FieldData): number {
  const [bits, least] = values instanceof Float32Array ? [23, 2 ** -149] : [52, 2 ** -1074];
  return Math.max(2 ** (Math.floor(Math.log2(value)) - bits), least);
}

/** 0.2 dB as a factor of the root mean square error: what a target leaves room for. */
const TOLERANCE = 10 ** -0.01;
/** 0.04 dB: nearer than this is not looked for. */
const CLOSE = 10 ** -0.002;
/** Rounds to get close in; and to be within the tolerance. */
const CLOSE_ROUNDS = 5;
const ROUNDS = 24;

/** The largest bound found whose lattice has at most this root mean square error; undefined if none has, and the tile has to be exact. */
export function boundForRmse(tile: PreparedTile, rmse: number): number | undefined {
  // Errors spread evenly over a step have a mean square of bound^2 / 3.
  let bound = rmse * Math.sqrt(3);
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  let reachedLow = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const error = rmseOn(tile, bound);
    if (error === undefined) {
      break;
    }
    const reached = error / rmse;
    if (reached <= 1) {
      [low, reachedLow] = [bound, reached];
      // No error is larger than the value range: every value is the same by now.
      if (reached >= CLOSE || bound > 2 * (tile.maximum - tile.minimum)) {
        return bound;
      }
    } else {
      high = bound;
    }
    if (reachedLow >= TOLERANCE && round >= CLOSE_ROUNDS - 1) {
      break;
    }
    const nearer = bound * (Math.sqrt(CLOSE) / reached);
    bound = nearer > low && nearer < high ? nearer : high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2;
  }
  // Values on a lattice of their own jump from one error to another: the better side is the promise.
  return low > 0 ? low : undefined;
}

/** Root mean square error on the lattice of a bound. */
function rmseOn(tile: PreparedTile, bound: number): number | undefined {
  const lattice = latticeFor(tile, bound);
  return lattice && rmseOf(tile, lattice.restored);
}
