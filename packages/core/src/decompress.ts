import { codecOfId } from './codecs/registry.js';
import { type ByteSource, type Container, openContainer } from './container/index.js';
import { ArgumentError } from './errors.js';
import type { Field, FieldData } from './field.js';
import { inOrder } from './in-order.js';
import { runnerFor } from './inference/device.js';
import type { RunOptions } from './run-options.js';

export interface DecompressOptions extends RunOptions {
  /** Numbers of the slices to decode, in this order; by default all. */
  readonly slices?: readonly number[];
}

/**
 * The field that `compress` was given: same shape, type and missing values, bit for bit; other values as near as was asked for.
 * With `slices`, the shape is slices x rows x columns.
 * @throws FormatError if the bytes are damaged, UnsupportedError if they need another version or model, ArgumentError and DeviceError for the options.
 */
export async function decompress(bytes: Uint8Array | ByteSource, options: DecompressOptions = {}): Promise<Field> {
  const container = openContainer(bytes);
  const { header, stack, attributes } = container;
  const size = stack.rows * stack.columns;
  const count = options.slices?.length ?? stack.slices;
  const data = header.dtype === 'float32' ? new Float32Array(count * size) : new Float64Array(count * size);
  let at = 0;
  for await (const slice of decodeSlices(container, options)) {
    data.set(slice.data, at);
    at += size;
  }
  const shape = options.slices === undefined ? header.shape : [count, stack.rows, stack.columns];
  return {
    data,
    shape,
    ...(header.fillValues.length > 0 && { fillValues: header.fillValues }),
    ...(attributes !== undefined && { attributes }),
  };
}

/** The same slice by slice, for stacks larger than memory. */
export function decompressSlices(
  bytes: Uint8Array | ByteSource,
  options: DecompressOptions = {},
): AsyncGenerator<{ index: number; data: FieldData }, void, undefined> {
  return decodeSlices(openContainer(bytes), options);
}

async function* decodeSlices(
  container: Container,
  options: DecompressOptions,
): AsyncGenerator<{ index: number; data: FieldData }, void, undefined> {
  const { header, stack } = container;
  const wanted = options.slices ?? Array.from({ length: stack.slices }, (_, i) => i);
  for (const index of wanted) {
    if (!Number.isInteger(index) || index < 0 || index >= stack.slices) {
      throw new ArgumentError(`Expected slices from 0 to ${stack.slices - 1}, found ${index}.`);
    }
  }
  const codec = codecOfId(header.codec);
  codec.targetOf(header.parameters);
  const slices = Math.max(1, wanted.length);
  const runner = await runnerFor({ ...stack, slices }, options, header.modelHash !== undefined);
  const common = {
    rows: stack.rows,
    columns: stack.columns,
    codec: header.codec,
    modelHash: Buffer.from(header.modelHash ?? []).toString('hex'),
    parameters: header.parameters,
    context: { device: runner.device, threads: runner.threads },
  };
  const jobs = inOrder(wanted, runner.workers, options.signal, async index => {
    const parts = container.readSlice(index);
    const data = await runner.pool.run({ kind: 'decode', common, dtype: header.dtype, parts });
    return { index, data: data as FieldData };
  });
  let done = 0;
  for await (const slice of jobs) {
    yield slice;
    done++;
    options.onProgress?.(done, wanted.length);
  }
}
