import { sliceCodecOfId } from './codecs/registry.js';
import { type ByteSource, type Container, openContainer, type SliceMask } from './container/index.js';
import { ArgumentError } from './errors.js';
import { emptyValues, type Field, type FieldData, type Stack } from './field.js';
import { inOrder } from './in-order.js';
import { runnerFor } from './inference/device.js';
import type { RunOptions } from './run-options.js';
import { decodeSlice, type TileReader } from './tiles/decode.js';
import { overlaps, type Rectangle, tilesOf } from './tiles/layout.js';
import { readParameters, TILES } from './tiles/parameters.js';

/** Part of every slice: rows and columns from the first to just before the second number, counted from 0. */
export interface Region {
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
}

export interface DecompressOptions extends RunOptions {
  /** Numbers of the slices to decode, in this order; by default all. */
  readonly slices?: readonly number[];
  /** Decodes only this part of each slice, from the tiles that it lies in; by default all of it. */
  readonly region?: Region;
}

/**
 * The field that `compress` was given: same shape, type and missing values, bit for bit; other values as near as was asked for.
 * With `slices`, the shape is slices x rows x columns. With `region`, its last two extents are those of the region, and the attribute `region` says where it lay.
 * @throws FormatError if the bytes are damaged, UnsupportedError if they need another version or model, ArgumentError and DeviceError for the options.
 */
export async function decompress(bytes: Uint8Array | ByteSource, options: DecompressOptions = {}): Promise<Field> {
  const container = openContainer(bytes);
  const { header, stack } = container;
  const { rows, columns } = rectangleOf(options.region, stack);
  const count = options.slices?.length ?? stack.slices;
  let data = emptyValues(header.dtype, count === 1 ? 0 : count * rows * columns);
  let at = 0;
  for await (const slice of decodeSlices(container, options)) {
    if (count === 1) {
      data = slice.data;
    } else {
      data.set(slice.data, at);
      at += rows * columns;
    }
  }
  const { region } = options;
  const attributes = region === undefined ? container.attributes : { ...container.attributes, region };
  const whole =
    region === undefined ? header.shape : [...header.shape.slice(0, -2), rows, columns].slice(-header.shape.length);
  return {
    data,
    shape: options.slices === undefined ? whole : [count, rows, columns],
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

/** @throws ArgumentError if it is not part of the slices. */
function rectangleOf(region: Region | undefined, { rows, columns }: Stack): Rectangle {
  if (region === undefined) {
    return { row: 0, column: 0, rows, columns };
  }
  const span = (name: 'rows' | 'columns', extent: number): [number, number] => {
    const [first, end] = region[name] ?? [];
    if (!(Number.isInteger(first) && Number.isInteger(end) && first! >= 0 && first! < end! && end! <= extent)) {
      throw new ArgumentError(`Expected ${name} of the region within 0 to ${extent}, found ${first} to ${end}.`);
    }
    return [first!, end! - first!];
  };
  const [row, height] = span('rows', rows);
  const [column, width] = span('columns', columns);
  return { row, column, rows: height, columns: width };
}

async function* decodeSlices(
  container: Container,
  options: DecompressOptions,
): AsyncGenerator<{ index: number; data: FieldData }, void, undefined> {
  const { stack } = container;
  const wanted = options.slices ?? Array.from({ length: stack.slices }, (_, i) => i);
  for (const index of wanted) {
    if (!Number.isInteger(index) || index < 0 || index >= stack.slices) {
      throw new ArgumentError(`Expected slices from 0 to ${stack.slices - 1}, found ${index}.`);
    }
  }
  const region = rectangleOf(options.region, stack);
  const { decode, width } = await readerOf(container, Math.max(1, wanted.length), region, options);
  const jobs = inOrder(wanted, width, options.signal, async index => ({ index, data: await decode(index) }));
  let done = 0;
  for await (const slice of jobs) {
    yield slice;
    done++;
    options.onProgress?.(done, wanted.length);
  }
}

/** A view goes to another thread with all of the file that it is of; a copy goes alone. */
function ownMask(mask: SliceMask): SliceMask {
  return { ...mask, bytes: mask.bytes.slice() };
}

/** How slices of a file are decoded. */
async function readerOf(container: Container, slices: number, region: Rectangle, options: DecompressOptions) {
  const { header, stack } = container;
  const { rows, columns } = stack;
  const { dtype, codec, parameters } = header;
  const tiled = codec === TILES ? readParameters(parameters) : undefined;
  if (tiled === undefined) {
    sliceCodecOfId(codec).targetOf(parameters);
  }
  const tiles = tiled === undefined ? 1 : tilesOf(rows, columns).filter(tile => overlaps(tile, region)).length;
  const networks = header.modelHash !== undefined || Object.keys(tiled?.models ?? {}).length > 0;
  const runner = await runnerFor({ ...stack, slices, tiles }, options, networks);
  const { pool, device, threads } = runner;
  const common = {
    rows,
    columns,
    codec,
    modelHash: Buffer.from(header.modelHash ?? []).toString('hex'),
    parameters,
    context: { device, threads },
  };
  const context = { device, threads, effort: 'balanced', models: tiled?.models ?? {} } as const;
  const reader: TileReader = {
    decode: async ({ stored, mask, ...tile }) => {
      const own = { ...tile, stored: { ...stored, bytes: stored.bytes.slice() }, mask: mask && ownMask(mask) };
      const transfer = [own.stored.bytes, ...(own.mask ? [own.mask.bytes] : [])].map(
        bytes => bytes.buffer as ArrayBuffer,
      );
      return (await pool.run({ kind: 'decode-tile', tile: own, context }, transfer)) as FieldData;
    },
    classes: async (mask: SliceMask) =>
      (await pool.run({ kind: 'classes', mask: ownMask(mask), rows, columns })) as Uint8Array,
    width: runner.workers,
    signal: options.signal,
  };
  const decode = async (index: number): Promise<FieldData> => {
    const parts = container.readSlice(index);
    if (tiled !== undefined && parts.content === 'coded') {
      return decodeSlice(parts, dtype, rows, columns, region, reader);
    }
    return (await pool.run({ kind: 'decode-slice', common, dtype, parts, region })) as FieldData;
  };
  return { decode, width: runner.slices };
}
