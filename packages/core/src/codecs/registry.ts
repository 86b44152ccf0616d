import { UnsupportedError } from '../errors.js';
import type { Target } from '../target.js';
import type { Codec } from './codec.js';
import { hyperprior } from './hyperprior/hyperprior.js';
import { predict } from './predict/predict.js';

const CODECS: readonly Codec[] = [hyperprior, predict];

/** The codec that meets a target. */
export function codecFor(target: Target): Codec {
  return CODECS.find(codec => codec.serves(target))!;
}

/** @throws UnsupportedError if this version has no codec of that number. */
export function codecOfId(id: number): Codec {
  const codec = CODECS.find(candidate => candidate.id === id);
  if (codec === undefined) {
    const known = CODECS.map(candidate => `${candidate.id} (${candidate.name})`).join(', ');
    throw new UnsupportedError(
      `This file uses codec ${id}, and this version knows ${known}: use a newer version of fieldzip.`,
    );
  }
  return codec;
}
