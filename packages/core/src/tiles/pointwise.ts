import { decodeMask, encodeMask, fillMissing } from '@fieldzip/native-coder';
import type { PreparedTile } from '../codecs/codec.js';
import { FormatError } from '../errors.js';
import { dtypeOf, type FieldData } from '../field.js';
import { readVarint, varintBytes } from '../varint.js';
import { exp2, log2 } from './exponent.js';

// What a value is besides its magnitude. A missing one is positive here, which costs nothing.
const POSITIVE = 0;
const NEGATIVE = 1;
const ZERO = 2;
const NEGATIVE_ZERO = 3;

/** A tile as logarithms of magnitudes: an error relative to each value is one absolute error of these. */
export interface LogarithmicTile {
  /** For the codec: logarithms to base 2; zeros are missing in it, as the missing values are. */
  readonly tile: PreparedTile;
  readonly classes: Uint8Array;
  /** What no error of a logarithm may exceed. */
  readonly bound: number;
}

/** The spacing of a type's numbers, over a number: what the cast may add to a relative error. */
const EPSILON = { float32: 2 ** -24, float64: 2 ** -53 } as const;
/** Errors of the logarithm and the exponential, as errors of a logarithm. */
const ARITHMETIC = 2 ** -40;
/** Below this, both sides of a relative error are worth telling apart. */
const WIDE = 0.75;

/**
 * The logarithms of a tile; undefined if there are none (every value is 0), or the share is too small for them.
 * @param share largest error of a value over its magnitude
 */
export function toLogarithms(source: PreparedTile, share: number): LogarithmicTile | undefined {
  const { values, rows, columns, missing } = source;
  const room = share - EPSILON[dtypeOf(values)];
  const [low, high] = room < WIDE ? [log2Above1(-room), log2Above1(room)] : [-log2Above1(room), log2Above1(room)];
  const bound = (high - low) / 2 - ARITHMETIC;
  if (!(room > 0 && bound > ARITHMETIC)) {
    return undefined;
  }
  // A value may fall further than it may rise, so the logarithms aim at the middle of what is allowed.
  const middle = (low + high) / 2;
  const classes = new Uint8Array(values.length);
  const absent = new Uint8Array(values.length);
  const logarithms = new Float64Array(values.length);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (missing !== undefined && missing[i]! > 0) {
      absent[i] = 1;
    } else if (value === 0) {
      classes[i] = Object.is(value, -0) ? NEGATIVE_ZERO : ZERO;
      absent[i] = 1;
    } else {
      classes[i] = value < 0 ? NEGATIVE : POSITIVE;
      const logarithm = log2(Math.abs(value)) + middle;
      logarithms[i] = logarithm;
      least = Math.min(least, logarithm);
      most = Math.max(most, logarithm);
    }
  }
  if (least > most) {
    return undefined;
  }
  const some = absent.includes(1);
  if (some) {
    fillMissing(logarithms, absent, rows, columns);
  }
  const tile = {
    values: logarithms,
    rows,
    columns,
    minimum: Math.floor(least),
    maximum: Math.ceil(most),
    missing: some ? absent : undefined,
  };
  return { tile, classes, bound };
}

/** log2(1 + x). Where x is small, 1 + x loses most of it. */
function log2Above1(x: number): number {
  const sum = 1 + x;
  return sum === 1 ? x / Math.LN2 : (log2(sum) * x) / (sum - 1);
}

/** The values that restored logarithms stand for. */
export function fromLogarithms(logarithms: FieldData, classes: Uint8Array, values: FieldData): void {
  for (let i = 0; i < values.length; i++) {
    switch (classes[i]) {
      case POSITIVE:
        values[i] = exp2(logarithms[i]!);
        break;
      case NEGATIVE:
        values[i] = -exp2(logarithms[i]!);
        break;
      case ZERO:
        values[i] = 0;
        break;
      default:
        values[i] = -0;
    }
  }
}

/** The least and the largest magnitude whose type adds no more than EPSILON of it. */
const NORMAL = {
  float32: [2 ** -126, (2 - 2 ** -23) * 2 ** 127],
  float64: [2 ** -1022, Number.MAX_VALUE],
} as const;

