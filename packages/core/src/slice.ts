import { decodeMask, encodeMask, fillMissing } from '@fieldzip/native-coder';
import type { PreparedSlice } from './codecs/codec.js';
import type { SliceMask } from './container/index.js';
import { MAX_MISSING_PATTERNS } from './container/index.js';
import { ArgumentError } from './errors.js';
import { type Dtype, dtypeOf, type FieldData } from './field.js';

/** A slice taken apart: what is missing, and values that a codec can take. */
export type SplitSlice =
  | { readonly content: 'missing'; readonly mask: SliceMask }
  | { readonly content: 'constant'; readonly mask: SliceMask | undefined; readonly value: number }
  | { readonly content: 'coded'; readonly mask: SliceMask | undefined; readonly slice: PreparedSlice };

/**
 * Takes missing values (NaN, infinities, fill values) out of a slice, and puts a smooth continuation in their place, which costs few bits.
 * @param exact the codec takes any bit pattern: where a mask has too few names for the missing values, they stay among the others
 * @throws ArgumentError if there are more different missing values than a mask can name, unless `exact`.
 */
export function splitSlice(
  values: FieldData,
  rows: number,
  columns: number,
  fillValues: readonly number[],
  exact = false,
): SplitSlice {
  const isFill = fillTest(dtypeOf(values), fillValues);
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  let missing: Missing | undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // The difference is NaN for NaN and infinities, and 0 for the rest.
    if (value - value !== 0 || isFill(value)) {
      missing ??= new Missing(values);
      missing.add(i);
    } else {
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
  }
  if (missing?.tooMany) {
    if (!exact) {
      throw new ArgumentError(
        `A slice has more than ${MAX_MISSING_PATTERNS} different missing values (NaN payloads): replace them by one NaN, or compress without loss.`,
      );
    }
    const range = minimum > maximum ? { minimum: 0, maximum: 0 } : { minimum, maximum };
    return { content: 'coded', mask: undefined, slice: { values, rows, columns, ...range } };
  }
  const mask = missing && { patterns: missing.patterns(), bytes: encodeMask(missing.classes, rows, columns) };
  if (minimum > maximum) {
    return { content: 'missing', mask: mask! };
  }
  const value = values[missing === undefined ? 0 : missing.classes.indexOf(0)]!;
  // 0 and -0 are as near as can be, and not the same.
  if (minimum === maximum && (value !== 0 || isOneZero(values, value, missing?.classes))) {
    return { content: 'constant', mask, value };
  }
  if (missing === undefined) {
    return { content: 'coded', mask, slice: { values, rows, columns, minimum, maximum } };
  }
  const filled = values.slice();
  fillMissing(filled, missing.classes, rows, columns);
  return {
    content: 'coded',
    mask,
    slice: { values: filled, rows, columns, minimum, maximum, missing: missing.classes },
  };
}

function isOneZero(values: FieldData, zero: number, classes: Uint8Array | undefined): boolean {
  return values.every((value, i) => Object.is(value, zero) || (classes !== undefined && classes[i]! > 0));
}

/** Where values are missing: 0 for present, k for the k-th pattern of the mask. */
export function classesOf(mask: SliceMask, rows: number, columns: number): Uint8Array {
  return decodeMask(mask.bytes, rows, columns, mask.patterns.length);
}

/** Puts missing values back, bit for bit. */
export function restoreMissing(values: FieldData, classes: Uint8Array, missing: readonly bigint[]): void {
  const bits = bitsOf(values);
  const patterns = bits instanceof Uint32Array ? Uint32Array.from(missing, Number) : BigUint64Array.from(missing);
  for (let i = 0; i < classes.length; i++) {
    const patternNumber = classes[i]!;
    if (patternNumber > 0) {
      bits[i] = patterns[patternNumber - 1]!;
    }
  }
}

function fillTest(dtype: Dtype, fillValues: readonly number[]): (value: number) => boolean {
  // A fill value is given as a double and met as a float.
  const fills = new Set(dtype === 'float32' ? fillValues.map(Math.fround) : fillValues);
  const [only] = fills;
  if (only === undefined) {
    return () => false;
  }
  return fills.size === 1 ? value => value === only : value => fills.has(value);
}

/** The values, seen as bit patterns. */
function bitsOf(values: FieldData): Uint32Array | BigUint64Array {
  const View = values instanceof Float32Array ? Uint32Array : BigUint64Array;
  return new View(values.buffer as ArrayBuffer, values.byteOffset, values.length);
}

/** The missing values of a slice by bit pattern: class 0 is present, class k the k-th pattern met. */
class Missing {
  readonly classes: Uint8Array;
  tooMany = false;
  readonly #bits: Uint32Array | BigUint64Array;
  readonly #numbers = new Map<number | bigint, number>();

  constructor(values: FieldData) {
    this.classes = new Uint8Array(values.length);
    this.#bits = bitsOf(values);
  }

  add(index: number): void {
    const pattern = this.#bits[index]!;
    let patternNumber = this.#numbers.get(pattern);
    if (patternNumber === undefined) {
      if (this.#numbers.size === MAX_MISSING_PATTERNS) {
        this.tooMany = true;
        return;
      }
      patternNumber = this.#numbers.size + 1;
      this.#numbers.set(pattern, patternNumber);
    }
    this.classes[index] = patternNumber;
  }

  patterns(): bigint[] {
    return [...this.#numbers.keys()].map(BigInt);
  }
}
