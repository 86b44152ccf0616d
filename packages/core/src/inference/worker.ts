import { parentPort } from 'node:worker_threads';
import { CorruptStreamError } from '@fieldzip/native-coder';
import type { CodecContext, PreparedTile, TileCodec } from '../codecs/codec.js';
import { exactCodec, sliceCodecOfId, tileCodecOfId } from '../codecs/registry.js';
import type { SliceMask, SliceParts } from '../container/index.js';
import { FieldzipError, FormatError } from '../errors.js';
import { type Dtype, emptyValues, type FieldData } from '../field.js';
import { installedModels } from '../models.js';
import { takeBack } from '../scratch.js';
import { classesOf, restoreMissing, type SplitSlice, splitSlice } from '../slice.js';
import type { TileToDecode } from '../tiles/decode.js';
import { type CodedSlice, type ErrorTarget, encodeSlice as encodeTiles } from '../tiles/encode.js';
import { cut, type Rectangle } from '../tiles/layout.js';
import { decodeTile, encodeTile, type TileGoal, type TileJobContext, type TileResult } from '../tiles/tile.js';
import { cudaProblem, PROBED_GRAPH } from './sessions.js';

/** What every whole slice of one file has in common. */
export interface SliceCommon {
  readonly rows: number;
  readonly columns: number;
  readonly codec: number;
  readonly modelHash: string;
  readonly parameters: Uint8Array;
  readonly context: CodecContext;
}

export interface SplitJob {
  readonly kind: 'split';
  readonly values: FieldData;
  readonly rows: number;
  readonly columns: number;
  readonly fillValues: readonly number[];
  readonly exact: boolean;
}

/** A slice of one tile, split and coded in one go. */
export interface EncodeWholeJob {
  readonly kind: 'encode-whole';
  readonly split: Omit<SplitJob, 'kind'>;
  readonly target: ErrorTarget;
  readonly codecs: readonly number[];
  readonly context: TileJobContext;
}

/** A slice that was coded, or needed not be. */
export type EncodedWhole = Exclude<SplitSlice, { content: 'coded' }> | CodedWhole;

export interface CodedWhole extends CodedSlice {
  readonly content: 'coded';
  readonly mask: SliceMask | undefined;
  readonly minimum: number;
  readonly maximum: number;
}

export interface EncodeTileJob {
  readonly kind: 'encode-tile';
  readonly tile: PreparedTile;
  readonly goal: TileGoal;
  /** Numbers of the codecs that may be used. */
  readonly codecs: readonly number[];
  readonly context: TileJobContext;
}

export type Job =
  | SplitJob
  | EncodeWholeJob
  | EncodeTileJob
  | {
      readonly kind: 'encode-slice';
      readonly common: SliceCommon;
      readonly values: FieldData;
      readonly fillValues: readonly number[];
    }
  | {
      readonly kind: 'decode-slice';
      readonly common: SliceCommon;
      readonly dtype: Dtype;
      readonly parts: SliceParts;
      readonly region: Rectangle;
    }
  | { readonly kind: 'decode-tile'; readonly tile: TileToDecode; readonly context: TileJobContext }
  | { readonly kind: 'classes'; readonly mask: SliceMask; readonly rows: number; readonly columns: number }
  | { readonly kind: 'probe-cuda' };

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly kind: string; readonly message: string } };

type Result = SliceParts | SplitSlice | EncodedWhole | TileResult | FieldData | Uint8Array | string | undefined;

async function perform(job: Job): Promise<Result> {
  switch (job.kind) {
    case 'split':
      return split(job);
    case 'encode-whole':
      return encodeWhole(job);
    case 'encode-tile':
      return encodeTile(job.tile, job.goal, codecsOf(job.codecs), exactCodec(), job.context);
    case 'encode-slice':
      return encodeSlice(job.common, job.values, job.fillValues);
    case 'decode-slice':
      return decodeSlice(job.common, job.dtype, job.parts, job.region);
    case 'decode-tile':
      return decodeOneTile(job.tile, job.context);
    case 'classes':
      return classesOf(job.mask, job.rows, job.columns);
    case 'probe-cuda': {
      const model = installedModels().find(({ manifest }) => manifest.graphs[PROBED_GRAPH] !== undefined);
      return model === undefined ? 'no model is installed' : await cudaProblem(model);
    }
  }
}

