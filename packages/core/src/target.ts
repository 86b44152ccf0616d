import { ArgumentError } from './errors.js';

export const MIN_QUALITY = 1;
export const MAX_QUALITY = 10;
export const DEFAULT_QUALITY = 6;
/** Levels are stored in 256ths. */
export const QUALITY_UNITS = 256;

/** What was asked for. One kind so far: a quality level of the hyperprior codec. */
export interface Target {
  readonly kind: 'quality';
  /** 1 to 10, fractions allowed: the lambdas of the paper's Table I and what lies between them. */
  readonly quality: number;
}

/** @throws ArgumentError if the level is not a number from 1 to 10. */
export function qualityTarget(quality: number): Target {
  if (typeof quality !== 'number' || !(quality >= MIN_QUALITY && quality <= MAX_QUALITY)) {
    throw new ArgumentError(
      `Expected a quality level from ${MIN_QUALITY} to ${MAX_QUALITY}, found ${String(quality)}.`,
    );
  }
  return { kind: 'quality', quality: Math.round(quality * QUALITY_UNITS) / QUALITY_UNITS };
}
