import { type CodecOptions, choiceOf } from './codecs/choice.js';
import { exactCodec } from './codecs/registry.js';
import { concatenate } from './container/bytes.js';
import { ContainerWriter, type SliceParts } from './container/index.js';
import { ArgumentError } from './errors.js';
import { checkField, copyOf, type Dtype, dtypeOf, type Field, type FieldData, stackOf } from './field.js';
import { inOrder } from './in-order.js';
import { runnerFor } from './inference/device.js';
import type { Effort, RunOptions } from './run-options.js';
import type { TargetOptions } from './target.js';
import { tileCount } from './tiles/layout.js';
import { modelsOf, modelsOfCodecs, parameterBytes, TILES } from './tiles/parameters.js';
import { codecsOf } from './tiles/stream.js';
import { type Notes, sliceEncoder, tilesEncoder } from './write-slices.js';

const EFFORTS: readonly Effort[] = ['fast', 'balanced', 'best'];

/** One target at most, by which codec, and how to run. */
export interface CompressOptions extends RunOptions, TargetOptions, CodecOptions {
  /** What to spend on fewer bytes; `balanced` by default. Quality levels know only one. */
  readonly effort?: Effort | undefined;
}

/** What is known of a stack before its slices are read. */
export interface StackDescription {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly fillValues?: readonly number[];
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/**
 * Compresses a field to the bytes of a file.
 * @throws ArgumentError for a field or an option that is not what it must be, TargetError for a target that the data cannot meet, DeviceError if the device cannot be used.
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
  return concatenate(chunks);
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
  const { effort = 'balanced' } = options;
  if (!EFFORTS.includes(effort)) {
    throw new ArgumentError(`Expected an effort of ${EFFORTS.join(', ')}, found ${String(effort)}.`);
  }
  const notes: Notes = { lossless: 0, coarse: 0 };
  const { header, width, encoder, headerFor } = await plan();

  let writer = new ContainerWriter(header, attributes);
  const start = writer.writeHeader();
  // Of one slice it is known before anything is written which models its decoder needs. A size counts the header before that is known.
  const later = stack.slices === 1 && options.bpp === undefined && options.ratio === undefined;
  if (!later) {
    yield start;
  }
  const encode = encoder(start.length / stack.slices);
  let started = 0;
  const jobs = inOrder(slices, width, options.signal, values => {
    checkSlice(values, dtype, stack.rows * stack.columns);
    return encode(copyOf(values), started++);
  });
  let done = 0;
  for await (const parts of jobs) {
    if (done >= stack.slices) {
      throw new ArgumentError(`The shape [${shape.join(', ')}] stands for ${stack.slices} slices, but there are more.`);
    }
    if (later) {
      writer = new ContainerWriter(headerFor(parts), attributes);
      yield writer.writeHeader();
    }
    yield writer.writeSlice(done, parts);
    done++;
    options.onProgress?.(done, stack.slices);
  }
  if (done < stack.slices) {
    throw new ArgumentError(
      `The shape [${shape.join(', ')}] stands for ${stack.slices} slices, but only ${done} were given.`,
    );
  }
  writer.finish();
  tell(notes, stack.slices, options.psnr !== undefined, options.onNotice);

  /** The header, and how a slice is encoded. */
  async function plan() {
    const choice = choiceOf(options);
    if (choice.by === 'slices') {
      const { codec, target } = choice;
      const modelHash = codec.modelHash()!;
      const parameters = codec.parameters(target);
      const runner = await runnerFor({ ...stack, tiles: 1 }, options, true);
      const hashBytes = Buffer.from(modelHash, 'hex');
      const header = { dtype, shape, codec: codec.id, modelHash: hashBytes, parameters, fillValues };
      return {
        header,
        headerFor: () => header,
        width: runner.slices,
        encoder: () => sliceEncoder(stack, fillValues, { codec: codec.id, modelHash, parameters }, runner),
      };
    }
    // What the chosen codec cannot keep is stored by one that can.
    const models = modelsOf([...new Set([...choice.codecs, exactCodec()])]);
    const tiles = tileCount(stack.rows, stack.columns);
    const runner = await runnerFor({ ...stack, tiles }, options, Object.keys(models).length > 0);
    const header = { dtype, shape, codec: TILES, parameters: parameterBytes(choice.target, models), fillValues };
    const context = { device: runner.device, threads: runner.threads, effort, models };
    const codecs = choice.codecs.map(codec => codec.id);
    return {
      header,
      headerFor: (parts: SliceParts) => ({
        ...header,
        parameters: parameterBytes(choice.target, modelsOfCodecs(models, codecsOf(parts, tiles))),
      }),
      width: runner.slices,
      encoder: (share: number) =>
        tilesEncoder(stack, header, choice.target, { codecs, context, notes, share, signal: options.signal }, runner),
    };
  }
}

function tell(notes: Notes, slices: number, byPsnr: boolean, onNotice: RunOptions['onNotice']): void {
  const subject = (count: number, one: string, several: string) =>
    slices === 1 ? `The slice ${one}` : `${count} of ${slices} slices ${several}`;
  if (notes.lossless > 0) {
    const why = byPsnr ? 'nothing less reaches the PSNR' : 'that takes fewer bytes than were asked for';
    onNotice?.(`${subject(notes.lossless, 'was', 'were')} stored without loss: ${why}.`);
  }
  if (notes.coarse > 0) {
    const why = 'the next larger one would be above it';
    onNotice?.(`${subject(notes.coarse, 'is', 'are')} more than 2 % below the size asked for: ${why}.`);
  }
}

function checkSlice(values: FieldData, dtype: Dtype, length: number): void {
  if (!(values instanceof Float32Array || values instanceof Float64Array) || dtypeOf(values) !== dtype) {
    throw new ArgumentError(`Expected every slice to be ${dtype} like the description.`);
  }
  if (values.length !== length) {
    throw new ArgumentError(`Expected slices of ${length} values, found one of ${values.length}.`);
  }
}
