import { checkValues, type EncodedCoefficients, everything, type ValueRange, type Values } from './coefficients.js';
import { checkArray, checked, checkInteger, native } from './native.js';

export interface BandOptions {
  /** As of the coefficient coders. */
  readonly lambda?: number;
  readonly range?: ValueRange;
  /** Where values that miss a bound will be corrected: coefficients are chosen so that fewer do. Default none. */
  readonly bound?: number;
  /** Whether the points of loud bands may be taken by a trellis, for less error at the same bytes. Default false. */
  readonly trellis?: boolean;
  /** At most so many threads. Default 1. Bytes are the same for any number. */
  readonly threads?: number;
  /** Whether coefficients of missing sites may be left out. Default false. */
  readonly mayLeaveOut?: boolean;
  /** Whether a large tile may be coded in a fifth less time, for up to 0.6 % more bytes. Default false. */
  readonly quick?: boolean;
}

export interface EncodedBands<T extends Values> extends EncodedCoefficients<T> {
  /** Whether they were, so that the decoder needs the mask. */
  readonly leavesOut: boolean;
}

/** How the integers of a stream are coded: by tables, as {@link encodeBands} does, or by shapes, as it did once. */
export const BAND_FORMS = { shapes: 1, tables: 2 } as const;
export type BandForm = keyof typeof BAND_FORMS;

/**
 * Codes the wavelet coefficients of one tile band by band, each with distributions from a small integer network, which runs here.
 *
 * @param values rows x columns, row-major, all finite: missing ones filled with something smooth.
 * @param mask not 0 where a value is missing.
 * @param step as of the coefficient coders.
 * @param network as `packages/models` has it.
 * @param reconstruction where what a decoder will give goes, of the type and length of the values.
 * @throws RangeError with the code FIELDZIP_STEP_TOO_SMALL where coefficients would have 2^30 steps or more, or values are not finite.
 */
export function encodeBands<T extends Values>(
  values: T,
  rows: number,
  columns: number,
  mask: Uint8Array | null,
  step: number,
  network: Uint8Array,
  {
    lambda = 0,
    range = everything,
    bound,
    trellis = false,
    threads = 1,
    mayLeaveOut = false,
    quick = false,
  }: BandOptions = {},
  reconstruction: T = new (values.constructor as new (length: number) => T)(values.length),
): EncodedBands<T> {
  checkValues(values, rows, columns);
  if (mask !== null) checkArray('mask', mask, [Uint8Array], values.length);
  checkArray('network', network, [Uint8Array]);
  checkInteger('threads', threads, 1, 1024);
  checkArray(
    'reconstruction',
    reconstruction,
    [values instanceof Float64Array ? Float64Array : Float32Array],
    values.length,
  );
  if (bound !== undefined && !(bound > 0 && bound < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`The bound must be above 0 and finite, found ${bound}.`);
  }
  const { lowest, highest } = range;
  const { bytes, squaredError, leavesOut } = native.encodeBands(
    values,
    mask,
    rows,
    columns,
    step,
    lambda,
    lowest,
    highest,
    network,
    threads,
    mayLeaveOut ? 1 : 0,
    reconstruction,
    bound ?? 0,
    trellis ? 1 : 0,
    quick ? 1 : 0,
  );
  return { bytes, squaredError, leavesOut, reconstruction };
}

/**
 * Undoes {@link encodeBands}, given the same shape, range and network, and the mask if the encoder left out what is missing. Allocates some 50 bytes a value.
 *
 * @param reconstruction rows x columns, of the type that was coded: where the values go.
 * @throws CorruptStreamError
 */
export function decodeBands(
  bytes: Uint8Array,
  rows: number,
  columns: number,
  reconstruction: Values,
  network: Uint8Array,
  {
    range = everything,
    threads = 1,
    form = 'tables',
  }: Pick<BandOptions, 'range' | 'threads'> & { readonly form?: BandForm } = {},
  mask: Uint8Array | null = null,
): void {
  checkArray('bytes', bytes, [Uint8Array]);
  checkValues(reconstruction, rows, columns);
  if (mask !== null) checkArray('mask', mask, [Uint8Array], reconstruction.length);
  checkArray('network', network, [Uint8Array]);
  checkInteger('threads', threads, 1, 1024);
  const { lowest, highest } = range;
  checked(() =>
    native.decodeBands(bytes, mask, rows, columns, lowest, highest, network, threads, reconstruction, BAND_FORMS[form]),
  );
}
