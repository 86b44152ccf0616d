import type { OutputFile } from './atomic.js';
import { InputError } from './errors.js';
import { bytesOf, orderBytes, product, shapeText } from './numeric.js';
import type { Dtype, FloatArray } from './types.js';

/** Takes slices in order, any number of values at a time, and knows when there are enough. */
export interface SliceWriter {
  append(values: FloatArray): void;
  /** Throws unless exactly as many values came as the shape has. */
  finish(): void;
}

export interface ArrayLayout {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

const chunkBytes = 1 << 20;

/** Appends values in the given byte order without changing the caller's array. */
export function writeValues(out: OutputFile, values: FloatArray, endian: 'little' | 'big'): void {
  const bytes = bytesOf(values);
  const size = values.BYTES_PER_ELEMENT;
  const probe = Buffer.from([1, 0]);
  orderBytes(probe, 2, endian);
  if (probe[0] === 1) {
    out.write(bytes);
    return;
  }
  const scratch = Buffer.alloc(Math.min(chunkBytes, bytes.length));
  for (let at = 0; at < bytes.length; at += scratch.length) {
    const length = bytes.copy(scratch, 0, at, at + scratch.length);
    const part = scratch.subarray(0, length);
    orderBytes(part, size, endian);
    out.write(part);
  }
}

/** The writer all formats share once their header is out; `end` adds what follows the values. */
export function valueWriter(
  out: OutputFile,
  { dtype, shape }: ArrayLayout,
  endian: 'little' | 'big',
  end: () => void = () => {},
): SliceWriter {
  const total = product(shape);
  if (total === undefined || !shape.every(size => Number.isInteger(size) && size >= 0)) {
    throw new InputError('bad-layout', `${shapeText(shape)} is not a shape that an array can have.`);
  }
  const Values = dtype === 'float32' ? Float32Array : Float64Array;
  let written = 0;
  return {
    append(values) {
      if (!(values instanceof Values)) throw new TypeError(`a ${dtype} writer was given ${values.constructor.name}`);
      if (written + values.length > total) {
        throw new InputError('wrong-size', `${out.path}: more values were given than ${shapeText(shape)} can hold.`);
      }
      writeValues(out, values, endian);
      written += values.length;
    },
    finish() {
      if (written !== total) {
        throw new InputError('wrong-size', `${out.path}: ${written} of ${total} values were given.`);
      }
      end();
    },
  };
}

/** Values alone, row by row. */
export function rawWriter(out: OutputFile, layout: ArrayLayout, endian: 'little' | 'big' = 'little'): SliceWriter {
  return valueWriter(out, layout, endian);
}

/** A .npy file of version 1.0, little-endian, C order. */
export function npyWriter(out: OutputFile, layout: ArrayLayout): SliceWriter {
  const { dtype, shape } = layout;
  const writer = valueWriter(out, layout, 'little');
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '<f${dtype === 'float32' ? 4 : 8}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // Numpy starts the values at a multiple of 64, for those who map the file.
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(length, 8);
  out.write(Buffer.concat([start, Buffer.from(`${header.padEnd(length - 1)}\n`, 'latin1')]));
  return writer;
}