function split({ values, rows, columns, fillValues, exact }: Omit<SplitJob, 'kind'>): SplitSlice {
  return splitSlice(values, rows, columns, fillValues, exact);
}

function codecsOf(ids: readonly number[]): TileCodec[] {
  return ids.map(id => tileCodecOfId(id));
}

async function encodeWhole({ split: parts, target, codecs, context }: EncodeWholeJob): Promise<EncodedWhole> {
  const found = split(parts);
  if (found.content !== 'coded') {
    return found;
  }
  const { mask, slice } = found;
  const encode = (tile: PreparedTile, goal: TileGoal) =>
    encodeTile(tile, goal, codecsOf(codecs), exactCodec(), context);
  const { stream, note } = await encodeTiles(slice, target, { encode, width: 1, signal: undefined });
  const { minimum, maximum } = slice;
  return { content: 'coded', mask, minimum, maximum, stream, note };
}

async function encodeSlice(common: SliceCommon, values: FieldData, fillValues: readonly number[]): Promise<SliceParts> {
  const { rows, columns, modelHash, context } = common;
  const codec = sliceCodecOfId(common.codec);
  const split = splitSlice(values, rows, columns, fillValues);
  if (split.content !== 'coded') {
    return split;
  }
  const { minimum, maximum } = split.slice;
  const stream = await codec.encode!(split.slice, codec.targetOf(common.parameters), modelHash, context);
  return { content: 'coded', mask: split.mask, minimum, maximum, stream };
}

async function decodeSlice(
  common: SliceCommon,
  dtype: Dtype,
  parts: SliceParts,
  region: Rectangle,
): Promise<FieldData> {
  const { rows, columns, modelHash, context } = common;
  const values = emptyValues(dtype, rows * columns);
  const missing = parts.mask && classesOf(parts.mask, rows, columns);
  if (parts.content === 'constant') {
    values.fill(parts.value);
  } else if (parts.content === 'coded') {
    const codec = sliceCodecOfId(common.codec);
    const { minimum, maximum, stream } = parts;
    const slice = { values, rows, columns, minimum, maximum, missing };
    await codec.decode(stream, slice, codec.targetOf(common.parameters), modelHash, context);
  }
  if (parts.mask !== undefined && missing !== undefined) {
    restoreMissing(values, missing, parts.mask.patterns);
  }
  return region.rows === rows && region.columns === columns ? values : cut(values, columns, region);
}

async function decodeOneTile({ stored, dtype, tile, mask, patterns }: TileToDecode, context: TileJobContext) {
  const { rows, columns } = tile;
  const values = emptyValues(dtype, rows * columns);
  const missing = mask === undefined ? tile.missing : classesOf(mask, rows, columns);
  await decodeTile(stored, { ...tile, values, missing }, context);
  if (missing !== undefined) {
    restoreMissing(values, missing, patterns);
  }
  return values;
}

function describe(error: unknown): { kind: string; message: string } {
  if (error instanceof CorruptStreamError) {
    return { kind: FormatError.name, message: `The coded data is damaged: ${error.message}.` };
  }
  if (error instanceof FieldzipError) {
    return { kind: error.name, message: error.message };
  }
  return { kind: 'CodecError', message: error instanceof Error ? error.message : String(error) };
}

/** The large arrays of a result move; the rest of it is copied. */
function transferOf(result: Result): ArrayBuffer[] {
  if (ArrayBuffer.isView(result)) {
    return [result.buffer as ArrayBuffer];
  }
  if (typeof result === 'object' && ('bytes' in result || 'stream' in result)) {
    const { buffer, byteLength } = 'bytes' in result ? result.bytes : result.stream;
    return byteLength === buffer.byteLength ? [buffer as ArrayBuffer] : [];
  }
  if (typeof result === 'object' && 'slice' in result && typeof result.slice === 'object') {
    const { values, missing } = result.slice;
    return [values, ...(missing ? [missing] : [])].map(array => array.buffer as ArrayBuffer);
  }
  return [];
}

const port = parentPort!;
port.on('message', async ({ id, job }: { id: number; job: Job }) => {
  try {
    const result = await perform(job);
    port.postMessage({ id, result } satisfies Reply, transferOf(result));
  } catch (error) {
    port.postMessage({ id, error: describe(error) } satisfies Reply);
  } finally {
    takeBack();
  }
});
