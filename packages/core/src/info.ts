import { sliceCodecOfId, TILE_CODECS } from './codecs/registry.js';
import { type ByteSource, type Header, openContainer } from './container/index.js';
import type { Dtype } from './field.js';
import { installedModels } from './models.js';
import type { Target } from './target.js';
import { type Rectangle, tilesOf } from './tiles/layout.js';
import { readParameters, TILES } from './tiles/parameters.js';
import { readSliceStream } from './tiles/stream.js';

/** A model that a file needs. */
export interface ModelInfo {
  readonly codec: string;
  /** Undefined if it is not installed. */
  readonly name: string | undefined;
  /** First 8 bytes of its hash in hexadecimal. */
  readonly hash: string;
}

/** How a tile of a slice is stored. */
export interface TileInfo extends Rectangle {
  /** Name of its codec; undefined for a tile without a present value. */
  readonly codec: string | undefined;
  /** Whether it holds logarithms of magnitudes, as `pwRel` asks for. */
  readonly pointwise: boolean;
  /** Of its own stream. */
  readonly bytes: number;
}

/** What a file says of itself, without decoding any value. */
export interface Info {
  readonly formatVersion: number;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
  /** `tiles` if every tile has a codec of its own: see {@link tileInfo}. */
  readonly codec: string;
  /** The first of the models that it needs, if it needs one. */
  readonly model: ModelInfo | undefined;
  /** All models that it needs. */
  readonly models: readonly ModelInfo[];
  /** What was asked for when it was written. */
  readonly target: Target;
  readonly fillValues: readonly number[];
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
  /** Size of the file. */
  readonly bytes: number;
  readonly bitsPerValue: number;
  /** Size of the values as they were over the size of the file. */
  readonly ratio: number;
  /** Bytes of each slice's section. */
  readonly sliceBytes: readonly number[];
}

/**
 * @throws FormatError if the bytes are not a whole fieldzip file, UnsupportedError if they need a newer version.
 */
export function info(bytes: Uint8Array | ByteSource): Info {
  const container = openContainer(bytes);
  const { header, stack } = container;
  const coded = codecInfo(header);
  const values = stack.slices * stack.rows * stack.columns;
  return {
    formatVersion: container.formatVersion,
    dtype: header.dtype,
    shape: header.shape,
    ...stack,
    ...coded,
    model: coded.models[0],
    fillValues: header.fillValues,
    attributes: container.attributes,
    bytes: container.bytes,
    bitsPerValue: (8 * container.bytes) / values,
    ratio: (values * (header.dtype === 'float32' ? 4 : 8)) / container.bytes,
    sliceBytes: container.sliceBytes(),
  };
}

function codecInfo({ codec: id, parameters, modelHash }: Header): Pick<Info, 'codec' | 'models' | 'target'> {
  if (id === TILES) {
    const { target, models } = readParameters(parameters);
    const named = Object.entries(models).map(([codec, hash]) => modelInfo(tileCodecName(Number(codec)), hash));
    return { codec: 'tiles', models: named, target };
  }
  const codec = sliceCodecOfId(id);
  const hash = modelHash && Buffer.from(modelHash).toString('hex');
  return { codec: codec.name, models: hash ? [modelInfo(codec.name, hash)] : [], target: codec.targetOf(parameters) };
}

function modelInfo(codec: string, hash: string): ModelInfo {
  return { codec, name: installedModels().find(model => model.hash === hash)?.manifest.name, hash };
}

function tileCodecName(id: number): string {
  return TILE_CODECS.find(codec => codec.id === id)?.name ?? `tile codec ${id}`;
}

/**
 * How the tiles of each slice are stored, in reading order. A slice that is constant or missing has none; a file of a codec of whole slices has none at all.
 * Reads all of the file.
 * @throws as `info`.
 */
export function tileInfo(bytes: Uint8Array | ByteSource): readonly (readonly TileInfo[])[] {
  const { header, stack, readSlice } = openContainer(bytes);
  const rectangles = tilesOf(stack.rows, stack.columns);
  return Array.from({ length: stack.slices }, (_, i) => {
    const parts = header.codec === TILES ? readSlice(i) : undefined;
    if (parts?.content !== 'coded') {
      return [];
    }
    return readSliceStream(parts.stream, rectangles.length).map(({ codec, pointwise, bytes: { length } }, tile) => ({
      ...rectangles[tile]!,
      codec: codec === 0 ? undefined : tileCodecName(codec),
      pointwise,
      bytes: length,
    }));
  });
}
