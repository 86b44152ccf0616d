import type { NativeCoder } from './loader.js';
import { checkArray, checked, checkInteger, checkSize, maxSide, native } from './native.js';

/** Floating-point values of either type. */
export type Values = Float32Array | Float64Array;

/** Shape of the network's inputs in one pass: [1, channels, rows, columns]. Its parameters are [1, 18, rows, columns]. */
export interface PassShape {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
}

/** What is known of the values; whatever is reconstructed is clamped to it. Encoder and decoder need the same. */
export interface ValueRange {
  readonly lowest: number;
  readonly highest: number;
}

export interface CoefficientOptions {
  /**
   * What a bit is worth in squared steps: a coefficient is not rounded to the nearest integer where another saves
   * enough bits. 0 rounds to the nearest. From 0.1 to 0.15 pays at a given rate. Default 0.
   */
  readonly lambda?: number;
  readonly range?: ValueRange;
  /**
   * Whether details are quantised by a trellis: at the same error 2 to 5 % fewer bytes, but at the lowest rates, for 80 ns
   * a value more. Default false.
   */
  readonly trellis?: boolean;
}

export const everything: ValueRange = { lowest: -Infinity, highest: Infinity };

export function checkValues(values: Values, rows: number, columns: number): void {
  checkInteger('rows', rows, 1, maxSide);
  checkInteger('columns', columns, 1, maxSide);
  checkArray('values', values, [Float32Array, Float64Array], rows * columns);
}

/** The passes that encoder and decoder go through alike: `next`, `inputs`, the network, `code`; until `next` gives nothing. */
abstract class CoefficientCoder {
  /** How many passes there are: none for a tile of at most 12 x 12. */
  readonly passes: number;
  protected readonly coder: NativeCoder;

  protected constructor(coder: NativeCoder) {
    this.coder = coder;
    this.passes = coder.passes;
  }

  /**
   * Goes to the next pass. 36 channels (the first of a level) and 42 (the second) take turns.
   *
   * @returns undefined after the last pass.
   * @throws RangeError when the pass before has not been coded.
   */
  next(): PassShape | undefined {
    return this.coder.next();
  }

  /**
   * Fills in the network's inputs for the pass: [channels][rows][columns] as bytes with a zero point of 128, or as
   * floats without it.
   */
  inputs(target: Uint8Array | Float32Array): void {
    checkArray('target', target, [Uint8Array, Float32Array]);
    this.coder.inputs(target);
  }

  /**
   * Codes the pass. The pass is over after that, even where it throws.
   *
   * @param parameters what the network gave: [18][rows][columns] integers from 0 to 255.
   * @throws CorruptStreamError from a decoder.
   */
  code(parameters: Uint8Array | Float32Array): void {
    checkArray('parameters', parameters, [Uint8Array, Float32Array]);
    checked(() => this.coder.code(parameters));
  }
}

/** What an encoder leaves. */
export interface EncodedCoefficients<T extends Values> {
  readonly bytes: Uint8Array;
  /** Sum over the sites that are not masked, in squared (stored) steps, of the reconstruction as it is returned. */
  readonly squaredError: number;
  /** What a decoder will give, to the bit. */
  readonly reconstruction: T;
}

/** Codes the wavelet coefficients of one tile, with distributions that a network gives pass by pass. Runs on one thread. */
export class CoefficientEncoder<T extends Values> extends CoefficientCoder {
  readonly #values: T;
  readonly #mask: Uint8Array | null;

  /**
   * @param values rows x columns, row-major, all finite: missing ones filled with something smooth. They must not be
   *   changed until `finish`.
   * @param mask not 0 where an error counts for nothing.
   * @param step of the quantiser: the mean squared error is below step^2 / 12, and near it at small
   *   steps, or at 0.8 of it by a trellis. The top 13 significant bits of it are used, see {@link storedStep}.
   * @throws RangeError with the code FIELDZIP_STEP_TOO_SMALL where coefficients would have 2^30 steps or more, or values
   *   are not finite.
   */
  constructor(
    values: T,
    rows: number,
    columns: number,
    mask: Uint8Array | null,
    step: number,
    { lambda = 0, range = everything, trellis = false }: CoefficientOptions = {},
  ) {
    checkValues(values, rows, columns);
    if (mask !== null) checkArray('mask', mask, [Uint8Array], values.length);
    const { lowest, highest } = range;
    super(new native.CoefficientEncoder(values, rows, columns, step, lambda, lowest, highest, trellis ? 1 : 0));
    this.#values = values;
    this.#mask = mask;
  }

  /** After the last pass, once. */
  finish(): EncodedCoefficients<T> {
    const reconstruction = this.#values.slice() as T;
    const { bytes, squaredError } = this.coder.finish(this.#values, this.#mask, reconstruction);
    return { bytes, squaredError, reconstruction };
  }
}

/** Undoes {@link CoefficientEncoder}, given the same parameters in every pass. */
export class CoefficientDecoder<T extends Values> extends CoefficientCoder {
  readonly #reconstruction: T;

