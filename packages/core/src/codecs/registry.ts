import { CodecError, UnsupportedError } from '../errors.js';
import type { SliceCodec, TileCodec } from './codec.js';
import { hyperprior } from './hyperprior/hyperprior.js';
import { hyperpriorTiles } from './hyperprior/tiles.js';
import { predict } from './predict/predict.js';
import { predictSlices } from './predict/slices.js';
import { wavelet } from './wavelet/wavelet.js';

/** Codecs of whole slices, by the codec number of the container. */
const SLICE_CODECS: readonly SliceCodec[] = [hyperprior, predictSlices];

/** Codecs of tiles. */
export const TILE_CODECS: readonly TileCodec[] = [predict, wavelet, hyperpriorTiles];

/** The codec that stores what others cannot. */
export function exactCodec(): TileCodec {
  const codec = TILE_CODECS.find(candidate => candidate.serves('lossless'));
  if (codec === undefined) {
    throw new CodecError('No codec stores values exactly.');
  }
  return codec;
}

/** @throws UnsupportedError if this version has no codec of that number. */
export function sliceCodecOfId(id: number): SliceCodec {
  return codecOfId(SLICE_CODECS, id, 'codec');
}

/** @throws UnsupportedError if this version has no tile codec of that number. */
export function tileCodecOfId(id: number, codecs: readonly TileCodec[] = TILE_CODECS): TileCodec {
  return codecOfId(codecs, id, 'tile codec');
}

function codecOfId<C extends SliceCodec | TileCodec>(codecs: readonly C[], id: number, what: string): C {
  const codec = codecs.find(candidate => candidate.id === id);
  if (codec === undefined) {
    const known = codecs.map(candidate => `${candidate.id} (${candidate.name})`).join(', ');
    throw new UnsupportedError(
      `This file uses ${what} ${id}, and this version knows ${known}: use a newer version of fieldzip.`,
    );
  }
  return codec;
}
