import { UnsupportedError } from '../errors.js';
import type { Codec } from './codec.js';
import { hyperprior } from './hyperprior/hyperprior.js';

const CODECS: readonly Codec[] = [hyperprior];

/** The codec that serves a kind of target. */
export function defaultCodec(): Codec {
  return hyperprior;
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
