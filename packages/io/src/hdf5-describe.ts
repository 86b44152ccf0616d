import { type H5Module, type H5Type, h5Class } from './hdf5-module.js';
import { define } from './netcdf3-header.js';
import { numberedDimensions } from './raw.js';
import type { Attributes, AttributeValue, StoredType, VariableInfo } from './types.js';

/** A dataset and where it is in the file. */
export interface H5Variable {
  readonly info: VariableInfo;
  readonly path: string;
  readonly chunks: readonly number[] | undefined;
}

/** Bookkeeping of HDF5 and NetCDF-4, which says nothing about the values. */
const hidden = new Set([
  'CLASS',
  'NAME',
  'DIMENSION_LIST',
  'REFERENCE_LIST',
  'DIMENSION_LABELS',
  '_Netcdf4Dimid',
  '_Netcdf4Coordinates',
  '_NCProperties',
  '_nc3_strict',
]);

const longestAttribute = 1 << 20;
const pureDimension = 'This is a netCDF dimension but not a netCDF variable';
/** NetCDF-4 gives a variable this prefix when it has a dimension's name without being its coordinate. */
const nonCoordinate = '_nc4_non_coord_';

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function storedType({ type, size, signed, vlen }: H5Type): VariableInfo['dtype'] {
  if (type === h5Class.integer && !vlen && [1, 2, 4, 8].includes(size)) {
    return `${signed ? 'int' : 'uint'}${size * 8}` as StoredType;
  }
  // 2-byte floats are of several kinds (IEEE, bfloat16) that h5wasm does not tell apart, so none is guessed.
  if (type === h5Class.float && (size === 4 || size === 8)) return size === 4 ? 'float32' : 'float64';
  return type === h5Class.string ? 'string' : 'other';
}

function readAttribute(h5: H5Module, file: bigint, path: string, name: string): AttributeValue | undefined {
  const meta = h5.get_attribute_metadata(file, path, name);
  const length = meta.size * meta.total_size;
  if (!meta.shape || !(length > 0) || length > longestAttribute) return undefined;
  const numeric = storedType(meta);
  const isString = meta.type === h5Class.string;
  if (!isString && numeric === 'other') return undefined;
  const pointer = h5._calloc(length, 1);
  if (pointer === 0) return undefined;
  try {
    // Checked, because what a failed read leaves here would be taken for pointers below.
    if (h5.get_attribute_data(file, path, name, BigInt(pointer)) < 0) return undefined;
    const bytes = h5.HEAPU8.slice(pointer, pointer + length);
    if (isString && meta.vlen) {
      const texts = Array.from(new Uint32Array(bytes.buffer), at => (at ? h5.UTF8ToString(at, longestAttribute) : ''));
      h5.reclaim_vlen_memory(file, path, name, BigInt(pointer));
      return texts.join(', ');
    }
    if (isString) {
      const texts: string[] = [];
      for (let i = 0; i < length; i += meta.size) {
        texts.push(Buffer.from(bytes.buffer, i, meta.size).toString('utf8').replace(/\0.*$/s, ''));
      }
      return texts.join(', ');
    }
    const values = Array.from(viewLittle(numeric as StoredType, bytes), Number);
    return values.length === 1 ? values[0]! : values;
  } finally {
    h5._free(pointer);
  }
}

function viewLittle(type: StoredType, bytes: Uint8Array): ArrayLike<number | bigint> {
  const view = new DataView(bytes.buffer);
  const get: Partial<Record<StoredType, (at: number) => number | bigint>> = {
    int8: at => view.getInt8(at),
    uint8: at => view.getUint8(at),
    int16: at => view.getInt16(at, true),
    uint16: at => view.getUint16(at, true),
    int32: at => view.getInt32(at, true),
    uint32: at => view.getUint32(at, true),
    int64: at => view.getBigInt64(at, true),
    uint64: at => view.getBigUint64(at, true),
    float32: at => view.getFloat32(at, true),
    float64: at => view.getFloat64(at, true),
  };
  const size = Number(/\d+/.exec(type)![0]) / 8;
  return Array.from({ length: bytes.length / size }, (_, i) => get[type]!(i * size));
}

interface AllAttributes {
  readonly visible: Attributes;
  readonly all: Attributes;
}

function readAttributes(h5: H5Module, file: bigint, path: string): AllAttributes {
  const visible: Attributes = {};
  const all: Attributes = {};
  for (const name of h5.get_attribute_names(file, path)) {
    const value = readAttribute(h5, file, path, name);
    if (value === undefined) continue;
    define(all, name, value);
    if (!hidden.has(name)) define(visible, name, value);
  }
  return { visible, all };
}

function dimensionNames(
  h5: H5Module,
  file: bigint,
  path: string,
  rank: number,
  { all }: AllAttributes,
  byId: ReadonlyMap<number, string>,
): string[] {
  const names = numberedDimensions(rank);
  const isScale = all.CLASS === 'DIMENSION_SCALE';
  // A scale is the coordinate of its own dimension and has no scales attached.
  if (isScale && rank === 1) return [baseName(path)];
  const ids = all._Netcdf4Coordinates;
  const labels = h5.get_dimension_labels(file, path);
  for (let d = 0; d < rank; d++) {
    const scale = isScale ? undefined : h5.get_attached_scales(file, path, d)[0];
    const id = Array.isArray(ids) ? ids[d] : rank === 1 && typeof ids === 'number' ? ids : undefined;
    names[d] = (scale && baseName(scale)) || (id !== undefined && byId.get(id)) || labels[d] || names[d]!;
  }
  return names;
}

/** Everything the file says about its datasets. */
export function describeH5(h5: H5Module, file: bigint): { variables: H5Variable[]; attributes: Attributes } {
  const paths = h5.get_names(file, '/', true).filter(path => {
    try {
      return h5.get_type(file, path) === h5.H5O_TYPE_DATASET;
    } catch {
      // A link that leads nowhere.
      return false;
    }
  });
  const attributes = new Map(paths.map(path => [path, readAttributes(h5, file, path)]));
  const byId = new Map<number, string>();
  for (const [path, { all }] of attributes) {
    const id = all._Netcdf4Dimid;
    if (all.CLASS === 'DIMENSION_SCALE' && typeof id === 'number') byId.set(id, baseName(path));
  }
  const variables: H5Variable[] = [];
  for (const [path, found] of attributes) {
    if (typeof found.all.NAME === 'string' && found.all.NAME.startsWith(pureDimension)) continue;
    const meta = h5.get_dataset_metadata(file, path);
    // A null dataspace: declared and never given a shape.
    const shape = meta.shape;
    if (!shape) continue;
    variables.push({
      path,
      chunks: meta.chunks ?? undefined,
      info: {
        name: path.replace(nonCoordinate, ''),
        dtype: storedType(meta),
        shape: [...shape],
        dimensions: dimensionNames(h5, file, path, shape.length, found, byId),
        attributes: found.visible,
      },
    });
  }
  return { variables, attributes: readAttributes(h5, file, '/').visible };
}