  /**
   * Allocates some 30 bytes a value.
   *
   * @param reconstruction rows x columns, of the type that was coded: where `finish` puts the values.
   * @throws CorruptStreamError
   */
  constructor(bytes: Uint8Array, rows: number, columns: number, reconstruction: T, range: ValueRange = everything) {
    checkArray('bytes', bytes, [Uint8Array]);
    checkValues(reconstruction, rows, columns);
    const wide = reconstruction instanceof Float64Array ? 1 : 0;
    super(checked(() => new native.CoefficientDecoder(bytes, rows, columns, wide, range.lowest, range.highest)));
    this.#reconstruction = reconstruction;
  }

  /**
   * After the last pass, once.
   *
   * @returns the array that the constructor was given.
   * @throws CorruptStreamError when the stream does not end here.
   */
  finish(): T {
    checked(() => this.coder.finish(this.#reconstruction));
    return this.#reconstruction;
  }
}

/** The step that an encoder uses where `step` is asked for: at most 0.025 % smaller. */
export function storedStep(step: number): number {
  return native.storedStep(step);
}

/** What a tile would cost at one step. */
export interface CoefficientEstimate {
  /** Of the whole tile; infinite where its coefficients do not fit the step. */
  readonly bits: number;
  /** Of the whole tile, in squared steps. */
  readonly squaredError: number;
}

/**
 * What {@link CoefficientEncoder} would make of a tile at each of `steps`, without a network: the entropy of its quantised
 * coefficients given their neighbours. For comparing steps and codecs. Large tiles are sampled, so that it takes
 * milliseconds.
 *
 * @param values rows x columns, all finite.
 * @param threads at most so many, this one included, from 1 to 1024. No estimate depends on it.
 */
export function estimateCoefficients(
  values: Values,
  rows: number,
  columns: number,
  steps: readonly number[],
  threads = 1,
): CoefficientEstimate[] {
  checkValues(values, rows, columns);
  const bits = new Float64Array(steps.length);
  const errors = new Float64Array(steps.length);
  native.estimateCoefficients(values, rows, columns, Float64Array.from(steps), bits, errors, threads);
  return steps.map((_, i) => ({ bits: bits[i]!, squaredError: errors[i]! }));
}

export interface CorrectionOptions<T extends Values = Values> {
  /** Whether every decoder has this base to the last bit, so that contexts may look at it. Default true. */
  readonly baseIsExact?: boolean;
  /** How far a decoder's base may be from this one: below the bound, and taken off it. Default 0. */
  readonly margin?: number;
  /** Where what {@link applyCorrections} will give is put; may be the base itself. */
  readonly corrected?: T;
  /** At most so many threads work; no bit depends on it. Default 1. */
  readonly threads?: number;
}

/**
 * Brings a lossy base within a bound: codes what has to be added where it misses the bound. 1 byte if it nowhere does.
 * A base of {@link CoefficientEncoder} and its corrections together take the fewest bits where the step is 3 to 4 bounds,
 * at a lambda of 0.1.
 *
 * @param values rows x columns.
 * @param base of the same type and shape.
 * @param mask not 0 where a value counts for nothing.
 * @param bound above 0: after {@link applyCorrections} every value is within it, as computed in double from values of the type.
 * @throws TypeError, RangeError for wrong types, lengths, bounds.
 */
export function encodeCorrections<T extends Values>(
  values: T,
  base: T,
  rows: number,
  columns: number,
  mask: Uint8Array | null,
  bound: number,
  { baseIsExact = true, margin = 0, corrected, threads = 1 }: CorrectionOptions<T> = {},
): Uint8Array {
  const size = checkSize(rows, columns);
  checkArray('values', values, [Float32Array, Float64Array], size);
  checkArray('base', base, [values instanceof Float64Array ? Float64Array : Float32Array], size);
  if (mask !== null) checkArray('mask', mask, [Uint8Array], size);
  if (corrected)
    checkArray('corrected', corrected, [values instanceof Float64Array ? Float64Array : Float32Array], size);
  const exact = baseIsExact ? 1 : 0;
  return native.encodeCorrections(values, base, mask, rows, columns, bound, exact, margin, threads, corrected ?? null);
}

/**
 * Applies what {@link encodeCorrections} gave to `base`, in place. Masked sites are left alone. At most so many threads work; no bit depends on it.
 *
 * @throws CorruptStreamError; `base` is then meaningless.
 */
export function applyCorrections(
  bytes: Uint8Array,
  base: Values,
  rows: number,
  columns: number,
  mask: Uint8Array | null = null,
  threads = 1,
): void {
  checkArray('bytes', bytes, [Uint8Array]);
  const size = checkSize(rows, columns);
  checkArray('base', base, [Float32Array, Float64Array], size);
  if (mask !== null) checkArray('mask', mask, [Uint8Array], size);
  checked(() => native.applyCorrections(bytes, base, mask, rows, columns, threads));
}
