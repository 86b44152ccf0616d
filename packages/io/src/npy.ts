import { InputError } from './errors.js';
import type { InputFile } from './files.js';
import { allocate, orderBytes, product, type StoredArray, shapeText, sizeOf, viewAs } from './numeric.js';
import { numberedDimensions, rowMajorReader } from './raw.js';
import type { Backend } from './source.js';
import type { StoredType } from './types.js';

const typesByDescr: Readonly<Record<string, StoredType>> = {
  i1: 'int8',
  u1: 'uint8',
  b1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

interface NpyHeader {
  readonly dtype: StoredType;
  readonly endian: 'little' | 'big';
  readonly fortran: boolean;
  readonly shape: number[];
  readonly dataStart: number;
}

/** Numpy's own limit for headers it did not write is 10,000; ours only keeps a lie from allocating. */
const longestHeader = 1 << 16;

function headerText(file: InputFile): { text: string; dataStart: number } {
  const [major, minor] = file.bytes(6, 2) as unknown as [number, number];
  if (minor !== 0 || major < 1 || major > 3) {
    throw new InputError(
      'bad-header',
      `${file.path} is .npy of version ${major}.${minor}; versions 1.0 to 3.0 are known.`,
    );
  }
  const length = major === 1 ? file.bytes(8, 2).readUInt16LE(0) : file.bytes(8, 4).readUInt32LE(0);
  const start = major === 1 ? 10 : 12;
  if (start + length > file.size) throw file.truncated(start + length);
  if (length > longestHeader) {
    throw new InputError(
      'bad-header',
      `${file.path} has a .npy header of ${length} bytes, far longer than an array's.`,
    );
  }
  return { text: file.bytes(start, length).toString(major === 3 ? 'utf8' : 'latin1'), dataStart: start + length };
}

function parseHeader(file: InputFile): NpyHeader {
  const { text, dataStart } = headerText(file);
  const bad = (what: string) =>
    new InputError('bad-header', `${file.path} has a .npy header that cannot be read: ${what}.`);
  if (!/^\s*\{.*\}\s*$/s.test(text)) throw bad('it is not a dictionary');
  const order = /['"]fortran_order['"]\s*:\s*(True|False)\s*[,}]/.exec(text)?.[1];
  if (!order) throw bad('fortran_order is missing');
  const sizes = /['"]shape['"]\s*:\s*\(([\d\sL,]*)\)/.exec(text)?.[1];
  if (sizes === undefined) throw bad('its shape is missing');
  const shape = sizes
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    // Python 2 wrote long integers with an L.
    .map(part => (/^\d+L?$/.test(part) ? Number(part.replace('L', '')) : Number.NaN));
  if (!shape.every(Number.isSafeInteger)) throw bad('its shape is not made of whole numbers');
  const descr = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|\S)/.exec(text);
  if (!descr) throw bad('descr is missing');
  const [, byteOrder, code] = /^([<>|=]?)(\w+)$/.exec(descr[1] ?? '') ?? [];
  const dtype = code !== undefined && Object.hasOwn(typesByDescr, code) ? typesByDescr[code] : undefined;
  if (!dtype) {
    throw new InputError(
      'unsupported-type',
      `${file.path} holds values of type ${descr[1] ?? 'record'}; only real numbers and integers of up to 8 bytes can be read.`,
    );
  }
  return { dtype, endian: byteOrder === '>' ? 'big' : 'little', fortran: order === 'True', shape, dataStart };
}

export function openNpy(file: InputFile): Backend {
  const header = parseHeader(file);
  const { dtype, endian, shape, dataStart } = header;
  const values = product(shape);
  const needed = values === undefined ? Number.POSITIVE_INFINITY : dataStart + values * sizeOf(dtype);
  if (file.size < needed) throw file.truncated(needed, `an array of ${shapeText(shape)} ${dtype} values`);
  if (file.size > needed) {
    throw new InputError(
      'wrong-size',
      `${file.path} has ${file.size} bytes but its array of ${shapeText(shape)} ${dtype} values ends at ${needed}; it may hold several arrays, of which one file can hold only one.`,
    );
  }
  return {
    path: file.path,
    format: 'npy',
    attributes: {},
    variables: [{ name: 'data', dtype, shape, dimensions: numberedDimensions(shape.length), attributes: {} }],
    open: () =>
      header.fortran && shape.length > 1
        ? columnMajorReader(file, header)
        : rowMajorReader(file, shape, dtype, endian, dataStart),
    close: () => file.close(),
  };
}

/** How much of the file is in memory at once, and how much of it kept for the slices likely asked for next. */
const readBytes = 8 << 20;
const keepBytes = 64 << 20;

/**
 * Slices of an array in Fortran order. There, the values at one row and column lie together for all leading indices, so
 * every slice is strewn over the whole file: one pass collects as many slices as fit in `keepBytes`.
 */
function columnMajorReader(file: InputFile, header: NpyHeader): ReturnType<Backend['open']> {
  const { shape, dtype, endian, dataStart } = header;
  const size = sizeOf(dtype);
  const lead = shape.slice(0, -2);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const sites = rows * columns;
  const slices = product(lead)!;
  const batch = Math.max(1, Math.min(slices, Math.floor(keepBytes / (sites * size))));

  /** Where, within the values of one site, the slice with this row-major index lies. */
  const positionOf = (index: number): number => {
    let rest = index;
    let position = 0;
    let stride = slices;
    for (let d = lead.length - 1; d >= 0; d--) {
      stride /= lead[d]!;
      position += (rest % lead[d]!) * stride;
      rest = Math.floor(rest / lead[d]!);
    }
    return position;
  };

  let keptFrom = 0;
  let kept: StoredArray[] = [];
  const collect = (from: number): void => {
    keptFrom = from;
    const positions = Array.from({ length: Math.min(batch, slices - from) }, (_, i) => positionOf(from + i));
    const out = positions.map(() => allocate(dtype, sites));
    const low = positions.reduce((a, b) => Math.min(a, b));
    const width = positions.reduce((a, b) => Math.max(a, b)) - low + 1;
    // Whole sites at a time; where one site alone is too long, only the stretch of it that is wanted.
    const perRead = slices * size <= readBytes ? Math.max(1, Math.floor(readBytes / (slices * size))) : 1;
    for (let site = 0; site < sites; site += perRead) {
      const many = Math.min(perRead, sites - site);
      const length = ((many - 1) * slices + width) * size;
      const bytes = file.bytes(dataStart + (site * slices + low) * size, length);
      orderBytes(bytes, size, endian);
      const values = viewAs(dtype, bytes);
      for (let k = 0; k < many; k++) {
        const column = Math.floor((site + k) / rows);
        const target = ((site + k) % rows) * columns + column;
        for (let s = 0; s < out.length; s++) out[s]![target] = values[k * slices + positions[s]! - low]!;
      }
    }
    kept = out;
  };
  return leading => {
    let index = 0;
    for (let d = 0; d < leading.length; d++) index = index * lead[d]! + leading[d]!;
    if (slices === 1) {
      collect(0);
      const only = kept[0]!;
      kept = [];
      return only;
    }
    if (index < keptFrom || index >= keptFrom + kept.length) collect(index);
    // A copy: the caller owns what it gets, and may ask for the same slice again.
    return kept[index - keptFrom]!.slice();
  };
}
