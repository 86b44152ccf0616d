import { ArgumentError } from './errors.js';

export const MIN_QUALITY = 1;
export const MAX_QUALITY = 10;
export const DEFAULT_QUALITY = 6;
/** Levels are stored in 256ths. */
export const QUALITY_UNITS = 256;

/** What was asked for. */
export type Target =
  /** A level of the hyperprior codec, 1 to 10, fractions allowed: the lambdas of the paper's Table I and what lies between. */
  | { readonly kind: 'quality'; readonly quality: number }
  /** Every value within `abs` of the original, in the type the user gets back. */
  | { readonly kind: 'abs'; readonly abs: number }
  /** Every value within `rel` times the value range of its slice. */
  | { readonly kind: 'rel'; readonly rel: number }
  /** Every slice at this PSNR in dB, or at most 0.2 above. */
  | { readonly kind: 'psnr'; readonly psnr: number }
  /** Every value bit for bit. */
  | { readonly kind: 'lossless' };

/** A target as an application gives it: one of these, or none for quality level 6. */
export interface TargetOptions {
  /** Quality level of the neural autoencoder, 1 to 10, fractions allowed. PSNR and size rise with it; no bound is promised. */
  readonly quality?: number | undefined;
  /** Largest absolute error of any value, above 0, in the units of the field. */
  readonly abs?: number | undefined;
  /** Largest error of any value over the value range of its slice, above 0 and at most 1. */
  readonly rel?: number | undefined;
  /** PSNR of every slice in dB, 10 to 300: never below, and at most 0.2 dB above where its values allow. */
  readonly psnr?: number | undefined;
  /** Every value bit for bit. */
  readonly lossless?: boolean | undefined;
}

/**
 * The target that options stand for.
 * @throws ArgumentError for more than one target, or a value out of its range.
 */
export function targetOf(options: TargetOptions): Target {
  const { quality, abs, rel, psnr, lossless } = options;
  const asked = Object.entries({ quality, abs, rel, psnr, lossless: lossless || undefined });
  const given = asked.filter(([, value]) => value !== undefined).map(([name]) => name);
  if (given.length > 1) {
    throw new ArgumentError(`Expected one target, found ${given.join(' and ')}: choose one.`);
  }
  if (abs !== undefined) {
    checkWithin('absolute error', abs, Number.MIN_VALUE, Number.MAX_VALUE, 'above 0');
    return { kind: 'abs', abs };
  }
  if (rel !== undefined) {
    checkWithin('relative error', rel, 1e-300, 1, 'above 0 and at most 1');
    return { kind: 'rel', rel };
  }
  if (psnr !== undefined) {
    checkWithin('PSNR', psnr, 10, 300, 'from 10 to 300 dB');
    return { kind: 'psnr', psnr };
  }
  if (lossless !== undefined && typeof lossless !== 'boolean') {
    throw new ArgumentError(`Expected lossless to be true or false, found ${String(lossless)}.`);
  }
  if (lossless) {
    return { kind: 'lossless' };
  }
  const level = quality ?? DEFAULT_QUALITY;
  checkWithin('quality level', level, MIN_QUALITY, MAX_QUALITY, `from ${MIN_QUALITY} to ${MAX_QUALITY}`);
  return { kind: 'quality', quality: Math.round(level * QUALITY_UNITS) / QUALITY_UNITS };
}

function checkWithin(name: string, value: number, low: number, high: number, range: string): void {
  if (typeof value !== 'number' || !(value >= low && value <= high)) {
    throw new ArgumentError(
      `Expected ${name === 'absolute error' ? 'an' : 'a'} ${name} ${range}, found ${String(value)}.`,
    );
  }
}
