import { parentPort } from 'node:worker_threads';
import { CorruptStreamError } from '@fieldzip/native-coder';
import type { CodecContext } from '../codecs/codec.js';
import { codecOfId } from '../codecs/registry.js';
import type { SliceParts } from '../container/index.js';
import { FieldzipError, FormatError } from '../errors.js';
import type { Dtype, FieldData } from '../field.js';
import { installedModels } from '../models.js';
import { classesOf, restoreMissing, splitSlice } from '../slice.js';
import { cudaProblem } from './sessions.js';

/** What every job of one file has in common. */
export interface JobCommon {
  readonly rows: number;
  readonly columns: number;
  readonly codec: number;
  readonly modelHash: string;
  readonly parameters: Uint8Array;
  readonly context: CodecContext;
}

export type Job =
  | {
      readonly kind: 'encode';
      readonly common: JobCommon;
      readonly values: FieldData;
      readonly fillValues: readonly number[];
    }
  | { readonly kind: 'decode'; readonly common: JobCommon; readonly dtype: Dtype; readonly parts: SliceParts }
  | { readonly kind: 'probe-cuda' };

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly kind: string; readonly message: string } };

async function perform(job: Job): Promise<SliceParts | FieldData | string | undefined> {
  switch (job.kind) {
    case 'encode':
      return encode(job.common, job.values, job.fillValues);
    case 'decode':
      return decode(job.common, job.dtype, job.parts);
    case 'probe-cuda': {
      const [model] = installedModels();
      return model === undefined ? 'no model is installed' : await cudaProblem(model);
    }
  }
}

async function encode(common: JobCommon, values: FieldData, fillValues: readonly number[]): Promise<SliceParts> {
  const { rows, columns, modelHash, context } = common;
  const codec = codecOfId(common.codec);
  const target = codec.targetOf(common.parameters);
  const split = splitSlice(values, rows, columns, fillValues, target.kind === 'lossless');
  if (split.content !== 'coded') {
    return split;
  }
  const { minimum, maximum } = split.slice;
  const stream = await codec.encode(split.slice, target, modelHash, context);
  return { content: 'coded', mask: split.mask, minimum, maximum, stream };
}

async function decode(common: JobCommon, dtype: Dtype, parts: SliceParts): Promise<FieldData> {
  const { rows, columns, modelHash, context } = common;
  const values = dtype === 'float32' ? new Float32Array(rows * columns) : new Float64Array(rows * columns);
  const missing = parts.mask && classesOf(parts.mask, rows, columns);
  if (parts.content === 'constant') {
    values.fill(parts.value);
  } else if (parts.content === 'coded') {
    const codec = codecOfId(common.codec);
    const { minimum, maximum, stream } = parts;
    const slice = { values, rows, columns, minimum, maximum, missing };
    await codec.decode(stream, slice, codec.targetOf(common.parameters), modelHash, context);
  }
  if (parts.mask !== undefined && missing !== undefined) {
    restoreMissing(values, missing, parts.mask);
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

const port = parentPort!;
port.on('message', async ({ id, job }: { id: number; job: Job }) => {
  try {
    const result = await perform(job);
    const transfer = ArrayBuffer.isView(result) ? [result.buffer as ArrayBuffer] : [];
    port.postMessage({ id, result } satisfies Reply, transfer);
  } catch (error) {
    port.postMessage({ id, error: describe(error) } satisfies Reply);
  }
});
