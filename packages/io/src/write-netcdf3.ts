import type { OutputFile } from './atomic.js';
import { InputError } from './errors.js';
import { netcdf3Types, typeSize } from './netcdf3-header.js';
import { product, shapeText } from './numeric.js';
import type { Attributes, AttributeValue, Dtype, FloatArray } from './types.js';
import { type ArrayLayout, type SliceWriter, valueWriter, writeValues } from './write-values.js';

/** The coordinates of one dimension. */
export interface Coordinate {
  /** The dimension's name, which is also the coordinate variable's. */
  readonly name: string;
  readonly values: FloatArray;
  readonly attributes?: Readonly<Attributes>;
}

export interface NetcdfLayout extends ArrayLayout {
  readonly name: string;
  /** One a dimension; `dim0`, `dim1` ... where left out. */
  readonly dimensions?: readonly string[];
  readonly attributes?: Readonly<Attributes>;
  readonly coordinates?: readonly Coordinate[];
  readonly globalAttributes?: Readonly<Attributes>;
}

interface Plan {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dimensionIds: readonly number[];
  readonly attributes: Readonly<Attributes>;
  readonly bytes: number;
}

/** Attributes that readers compare with the values, and which therefore must have the values' type. */
const valueTyped = new Set(['_FillValue', 'missing_value', 'valid_min', 'valid_max', 'valid_range']);

const roundUp4 = (n: number): number => Math.ceil(n / 4) * 4;

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes], roundUp4(bytes.length));

/** NetCDF forbids slashes in names, and HDF5 paths are made of them. */
const legalName = (name: string): string => name.replace(/^\/+/, '').replaceAll('/', '_').trimEnd() || 'data';

const nameBytes = (name: string): Buffer => {
  const bytes = Buffer.from(name, 'utf8');
  return Buffer.concat([u32(bytes.length), padded(bytes)]);
};

function attributeBytes(name: string, value: AttributeValue, dtype: Dtype): Buffer | undefined {
  if (typeof value === 'string') {
    if (valueTyped.has(name)) return undefined;
    const bytes = Buffer.from(value, 'utf8');
    return Buffer.concat([nameBytes(name), u32(netcdf3Types.indexOf('char')), u32(bytes.length), padded(bytes)]);
  }
  const numbers = typeof value === 'number' ? [value] : value;
  // _FillValue is one value by definition.
  const values = name === '_FillValue' ? numbers.slice(0, 1) : numbers;
  if (values.length === 0) return undefined;
  const type = valueTyped.has(name) ? dtype : 'float64';
  const size = typeSize(type);
  const bytes = Buffer.alloc(values.length * size);
  values.forEach((v, i) => {
    if (type === 'float32') bytes.writeFloatBE(v, i * size);
    else bytes.writeDoubleBE(v, i * size);
  });
  return Buffer.concat([nameBytes(name), u32(netcdf3Types.indexOf(type)), u32(values.length), bytes]);
}

function listBytes(tag: number, entries: readonly Buffer[]): Buffer {
  return entries.length ? Buffer.concat([u32(tag), u32(entries.length), ...entries]) : Buffer.alloc(8);
}

function attributesBytes(attributes: Readonly<Attributes>, dtype: Dtype): Buffer {
  const entries = Object.entries(attributes).map(([name, value]) => attributeBytes(legalName(name), value, dtype));
  return listBytes(
    12,
    entries.filter(entry => entry !== undefined),
  );
}

/** Dimensions by name; one name with two sizes becomes two names. */
function nameDimensions(shape: readonly number[], wanted: readonly string[]): { names: string[]; ids: number[] } {
  const names: string[] = [];
  const sizes: number[] = [];
  const ids = shape.map((size, i) => {
    const base = legalName(wanted[i] ?? `dim${i}`);
    let name = base;
    for (let n = 2; ; n++) {
      const known = names.indexOf(name);
      if (known < 0) break;
      if (sizes[known] === size) return known;
      name = `${base}_${n}`;
    }
    sizes.push(size);
    return names.push(name) - 1;
  });
  return { names, ids };
}

const byteLength = (dtype: Dtype, values: number): number => values * (dtype === 'float32' ? 4 : 8);

function headerBytes(
  layout: NetcdfLayout,
  dimensions: readonly (readonly [string, number])[],
  plans: readonly Plan[],
  dataStart: number,
): Buffer {
  let begin = dataStart;
  const variables = plans.map(plan => {
    const bytes = Buffer.concat([
      nameBytes(plan.name),
      u32(plan.dimensionIds.length),
      ...plan.dimensionIds.map(u32),
      attributesBytes(plan.attributes, plan.dtype),
      u32(netcdf3Types.indexOf(plan.dtype)),
      // The format's way of saying "more than fits in this field", allowed for the last variable.
      u32(Math.min(plan.bytes, 0xffffffff)),
      u64(begin),
    ]);
    begin += plan.bytes;
    return bytes;
  });
  return Buffer.concat([
    Buffer.from('CDF\x02', 'latin1'),
    u32(0),
    listBytes(
      10,
      dimensions.map(([name, size]) => Buffer.concat([nameBytes(name), u32(size)])),
    ),
    attributesBytes(layout.globalAttributes ?? {}, layout.dtype),
    listBytes(11, variables),
  ]);
}

/** A classic NetCDF file (64-bit offsets) of one variable and the coordinates of its dimensions. */
export function netcdf3Writer(out: OutputFile, layout: NetcdfLayout): SliceWriter {
  const { shape, dtype } = layout;
  const total = product(shape);
  if (total === undefined || !shape.every(size => Number.isInteger(size) && size > 0 && size < 2 ** 31)) {
    throw new InputError('bad-layout', `${shapeText(shape)} is not a shape that a NetCDF-3 variable can have.`);
  }
  const { names, ids } = nameDimensions(shape, layout.dimensions ?? []);
  const dimensions = names.map((name, id) => [name, shape[ids.indexOf(id)]!] as const);
  const coordinates = (layout.coordinates ?? []).map(({ name, values, attributes = {} }): Plan => {
    const id = names.indexOf(legalName(name));
    if (id < 0 || dimensions[id]![1] !== values.length) {
      throw new InputError(
        'bad-layout',
        `Coordinate ${name} has ${values.length} values, and no dimension has that name and size.`,
      );
    }
    const type = values instanceof Float32Array ? 'float32' : 'float64';
    return { name: names[id]!, dtype: type, dimensionIds: [id], attributes, bytes: byteLength(type, values.length) };
  });
  const name = legalName(layout.name);
  const main: Plan = {
    // A field named like its dimension would be taken for that dimension's coordinate.
    name: names.includes(name) && shape.length > 1 ? `${name}_field` : name,
    dtype,
    dimensionIds: ids,
    attributes: layout.attributes ?? {},
    bytes: byteLength(dtype, total),
  };
  // The field comes last, because only the last variable may be larger than 4 GiB.
  const plans = [...coordinates, main];
  const length = headerBytes(layout, dimensions, plans, 0).length;
  out.write(headerBytes(layout, dimensions, plans, length));
  for (const { values } of layout.coordinates ?? []) writeValues(out, values, 'big');
  return valueWriter(out, { shape, dtype }, 'big');
}
