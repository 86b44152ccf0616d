import { ArgumentError } from './errors.js';

export const MIN_QUALITY = 1;
export const MAX_QUALITY = 10;
export const DEFAULT_QUALITY = 6;
/** Levels are stored in 256ths. */
export const QUALITY_UNITS = 256;
/** What is asked for when nothing is. */
export const DEFAULT_REL = 1e-3;

/** What was asked for. */
export type Target =
  /** A level of the hyperprior codec, 1 to 10, fractions allowed: the lambdas of the paper's Table I and what lies between. */
  | { readonly kind: 'quality'; readonly quality: number }
  /** Every value within `abs` of the original, in the type the user gets back. */
  | { readonly kind: 'abs'; readonly abs: number }
  /** Every value within `rel` times the value range of its slice. */
  | { readonly kind: 'rel'; readonly rel: number }
  /** Every value within `pwRel` times its own magnitude; zeros stay zero and signs are kept. */
  | { readonly kind: 'pw-rel'; readonly pwRel: number }
  /** Every slice at this PSNR in dB, or at most 0.2 above. */
  | { readonly kind: 'psnr'; readonly psnr: number }
  /** Every slice in at most this many bits a value, and at least 0.98 of it; all of the file counted, its head shared among the slices. */
  | { readonly kind: 'bpp'; readonly bpp: number }
  /** Every slice in at most the size of its values over this, and at least 0.98 of that; counted likewise. */
  | { readonly kind: 'ratio'; readonly ratio: number }
  /** Every value bit for bit. */
  | { readonly kind: 'lossless' };

/** A target as an application gives it: one of these, or none for `rel: 1e-3`. */
export interface TargetOptions {
  /** Quality level of the neural autoencoder, 1 to 10, fractions allowed. PSNR and size rise with it; no bound is promised. */
  readonly quality?: number | undefined;
  /** Largest absolute error of any value, above 0, in the units of the field. */
  readonly abs?: number | undefined;
  /** Largest error of any value over the value range of its slice, above 0 and at most 1. */
  readonly rel?: number | undefined;
  /** Largest error of any value over its own magnitude, above 0 and below 1. Zeros stay zero and signs are kept. */
  readonly pwRel?: number | undefined;
  /** PSNR of every slice in dB, 10 to 300: never below, and at most 0.2 dB above where its values allow. */
  readonly psnr?: number | undefined;
  /** Bits a value of every slice, 0.001 to 64, and so of the file, all of it counted: never above, and at most 2 % below where its values allow. */
  readonly bpp?: number | undefined;
  /** Size of the values in their type over the size of the file, 1 to 10^6, kept slice by slice: never below, and at most 2 % above where its values allow. */
  readonly ratio?: number | undefined;
  /** Every value bit for bit. */
  readonly lossless?: boolean | undefined;
}

/** What the number of a target may be. */
export interface TargetLimits {
  readonly low: number;
  readonly high: number;
  /** The same in words. */
  readonly range: string;
  /** What the number is, with its article. */
  readonly what: string;
}

export type NumericTarget = Exclude<keyof TargetOptions, 'lossless'>;

/** The limits of every target that has a number. */
export const TARGET_LIMITS: Readonly<Record<NumericTarget, TargetLimits>> = {
  quality: {
    low: MIN_QUALITY,
    high: MAX_QUALITY,
    range: `from ${MIN_QUALITY} to ${MAX_QUALITY}`,
    what: 'a quality level',
  },
  abs: { low: Number.MIN_VALUE, high: Number.MAX_VALUE, range: 'above 0', what: 'an absolute error' },
  rel: { low: 1e-300, high: 1, range: 'above 0 and at most 1', what: 'a relative error' },
  pwRel: { low: 1e-300, high: 1 - 2 ** -53, range: 'above 0 and below 1', what: 'a pointwise relative error' },
  psnr: { low: 10, high: 300, range: 'from 10 to 300 dB', what: 'a PSNR' },
  bpp: { low: 0.001, high: 64, range: 'from 0.001 to 64', what: 'a number of bits a value' },
  ratio: { low: 1, high: 1e6, range: 'from 1 to 1000000', what: 'a ratio' },
};

/**
 * The target that options stand for; undefined if they name none.
 * @throws ArgumentError for more than one target, or a value out of its range.
 */
export function givenTarget(options: TargetOptions): Target | undefined {
  const { lossless } = options;
  if (lossless !== undefined && typeof lossless !== 'boolean') {
    throw new ArgumentError(`Expected lossless to be true or false, found ${String(lossless)}.`);
  }
  const names = Object.keys(TARGET_LIMITS) as NumericTarget[];
  const given = names.filter(name => options[name] !== undefined);
  const all = lossless ? [...given, 'lossless'] : given;
  if (all.length > 1) {
    throw new ArgumentError(`Expected one target, found ${all.join(' and ')}: choose one.`);
  }
  if (lossless) {
    return { kind: 'lossless' };
  }
  const [name] = given;
  return name && targetOfNumber(name, options[name]!);
}

function targetOfNumber(name: NumericTarget, value: number): Target {
  const { low, high, range, what } = TARGET_LIMITS[name];
  if (typeof value !== 'number' || !(value >= low && value <= high)) {
    throw new ArgumentError(`Expected ${what} ${range}, found ${String(value)}.`);
  }
  switch (name) {
    case 'quality':
      return { kind: 'quality', quality: Math.round(value * QUALITY_UNITS) / QUALITY_UNITS };
    case 'abs':
      return { kind: 'abs', abs: value };
    case 'rel':
      return { kind: 'rel', rel: value };
    case 'pwRel':
      return { kind: 'pw-rel', pwRel: value };
    case 'psnr':
      return { kind: 'psnr', psnr: value };
    case 'bpp':
      return { kind: 'bpp', bpp: value };
    case 'ratio':
      return { kind: 'ratio', ratio: value };
  }
}

// Their places are their numbers in a file.
const STORED = ['lossless', 'abs', 'rel', 'psnr', 'pwRel', 'bpp', 'ratio'] as const;
const KIND_BYTES = 1;
const VALUE_BYTES = 8;

/** A target but a quality level as bytes: the number of its kind (u8), and its value (f64) unless it is lossless. */
export function targetBytes(target: Exclude<Target, { kind: 'quality' }>): Uint8Array {
  if (target.kind === 'lossless') {
    return Uint8Array.of(STORED.indexOf('lossless'));
  }
  const name = target.kind === 'pw-rel' ? 'pwRel' : target.kind;
  const bytes = new Uint8Array(KIND_BYTES + VALUE_BYTES);
  bytes[0] = STORED.indexOf(name);
  const value = (target as unknown as Record<string, number>)[name]!;
  new DataView(bytes.buffer).setFloat64(KIND_BYTES, value, true);
  return bytes;
}

/** Reads what `targetBytes` wrote; undefined if it did not write this. `end` is where the next byte is. */
export function readTarget(bytes: Uint8Array): { target: Target; end: number } | undefined {
  const name = STORED[bytes[0] ?? STORED.length];
  if (name === 'lossless') {
    return { target: { kind: name }, end: KIND_BYTES };
  }
  const end = KIND_BYTES + VALUE_BYTES;
  if (name === undefined || bytes.length < end) {
    return undefined;
  }
  const value = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(KIND_BYTES, true);
  // What is beyond today's limits may be within tomorrow's.
  if (!(value > 0 && Number.isFinite(value))) {
    return undefined;
  }
  const kind = name === 'pwRel' ? 'pw-rel' : name;
  return { target: { kind, [name]: value } as unknown as Target, end };
}
