import { classifyMissing, decodeMask, encodeMask, fillMissing, scanValues } from '@fieldzip/native-coder';
import type { PreparedSlice } from './codecs/codec.js';
import type { SliceMask } from './container/index.js';
import { MAX_MISSING_PATTERNS } from './container/index.js';
import { ArgumentError } from './errors.js';
import type { FieldData } from './field.js';

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
  const scan = scanValues(values, fillValues);
  const { minimum, maximum } = scan;
  let missing: { readonly classes: Uint8Array; readonly patterns: readonly bigint[] } | undefined;
  if (scan.missing) {
    const classes = new Uint8Array(values.length);
    const patterns = classifyMissing(values, fillValues, MAX_MISSING_PATTERNS, classes);
    if (patterns !== undefined) {
      missing = { classes, patterns };
    } else if (exact) {
      const range = minimum > maximum ? { minimum: 0, maximum: 0 } : { minimum, maximum };
      return { content: 'coded', mask: undefined, slice: { values, rows, columns, ...range } };
    } else {
      throw new ArgumentError(
        `A slice has more than ${MAX_MISSING_PATTERNS} different missing values (NaN payloads): replace them by one NaN, or compress without loss.`,
      );
    }
  }
  const mask = missing && { patterns: missing.patterns, bytes: encodeMask(missing.classes, rows, columns) };
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

/** The values, seen as bit patterns. */
function bitsOf(values: FieldData): Uint32Array | BigUint64Array {
  const View = values instanceof Float32Array ? Uint32Array : BigUint64Array;
  return new View(values.buffer as ArrayBuffer, values.byteOffset, values.length);
}
