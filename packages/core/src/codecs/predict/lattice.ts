import { dtypeOf, type FieldData } from '../../field.js';
import type { Target } from '../../target.js';
import type { PreparedSlice } from '../codec.js';

/** A slice on a lattice: value = minimum + integer * step, rounded to the type of the field. */
export interface Lattice {
  readonly step: number;
  readonly integers: Int32Array;
}

/** Largest integer of a lattice. */
const LARGEST = 2 ** 31 - 1;
/** A lattice finer than this many last places of the largest value saves nothing over the values themselves. */
const LEAST_PLACES = 2;

/**
 * The value of a lattice point: one product and one sum in double, each rounded once, so that encoder and decoder agree on every machine.
 */
export function valueAt(integer: number, step: number, minimum: number, cast: (value: number) => number): number {
  return cast(minimum + integer * step);
}

/** The absolute bound that a target means for a slice; undefined for lossless. */
export function boundFor(slice: PreparedSlice, target: Target): number | undefined {
  const range = slice.maximum - slice.minimum;
  switch (target.kind) {
    case 'abs':
      return target.abs;
    case 'rel':
      return target.rel * range;
    case 'psnr':
      return boundForPsnr(slice, target.psnr, range);
    default:
      return undefined;
  }
}

/**
 * The slice on the lattice whose step is twice the bound, or undefined where that would not keep the bound for every present value in its own type: the
 * slice is then to be stored exactly. Every value is checked as the decoder will give it.
 */
export function latticeFor(slice: PreparedSlice, bound: number): Lattice | undefined {
  const { values, minimum, maximum, missing } = slice;
  const place = lastPlace(Math.max(Math.abs(minimum), Math.abs(maximum)), values);
  // Half a place is what the cast to the type may add to half a step.
  const step = 2 * (bound - place / 2);
  if (!(step >= LEAST_PLACES * place && Number.isFinite(step) && (maximum - minimum) / step < LARGEST)) {
    return undefined;
  }
  const integers = new Int32Array(values.length);
  const cast = dtypeOf(values) === 'float32' ? Math.fround : (value: number) => value;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const integer = Math.round((value - minimum) / step);
    integers[i] = integer;
    // Written so that a NaN fails too.
    if (
      !(Math.abs(valueAt(integer, step, minimum, cast) - value) <= bound) &&
      !(missing !== undefined && missing[i]! > 0)
    ) {
      return undefined;
    }
  }
  return { step, integers };
}

/** Distance from a value to the next of its type. */
function lastPlace(value: number, values: FieldData): number {
  const [bits, least] = values instanceof Float32Array ? [23, 2 ** -149] : [52, 2 ** -1074];
  return Math.max(2 ** (Math.floor(Math.log2(value)) - bits), least);
}

const TOLERANCE_DB = 0.2;
const ROUNDS = 24;

/** The largest bound found whose lattice has at least this PSNR; undefined if none has, and the slice has to be exact. */
function boundForPsnr(slice: PreparedSlice, psnr: number, range: number): number | undefined {
  // Errors spread evenly over a step have a mean square of bound^2 / 3.
  let bound = range * 10 ** (-psnr / 20) * Math.sqrt(3);
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    const reached = psnrOn(slice, bound, range);
    if (reached === undefined) {
      return undefined;
    }
    if (reached >= psnr && reached <= psnr + TOLERANCE_DB) {
      return bound;
    }
    if (reached > psnr) {
      low = bound;
    } else {
      high = bound;
    }
    const nearer = bound * 10 ** ((reached - psnr - TOLERANCE_DB / 2) / 20);
    bound = nearer > low && nearer < high ? nearer : high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2;
  }
  // Values on a lattice of their own jump from one PSNR to another: the better side is the promise.
  return low > 0 ? low : undefined;
}

function psnrOn(slice: PreparedSlice, bound: number, range: number): number | undefined {
  const lattice = latticeFor(slice, bound);
  if (lattice === undefined) {
    return undefined;
  }
  const { values, minimum, missing } = slice;
  const cast = dtypeOf(values) === 'float32' ? Math.fround : (value: number) => value;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (missing === undefined || missing[i] === 0) {
      const error = (valueAt(lattice.integers[i]!, lattice.step, minimum, cast) - values[i]!) / range;
      sum += error * error;
      count++;
    }
  }
  return -10 * Math.log10(sum / count);
}
