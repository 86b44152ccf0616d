import { findVariable } from './choose.js';
import { conversionOf } from './convert.js';
import { InputError } from './errors.js';
import { product, type StoredArray, shapeText, sizeOf } from './numeric.js';
import { parseSelection, resolveSelection, type Selection, type Span } from './selection.js';
import type { Attributes, FloatArray, Format, Slab, SliceStack, Source, StackInfo, VariableInfo } from './types.js';

/** What a format has to provide; choosing, selecting and converting are the same for all. */
export interface Backend {
  readonly path: string;
  readonly format: Format;
  readonly attributes: Attributes;
  readonly variables: VariableInfo[];
  /**
   * Prepares to read a variable of at least one dimension, and throws if the file cannot hold all of it. The function
   * returned reads the slice at the given leading indices (one fewer than two less than the rank: none for 1-D and 2-D).
   */
  open(variable: VariableInfo): (leading: readonly number[]) => StoredArray;
  close(): void;
}

/** One buffer has to hold a slice, and 32-bit WebAssembly sometimes a copy of it. */
const largestSlice = 2 ** 31 - 1;
const largestSlab = 2 ** 32 - 1;

function makeStack(backend: Backend, variable: VariableInfo, selection: Selection | undefined): SliceStack {
  const { name } = variable;
  const rank = variable.shape.length;
  if (rank === 0) {
    throw new InputError('wrong-size', `Variable ${name} is a single value, not a field; choose one with dimensions.`);
  }
  const { shape, dimensions } = variable;
  const conversion = conversionOf(variable);
  if (shape.includes(0)) {
    throw new InputError('empty', `Variable ${name} holds no values: its shape is ${shapeText(shape)}.`);
  }
  const spans = resolveSelection(name, dimensions, shape, selection);
  // A profile or a time series is one slice of one row.
  const rows = shape.at(-2) ?? 1;
  const columns = shape.at(-1)!;
  const sliceValues = product([rows, columns]);
  if (sliceValues === undefined || sliceValues * sizeOf(conversion.storedType) > largestSlice) {
    throw new InputError('too-large', `A slice of ${name} is ${rows} x ${columns} values, which is more than 2 GiB.`);
  }
  const count = product(spans.map(span => span.count));
  if (count === undefined) throw new InputError('too-large', `Variable ${name} has more slices than can be counted.`);
  const readStored = backend.open(variable);

  const units = conversion.attributes.units;
  const info: StackInfo = {
    name,
    dtype: conversion.dtype,
    storedType: conversion.storedType,
    shape: [...spans.filter(span => span.keep).map(span => span.count), ...shape.slice(-2)],
    dimensions: [...dimensions.slice(0, -2).filter((_, i) => spans[i]!.keep), ...dimensions.slice(-2)],
    rows,
    columns,
    count,
    attributes: conversion.attributes,
    fillValues: conversion.fillValues,
    ...(typeof units === 'string' ? { units } : {}),
  };
  const read = (index: number): FloatArray => {
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new InputError('out-of-range', `Slice ${index} is out of range: ${name} has ${count} slices.`);
    }
    return conversion.convert(readStored(leadingOf(index, spans)));
  };
  return {
    ...info,
    read,
    *[Symbol.iterator]() {
      for (let i = 0; i < count; i++) yield read(i);
    },
  };
}

function leadingOf(index: number, spans: readonly Span[]): number[] {
  const leading = new Array<number>(spans.length);
  let rest = index;
  for (let d = spans.length - 1; d >= 0; d--) {
    const { start, count } = spans[d]!;
    leading[d] = start + (rest % count);
    rest = Math.floor(rest / count);
  }
  return leading;
}

function readAll(stack: SliceStack): Slab {
  const { read, [Symbol.iterator]: _, ...info } = stack;
  const perSlice = stack.rows * stack.columns;
  if (stack.count * perSlice * (stack.dtype === 'float32' ? 4 : 8) > largestSlab) {
    throw new InputError(
      'too-large',
      `${stack.name} (${shapeText(stack.shape)}) is more than 4 GiB in one piece; read it slice by slice or select a part.`,
    );
  }
  if (stack.count === 1) return { ...info, data: read(0) };
  const Values = stack.dtype === 'float32' ? Float32Array : Float64Array;
  // The first slice is read before the whole is allocated, so that a file that lies fails cheaply.
  const first = read(0);
  const data = new Values(stack.count * perSlice);
  data.set(first);
  for (let i = 1; i < stack.count; i++) data.set(read(i), i * perSlice);
  return { ...info, data };
}

export function makeSource(backend: Backend): Source {
  let open = true;
  const stack = (name?: string, selection?: Selection | string): SliceStack => {
    if (!open) throw new InputError('closed', `${backend.path} has been closed.`);
    const variable = findVariable(backend.path, backend.variables, name);
    return makeStack(backend, variable, typeof selection === 'string' ? parseSelection(selection) : selection);
  };
  return {
    path: backend.path,
    format: backend.format,
    attributes: backend.attributes,
    variables: () => [...backend.variables],
    chooseVariable: () => findVariable(backend.path, backend.variables, undefined).name,
    stack,
    read: (name, selection) => readAll(stack(name, selection)),
    *slices(name, selection) {
      yield* stack(name, selection);
    },
    close() {
      if (!open) return;
      open = false;
      backend.close();
    },
  };
}