/**
 * Sites whose value is not within the share of its magnitude, or has not its sign.
 * @param everywhere whether other machines restore these bits: else a logarithm is only known to be within its bound, which is not enough where the type is coarse or ends
 */
export function missedSites(
  restored: FieldData,
  { values, missing }: PreparedTile,
  share: number,
  everywhere: boolean,
): number[] {
  const [least, largest] = NORMAL[dtypeOf(values)];
  const missed: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const [value, found] = [values[i]!, restored[i]!];
    const kept =
      Math.abs(found - value) <= share * Math.abs(value) &&
      (value === 0
        ? Object.is(value, found)
        : (value * found > 0 || sameSign(value, found)) &&
          (everywhere || (Math.abs(value) >= least && Math.abs(value) * (1 + share) <= largest)));
    if (!kept && !(missing !== undefined && missing[i]! > 0)) {
      missed.push(i);
    }
  }
  return missed;
}

/** The product of two denormals is 0. */
function sameSign(a: number, b: number): boolean {
  return a > 0 === b > 0 && b !== 0;
}

/** Values stored as they are, at sites in rising order. */
export interface Exceptions {
  readonly sites: readonly number[];
  readonly values: FieldData;
}

/**
 * The stream of a pointwise tile: smallest and largest logarithm, rounded down and up (i16 each); length of the classes (varint); classes, coded as a
 * mask; number of exceptions (varint); for each, the sites between it and the one before (varint) and its value; the codec's bytes.
 */
export function pointwiseStream(
  { tile, classes }: LogarithmicTile,
  { sites, values }: Exceptions,
  coded: Uint8Array,
): Uint8Array {
  const range = new DataView(new ArrayBuffer(4));
  range.setInt16(0, tile.minimum, true);
  range.setInt16(2, tile.maximum, true);
  const mask = encodeMask(classes, tile.rows, tile.columns);
  const parts: Uint8Array[] = [new Uint8Array(range.buffer), varintBytes(mask.length), mask, varintBytes(sites.length)];
  sites.forEach((site, i) => {
    parts.push(varintBytes(site - (sites[i - 1] ?? -1) - 1), bytesOf(values.slice(site, site + 1)));
  });
  return new Uint8Array(Buffer.concat([...parts, coded]));
}

function bytesOf(values: FieldData): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A pointwise stream taken apart. */
export interface PointwiseParts {
  /** Where the codec puts logarithms. */
  readonly tile: PreparedTile;
  readonly classes: Uint8Array;
  readonly exceptions: readonly { readonly site: number; readonly value: number }[];
  readonly coded: Uint8Array;
}

const CUT_OFF = 'A tile of logarithms is cut off.';

/** @throws FormatError if the bytes are not such a stream. */
export function readPointwise(bytes: Uint8Array, target: PreparedTile): PointwiseParts {
  const { values, rows, columns, missing } = target;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number) => {
    if (length > bytes.length - at) {
      throw new FormatError(CUT_OFF);
    }
    at += length;
    return at - length;
  };
  const varint = () => {
    const found = readVarint(bytes, at);
    if (found === undefined) {
      throw new FormatError(CUT_OFF);
    }
    at = found.next;
    return found.value;
  };
  const minimum = view.getInt16(take(2), true);
  const maximum = view.getInt16(take(2), true);
  const maskLength = varint();
  const maskAt = take(maskLength);
  const classes = decodeMask(bytes.subarray(maskAt, maskAt + maskLength), rows, columns, NEGATIVE_ZERO);
  const count = varint();
  const size = values.BYTES_PER_ELEMENT;
  const exceptions: { site: number; value: number }[] = [];
  let site = -1;
  for (let i = 0; i < count; i++) {
    site += 1 + varint();
    const from = take(size);
    if (site >= values.length) {
      throw new FormatError('A tile of logarithms has an exception outside of it.');
    }
    exceptions.push({ site, value: size === 4 ? view.getFloat32(from, true) : view.getFloat64(from, true) });
  }
  const absent = classes.map((kind, i) => (kind >= ZERO || (missing !== undefined && missing[i]! > 0) ? 1 : 0));
  const tile = {
    values: new Float64Array(values.length),
    rows,
    columns,
    minimum,
    maximum,
    missing: absent.includes(1) ? absent : undefined,
  };
  return { tile, classes, exceptions, coded: bytes.subarray(at) };
}
