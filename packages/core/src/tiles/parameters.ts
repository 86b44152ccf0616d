import type { TileCodec } from '../codecs/codec.js';
import { FormatError } from '../errors.js';
import { readTarget, type Target, targetBytes } from '../target.js';

/** Codec number of the container for slices cut in tiles, each by a codec of its own. */
export const TILES = 4;

const HASH_BYTES = 8;

/** The models that tile codecs need: by the codec's number, the first 8 bytes of the hash in hexadecimal. */
export type Models = Readonly<Record<number, string>>;

/** What the header says of a file of tiles. */
export interface TileParameters {
  readonly target: Target;
  readonly models: Models;
}

/** The models that files by these codecs are written with. */
export function modelsOf(codecs: readonly TileCodec[]): Models {
  const models: Record<number, string> = {};
  for (const codec of codecs) {
    const hash = codec.modelHash();
    if (hash !== undefined) {
      models[codec.id] = hash;
    }
  }
  return models;
}

/** Those of them that codecs of these numbers need. */
export function modelsOfCodecs(models: Models, codecs: ReadonlySet<number>): Models {
  return Object.fromEntries(Object.entries(models).filter(([id]) => codecs.has(Number(id))));
}

/** Parameters: the target; then for every model a tile codec's number (u8) and the first 8 bytes of the model's hash. */
export function parameterBytes(target: Exclude<Target, { kind: 'quality' }>, models: Models): Uint8Array {
  const entries = Object.entries(models).flatMap(([id, hash]) => [Number(id), ...Buffer.from(hash, 'hex')]);
  return Uint8Array.from([...targetBytes(target), ...entries]);
}

/** @throws FormatError if they are not what this version or an older one writes. */
export function readParameters(bytes: Uint8Array): TileParameters {
  const found = readTarget(bytes);
  const left = bytes.length - (found?.end ?? 0);
  if (found === undefined || left % (1 + HASH_BYTES) !== 0) {
    throw new FormatError(
      `Expected the parameters of a file of tiles to be a target and models, found [${bytes.join(', ')}].`,
    );
  }
  const models: Record<number, string> = {};
  for (let at = found.end; at < bytes.length; at += 1 + HASH_BYTES) {
    models[bytes[at]!] = Buffer.from(bytes.subarray(at + 1, at + 1 + HASH_BYTES)).toString('hex');
  }
  return { target: found.target, models };
}
