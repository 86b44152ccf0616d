import { checkArray, checkInteger, native } from './native.js';

type Values = Float32Array | Float64Array;

/** What is present of a tile or a slice. */
export interface ValueScan {
  /** The least present value, Infinity if there is none. A zero has no sign. */
  readonly minimum: number;
  /** The greatest present value, -Infinity if there is none. */
  readonly maximum: number;
  /** Whether any value is missing. */
  readonly missing: boolean;
}

function checkValues(name: string, values: Values): void {
  checkArray(name, values, [Float32Array, Float64Array]);
}

/** Both of one type and length; a mask of that length. */
function checkPair(values: Values, restored: Values, mask: Uint8Array | null): void {
  checkValues('values', values);
  checkArray('restored', restored, [values instanceof Float32Array ? Float32Array : Float64Array], values.length);
  checkMask(mask, values.length);
}

function checkMask(mask: Uint8Array | null, length: number): void {
  if (mask !== null) checkArray('mask', mask, [Uint8Array], length);
}

/** Fill values as they are met among values of a type. */
function fillsLike(values: Values, fillValues: readonly number[]): Values {
  return values instanceof Float32Array ? Float32Array.from(fillValues) : Float64Array.from(fillValues);
}

/**
 * The range of values that are present: neither NaN nor infinite nor equal to a fill value.
 *
 * @param fillValues rounded to the type of the values.
 * @throws TypeError for a wrong type.
 */
export function scanValues(values: Values, fillValues: readonly number[]): ValueScan {
  checkValues('values', values);
  return native.scanValues(values, fillsLike(values, fillValues));
}

/**
 * Tells missing values apart by their bits.
 *
 * @param fillValues as for {@link scanValues}.
 * @param most patterns at the most, from 0 to 255.
 * @param classes gets 0 where a value is present, k where the k-th pattern stands; of the length of the values.
 * @returns the patterns in the order met; undefined if there are more.
 * @throws TypeError, RangeError for wrong types, lengths or ranges.
 */
export function classifyMissing(
  values: Values,
  fillValues: readonly number[],
  most: number,
  classes: Uint8Array,
): readonly bigint[] | undefined {
  checkValues('values', values);
  checkInteger('most', most, 0, 255);
  checkArray('classes', classes, [Uint8Array], values.length);
  const patterns = native.classifyMissing(values, fillsLike(values, fillValues), most, classes);
  return patterns && [...patterns];
}

/**
 * Puts values on a lattice: integers floor((value - minimum) / step + 0.5), and the values minimum + integer * step, in the type of the values.
 *
 * @param mask above 0 where a value does not matter: what is put there does not either. null: all matter.
 * @param minimum of the values that matter.
 * @param step so that no integer is beyond 31 bits.
 * @param bound most that a restored value may differ; Infinity for any.
 * @param integers of the length of the values.
 * @param restored of the type and length of the values.
 * @returns false if a value that matters differs by more; then the arrays are only begun.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function toLattice(
  values: Values,
  mask: Uint8Array | null,
  minimum: number,
  step: number,
  bound: number,
  integers: Int32Array,
  restored: Values,
): boolean {
  checkPair(values, restored, mask);
  checkArray('integers', integers, [Int32Array], values.length);
  return native.toLattice(values, mask, minimum, step, bound, integers, restored);
}

/**
 * The values minimum + integer * step, one product and one sum in double precision, rounded to the type of `values`, into `values`.
 *
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function fromLattice(values: Values, integers: Int32Array, minimum: number, step: number): void {
  checkValues('values', values);
  checkArray('integers', integers, [Int32Array], values.length);
  native.fromLattice(values, integers, minimum, step);
}

/**
 * Whether every value is restored to within `bound`, but for those where `mask` is above 0. NaN never is.
 *
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function keepsBound(values: Values, restored: Values, mask: Uint8Array | null, bound: number): boolean {
  checkPair(values, restored, mask);
  return native.keepsBound(values, restored, mask, bound);
}

/**
 * Root of the mean squared error, but for values where `mask` is above 0: also of errors whose squares are beyond a double.
 *
 * @returns 0 without a value; NaN or Infinity if an error is.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function rootMeanSquare(values: Values, restored: Values, mask: Uint8Array | null): number {
  checkPair(values, restored, mask);
  return native.rootMeanSquare(values, restored, mask);
}
