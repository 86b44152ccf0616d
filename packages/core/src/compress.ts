import { codecFor } from './codecs/registry.js';
import { ContainerWriter, type SliceParts } from './container/index.js';
import { ArgumentError } from './errors.js';
import { checkField, type Dtype, dtypeOf, type Field, type FieldData, stackOf } from './field.js';
import { inOrder } from './in-order.js';
import { runnerFor } from './inference/device.js';
import type { RunOptions } from './run-options.js';
import { type TargetOptions, targetOf } from './target.js';

/** One target at most, and how to run. */
export interface CompressOptions extends RunOptions, TargetOptions {}

/** What is known of a stack before its slices are read. */
export interface StackDescription {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly fillValues?: readonly number[];
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/**
 * Compresses a field to the bytes of a file.
 * @throws ArgumentError for a field or an option that is not what it must be, DeviceError if the device cannot be used.
 */
export async function compress(field: Field, options: CompressOptions = {}): Promise<Uint8Array> {
  const stack = checkField(field);
  const size = stack.rows * stack.columns;
  const slices = function* (): Generator<FieldData> {
    for (let i = 0; i < stack.slices; i++) {
      yield field.data.subarray(i * size, (i + 1) * size);
    }
  };
  const { data, ...rest } = field;
  const chunks: Uint8Array[] = [];
  for await (const chunk of compressSlices({ ...rest, dtype: dtypeOf(data) }, slices(), options)) {
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/**
 * Compresses a stack slice by slice, for stacks larger than memory: takes slices (rows x columns values each, in the order of the shape) as it needs them and gives the
 * chunks of the file in order.
 * @throws as compress does, and ArgumentError if there are fewer or more slices than the shape says.
 */
export async function* compressSlices(
  description: StackDescription,
  slices: Iterable<FieldData> | AsyncIterable<FieldData>,
  options: CompressOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { shape, dtype, fillValues = [], attributes } = description;
  const stack = stackOf(shape);
  if (!Array.isArray(fillValues) || !fillValues.every(value => typeof value === 'number')) {
    throw new ArgumentError('Expected the fill values to be an array of numbers.');
  }
  const target = targetOf(options);
  const codec = codecFor(target);
  const parameters = codec.parameters(target);
  const modelHash = codec.modelHash();
  const runner = await runnerFor(stack, options, modelHash !== undefined);
  const context = { device: runner.device, threads: runner.threads };
  const common = {
    rows: stack.rows,
    columns: stack.columns,
    codec: codec.id,
    modelHash: modelHash ?? '',
    parameters,
    context,
  };

  const hashBytes = modelHash === undefined ? undefined : Buffer.from(modelHash, 'hex');
  const header = { dtype, shape, codec: codec.id, modelHash: hashBytes, parameters, fillValues };
  const writer = new ContainerWriter(header, attributes);
  yield writer.writeHeader();

  const jobs = inOrder(slices, runner.workers, options.signal, values => {
    checkSlice(values, dtype, stack.rows * stack.columns);
    const own = values.slice();
    return runner.pool.run({ kind: 'encode', common, values: own, fillValues }, [own.buffer as ArrayBuffer]);
  });
  let done = 0;
  for await (const parts of jobs) {
    if (done >= stack.slices) {
      throw new ArgumentError(`The shape [${shape.join(', ')}] stands for ${stack.slices} slices, but there are more.`);
    }
    yield writer.writeSlice(done, parts as SliceParts);
    done++;
    options.onProgress?.(done, stack.slices);
  }
  if (done < stack.slices) {
    throw new ArgumentError(
      `The shape [${shape.join(', ')}] stands for ${stack.slices} slices, but only ${done} were given.`,
    );
  }
  writer.finish();
}

function checkSlice(values: FieldData, dtype: Dtype, length: number): void {
  if (!(values instanceof Float32Array || values instanceof Float64Array) || dtypeOf(values) !== dtype) {
    throw new ArgumentError(`Expected every slice to be ${dtype} like the description.`);
  }
  if (values.length !== length) {
    throw new ArgumentError(`Expected slices of ${length} values, found one of ${values.length}.`);
  }
}
