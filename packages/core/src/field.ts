import { ArgumentError } from './errors.js';

/** Values of a field, in the type the user has and gets back. */
export type FieldData = Float32Array | Float64Array;

export type Dtype = 'float32' | 'float64';

/**
 * A field: an array of floating-point values whose last two dimensions are a slice (rows x columns). Leading dimensions, if any,
 * make it a stack of slices; a single dimension is one row.
 */
export interface Field {
  /** Row-major values; its length is the product of the shape. */
  readonly data: FieldData;
  readonly shape: readonly number[];
  /** Values that mean "missing". NaN and infinities are always taken as missing. Missing values come back bit for bit. */
  readonly fillValues?: readonly number[];
  /** What the source said of the field (name, units, dimensions ...): any JSON, kept in a section of its own. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** How a field divides into slices. */
export interface Stack {
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
}

export const MAX_DIMENSIONS = 32;
/** Most rows or columns of a slice, and most values in one. */
export const MAX_EXTENT = 2 ** 24;
export const MAX_SLICE_VALUES = 2 ** 28;

export function dtypeOf(data: FieldData): Dtype {
  return data instanceof Float32Array ? 'float32' : 'float64';
}

/** Zeros of a type. */
export function emptyValues(dtype: Dtype, length: number): FieldData {
  return dtype === 'float32' ? new Float32Array(length) : new Float64Array(length);
}

/** A copy in memory of its own, which may be given to another thread. */
export function copyOf<Values extends FieldData>(values: Values): Values {
  // All of it is written: there is nothing to clear first.
  const memory = Buffer.allocUnsafeSlow(values.byteLength).buffer;
  const copy = values instanceof Float32Array ? new Float32Array(memory) : new Float64Array(memory);
  copy.set(values);
  return copy as Values;
}

/**
 * The stack that a shape stands for.
 * @throws ArgumentError if the shape has no dimension, an extent that is not a positive integer, or a slice beyond the limits.
 */
export function stackOf(shape: readonly number[]): Stack {
  if (!Array.isArray(shape)) {
    throw new ArgumentError(`Expected a shape to be an array of numbers, found ${typeof shape}.`);
  }
  if (shape.length < 1 || shape.length > MAX_DIMENSIONS) {
    throw new ArgumentError(`Expected a shape of 1 to ${MAX_DIMENSIONS} dimensions, found ${shape.length}.`);
  }
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 1) {
      throw new ArgumentError(
        `Expected every extent of the shape to be a positive integer, found [${shape.join(', ')}].`,
      );
    }
  }
  const columns = shape.at(-1)!;
  const rows = shape.at(-2) ?? 1;
  const slices = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  if (rows > MAX_EXTENT || columns > MAX_EXTENT || rows * columns > MAX_SLICE_VALUES || !Number.isSafeInteger(slices)) {
    throw new ArgumentError(
      `A slice of ${rows} x ${columns} is beyond the limit of ${MAX_EXTENT} a side and ${MAX_SLICE_VALUES} values.`,
    );
  }
  return { slices, rows, columns };
}

/**
 * Checks that a field is what its type says.
 * @throws ArgumentError with what was found and what was expected.
 */
export function checkField(field: Field): Stack {
  if (typeof field !== 'object' || field === null) {
    throw new ArgumentError(`Expected a field with data and shape, found ${String(field)}.`);
  }
  const { data, shape } = field;
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new ArgumentError('Expected the data of a field to be a Float32Array or a Float64Array.');
  }
  const stack = stackOf(shape);
  const expected = stack.slices * stack.rows * stack.columns;
  if (data.length !== expected) {
    throw new ArgumentError(
      `The shape [${shape.join(', ')}] stands for ${expected} values, but the data holds ${data.length}.`,
    );
  }
  return stack;
}
