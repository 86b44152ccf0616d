import { ArgumentError, FormatError, UnsupportedError } from '../errors.js';
import type { Dtype } from '../field.js';
import { varintBytes } from '../varint.js';
import { concatenate } from './bytes.js';
import { Cursor, valueBytes, writePattern, writeValue } from './cursor.js';

export const MAX_MISSING_PATTERNS = 255;

/** Which values of a slice are missing, and what they were. */
export interface SliceMask {
  /** Bit patterns of the missing values, 1 to 255 of them, in the order in which the mask counts them. */
  readonly patterns: readonly bigint[];
  /** The mask itself; opaque here. */
  readonly bytes: Uint8Array;
}

/** The parts of a slice section. */
export type SliceParts =
  | {
      readonly content: 'coded';
      readonly mask?: SliceMask | undefined;
      /** The value range: smallest and largest present value. */
      readonly minimum: number;
      readonly maximum: number;
      /** What the codec wrote; opaque here. */
      readonly stream: Uint8Array;
    }
  | { readonly content: 'constant'; readonly mask?: SliceMask | undefined; readonly value: number }
  | { readonly content: 'missing'; readonly mask: SliceMask };

const contents: readonly SliceParts['content'][] = ['coded', 'constant', 'missing'];
const flagBits = { mask: 0b001, content: 0b110, reserved: 0b1111_1000 } as const;
const contentShift = 1;

/** What a slice section needs to know of the header. */
export interface SliceContext {
  readonly dtype: Dtype;
  readonly fillValues: readonly number[];
}

/**
 * Patterns that go by number, from 1: the quiet NaN that processors make, then the fill values. Nearly every missing value in a real
 * file is one of them, and a number takes one byte where the pattern takes four or eight.
 */
function knownPatterns({ dtype, fillValues }: SliceContext): readonly bigint[] {
  const patternOf = (value: number) => new Cursor(writeValue(dtype, value), 'a fill value').pattern(dtype, 'bits');
  return [dtype === 'float32' ? 0x7fc00000n : 0x7ff8000000000000n, ...fillValues.map(patternOf)];
}

/** @throws ArgumentError if the parts do not make a slice section that can be read back. */
export function slicePayload(parts: SliceParts, context: SliceContext): Uint8Array {
  const { dtype } = context;
  const flags = (parts.mask ? flagBits.mask : 0) | (contents.indexOf(parts.content) << contentShift);
  const before = [Uint8Array.of(flags), ...(parts.mask ? maskParts(parts.mask, context) : [])];
  switch (parts.content) {
    case 'missing':
      return concatenate(before);
    case 'constant':
      checkRange(dtype, parts.value, parts.value);
      return concatenate([...before, writeValue(dtype, parts.value)]);
    case 'coded': {
      const { minimum, maximum, stream } = parts;
      checkRange(dtype, minimum, maximum);
      return concatenate([...before, writeValue(dtype, minimum), writeValue(dtype, maximum), stream]);
    }
  }
}

function maskParts(mask: SliceMask, context: SliceContext): Uint8Array[] {
  const { patterns, bytes } = mask;
  if (patterns.length < 1 || patterns.length > MAX_MISSING_PATTERNS) {
    throw new ArgumentError(
      `Expected 1 to ${MAX_MISSING_PATTERNS} missing patterns in a slice, found ${patterns.length}.`,
    );
  }
  const known = knownPatterns(context);
  const bits = 8 * valueBytes(context.dtype);
  const written = patterns.flatMap(pattern => {
    if (BigInt.asUintN(bits, pattern) !== pattern)
      throw new ArgumentError(`Expected a pattern of ${bits} bits, found ${pattern}.`);
    const number = known.indexOf(pattern) + 1;
    return number > 0 ? [varintBytes(number)] : [varintBytes(0), writePattern(context.dtype, pattern)];
  });
  return [varintBytes(patterns.length), ...written, varintBytes(bytes.length), bytes];
}

/** A range that the type cannot hold exactly would come back as another one. */
function checkRange(dtype: Dtype, minimum: number, maximum: number): void {
  const fits = (value: number) => Number.isFinite(value) && (dtype === 'float64' || Math.fround(value) === value);
  if (!fits(minimum) || !fits(maximum) || minimum > maximum) {
    throw new ArgumentError(`Expected a value range of finite ${dtype} values, found ${minimum} to ${maximum}.`);
  }
}

/** @param name names the section in messages. */
export function parseSlicePayload(payload: Uint8Array, context: SliceContext, name: string): SliceParts {
  const { dtype } = context;
  const cursor = new Cursor(payload, name);
  const flags = cursor.byte('flags');
  const content = contents[(flags & flagBits.content) >> contentShift];
  if (flags & flagBits.reserved || !content) {
    throw new UnsupportedError(
      `Found flags ${flags.toString(2).padStart(8, '0')} in ${name}, which this version of fieldzip does not know.`,
    );
  }
  const mask = flags & flagBits.mask ? parseMask(cursor, context, name) : undefined;
  if (content === 'coded') {
    const minimum = cursor.value(dtype, 'value range');
    const maximum = cursor.value(dtype, 'value range');
    // Written so that a NaN fails too.
    if (!(Number.isFinite(minimum) && Number.isFinite(maximum) && minimum <= maximum)) {
      throw new FormatError(`Expected a finite value range in ${name}, found ${minimum} to ${maximum}.`);
    }
    return { content, mask, minimum, maximum, stream: cursor.take(cursor.left, 'codec stream') };
  }
  const value = content === 'constant' ? cursor.value(dtype, 'value') : 0;
  if (cursor.left > 0)
    throw new FormatError(`Expected ${name} to end after its last part, found ${cursor.left} more bytes.`);
  if (content === 'constant') {
    if (!Number.isFinite(value)) throw new FormatError(`Expected a finite value in ${name}, found ${value}.`);
    return { content, mask, value };
  }
  if (!mask) throw new FormatError(`Expected a mask in ${name}, since it has no values.`);
  return { content, mask };
}

function parseMask(cursor: Cursor, context: SliceContext, name: string): SliceMask {
  const count = cursor.varint('missing patterns');
  if (count < 1 || count > MAX_MISSING_PATTERNS) {
    throw new FormatError(`Expected 1 to ${MAX_MISSING_PATTERNS} missing patterns in ${name}, found ${count}.`);
  }
  const known = knownPatterns(context);
  const patterns = Array.from({ length: count }, () => {
    const number = cursor.varint('missing patterns');
    if (number === 0) return cursor.pattern(context.dtype, 'missing patterns');
    const pattern = known[number - 1];
    if (pattern === undefined) {
      throw new FormatError(`Expected a missing pattern from 0 to ${known.length} in ${name}, found ${number}.`);
    }
    return pattern;
  });
  return { patterns, bytes: cursor.take(cursor.varint('mask length'), 'mask') };
}
