import { checkArray, checked, checkSize, native } from './native.js';

/** Between what present values lie, ends included. Encoder and decoder need the same. */
export interface ValueInterval {
  readonly minimum: number;
  readonly maximum: number;
}

/** The predict codec's networks of interpolation, as `packages/models` has them; null: none. */
export type InterpolationNetworks = Uint8Array | null;

type Values = Float32Array | Float64Array;

function checkNetworks(networks: InterpolationNetworks): void {
  if (networks !== null) checkArray('networks', networks, [Uint8Array]);
}

function checkPlane(values: Values, rows: number, columns: number, mask: Uint8Array | null): void {
  const size = checkSize(rows, columns);
  checkArray('values', values, [Float32Array, Float64Array], size);
  if (mask !== null) checkArray('mask', mask, [Uint8Array], size);
}

/**
 * Codes values within a bound by interpolation: a coarse grid first, then the points between.
 *
 * @param values rows x columns, row-major, finite.
 * @param mask above 0 where a value is missing: it is not coded. null: nothing is.
 * @param bound most that a present value may differ, in its own type.
 * @param restored gets the values that the decoder will give, those at missing sites too.
 * @param threads at most so many, this one included, from 1 to 1024. No byte depends on it.
 * @param networks with them it takes fewer bytes and about twice the time.
 * @returns the stream, which holds neither the shape nor mask and interval; undefined if the bound is too near the precision of the type.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function encodeInterpolated(
  values: Values,
  rows: number,
  columns: number,
  mask: Uint8Array | null,
  { minimum, maximum }: ValueInterval,
  bound: number,
  restored: Values,
  threads = 1,
  networks: InterpolationNetworks = null,
): Uint8Array | undefined {
  checkPlane(values, rows, columns, mask);
  checkArray('restored', restored, [values instanceof Float32Array ? Float32Array : Float64Array], values.length);
  checkNetworks(networks);
  return native.encodeInterpolated(values, mask, rows, columns, minimum, maximum, bound, restored, threads, networks);
}

/**
 * Undoes {@link encodeInterpolated} into `values`, of the type and length that were coded.
 *
 * @param networks those that the encoder had; without them a stream that needs them is a CorruptStreamError.
 * @throws CorruptStreamError when the bytes are no stream of this shape. There is no checksum: damage may also decode to
 *   other values.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function decodeInterpolated(
  bytes: Uint8Array,
  values: Values,
  rows: number,
  columns: number,
  mask: Uint8Array | null,
  { minimum, maximum }: ValueInterval,
  networks: InterpolationNetworks = null,
): void {
  checkArray('bytes', bytes, [Uint8Array]);
  checkPlane(values, rows, columns, mask);
  checkNetworks(networks);
  checked(() => native.decodeInterpolated(bytes, mask, rows, columns, minimum, maximum, values, networks));
}
