import { InputError } from './errors.js';
import type { InputFile } from './files.js';
import { orderBytes, sizeOf, viewAs } from './numeric.js';
import type { Attributes, AttributeValue, StoredType } from './types.js';

export type Netcdf3Type = StoredType | 'char';

/** nc_type numbers; those above 6 exist in CDF-5 only. */
export const netcdf3Types: readonly (Netcdf3Type | undefined)[] = [
  undefined,
  'int8',
  'char',
  'int16',
  'int32',
  'float32',
  'float64',
  'uint8',
  'uint16',
  'uint32',
  'int64',
  'uint64',
];

export interface Netcdf3Dimension {
  readonly name: string;
  /** 0 for the record dimension. */
  readonly size: number;
}

export interface Netcdf3Variable {
  readonly name: string;
  readonly type: Netcdf3Type;
  readonly dimensions: readonly number[];
  readonly attributes: Attributes;
  readonly begin: number;
}

export interface Netcdf3Header {
  readonly version: 1 | 2 | 5;
  /** Undefined where the file says that it was being streamed: then the file's size tells. */
  readonly records: number | undefined;
  readonly dimensions: readonly Netcdf3Dimension[];
  readonly attributes: Attributes;
  readonly variables: readonly Netcdf3Variable[];
  readonly end: number;
}

export const typeSize = (type: Netcdf3Type): number => (type === 'char' ? 1 : sizeOf(type));

const roundUp4 = (n: number): number => Math.ceil(n / 4) * 4;

/** More than any file in earnest; keeps a false count from filling memory. */
const mostEntries = 1 << 20;
const longestName = 1 << 12;
const longestAttribute = 1 << 20;

const tags = { dimensions: 10, variables: 11, attributes: 12 } as const;

/** Reads header fields one after another, fetching the file piece by piece. */
class Cursor {
  readonly #file: InputFile;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;
  position = 0;
  /** CDF-5 counts in 64 bits, its predecessors in 32. */
  wide = false;

  constructor(file: InputFile) {
    this.#file = file;
  }

  bad(what: string): InputError {
    return new InputError(
      'bad-header',
      `${this.#file.path} begins like a NetCDF-3 file but its header makes no sense at byte ${this.position}: ${what}.`,
    );
  }

  take(length: number): Buffer {
    if (this.position + length > this.#file.size) throw this.#file.truncated(this.position + length);
    const from = this.position - this.#windowStart;
    if (from + length > this.#window.length) {
      const size = Math.min(Math.max(length, 1 << 16), this.#file.size - this.position);
      this.#window = this.#file.bytes(this.position, size);
      this.#windowStart = this.position;
      this.position += length;
      return this.#window.subarray(0, length);
    }
    this.position += length;
    return this.#window.subarray(from, from + length);
  }

  skip(length: number): void {
    if (this.position + length > this.#file.size) throw this.#file.truncated(this.position + length);
    this.position += length;
    // The window is only ever ahead of the position.
    if (this.position > this.#windowStart + this.#window.length) {
      this.#window = Buffer.alloc(0);
      this.#windowStart = this.position;
    }
  }

  u32(): number {
    return this.take(4).readUInt32BE(0);
  }

  u64(): number {
    const value = this.take(8).readBigUInt64BE(0);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.bad(`${value} is not a size a file can have`);
    return Number(value);
  }

  count(): number {
    return this.wide ? this.u64() : this.u32();
  }

  name(): string {
    const length = this.count();
    if (length > longestName) throw this.bad(`a name of ${length} bytes`);
    return this.take(roundUp4(length)).subarray(0, length).toString('utf8');
  }

  /** A list's length after its tag; `least` is the fewest bytes one entry takes. */
  listLength(tag: number, what: string, least: number): number {
    const found = this.u32();
    const length = this.count();
    if (found === 0 && length === 0) return 0;
    if (found !== tag) throw this.bad(`tag ${found} where the list of ${what} should start`);
    if (length * least + this.position > this.#file.size) throw this.#file.truncated(length * least + this.position);
    if (length > mostEntries) throw this.bad(`a list of ${length} ${what}`);
    return length;
  }

  type(version: number): Netcdf3Type {
    const number = this.u32();
    const type = netcdf3Types[number];
    if (type === undefined || (version !== 5 && number > 6)) throw this.bad(`type number ${number}`);
    return type;
  }
}

function readAttributes(cursor: Cursor, version: number): Attributes {
  const attributes: Attributes = {};
  const length = cursor.listLength(tags.attributes, 'attributes', 12);
  for (let i = 0; i < length; i++) {
    const name = cursor.name();
    const type = cursor.type(version);
    const bytes = cursor.count() * typeSize(type);
    // Nothing that concerns the values is this long.
    if (bytes > longestAttribute) cursor.skip(roundUp4(bytes));
    else define(attributes, name, attributeValue(type, cursor.take(roundUp4(bytes)).subarray(0, bytes)));
  }
  return attributes;
}

/** Plain assignment would let an attribute called `__proto__` change the object itself. */
export function define(attributes: Attributes, name: string, value: AttributeValue): void {
  Object.defineProperty(attributes, name, { value, enumerable: true, writable: true, configurable: true });
}

function attributeValue(type: Netcdf3Type, bytes: Buffer): AttributeValue {
  // C programs like to count the closing zero.
  if (type === 'char') return bytes.toString('utf8').replace(/\0+$/, '');
  // Copied into a buffer of its own, which is aligned.
  const own = Buffer.from(new ArrayBuffer(bytes.length));
  bytes.copy(own);
  orderBytes(own, typeSize(type), 'big');
  const values = Array.from(viewAs(type, own) as ArrayLike<number | bigint>, Number);
  return values.length === 1 ? values[0]! : values;
}

export function readNetcdf3Header(file: InputFile): Netcdf3Header {
  const cursor = new Cursor(file);
  const version = cursor.take(4)[3] as 1 | 2 | 5;
  cursor.wide = version === 5;
  const streaming = cursor.wide ? 'ffffffffffffffff' : 'ffffffff';
  const raw = cursor.take(cursor.wide ? 8 : 4).toString('hex');
  const records = raw === streaming ? undefined : Number(BigInt(`0x${raw}`));
  if (records !== undefined && !Number.isSafeInteger(records)) throw cursor.bad(`${records} records`);

  const dimensions: Netcdf3Dimension[] = [];
  const dimensionCount = cursor.listLength(tags.dimensions, 'dimensions', 8);
  for (let i = 0; i < dimensionCount; i++) {
    const name = cursor.name();
    dimensions.push({ name, size: cursor.count() });
  }
  if (dimensions.filter(d => d.size === 0).length > 1) throw cursor.bad('two record dimensions');
  const attributes = readAttributes(cursor, version);

  const variables: Netcdf3Variable[] = [];
  const variableCount = cursor.listLength(tags.variables, 'variables', 28);
  for (let i = 0; i < variableCount; i++) {
    const name = cursor.name();
    const rank = cursor.count();
    if (rank > 1024) throw cursor.bad(`a variable of ${rank} dimensions`);
    const ids: number[] = [];
    for (let d = 0; d < rank; d++) {
      const id = cursor.count();
      if (id >= dimensions.length) throw cursor.bad(`dimension number ${id} of ${dimensions.length}`);
      if (d > 0 && dimensions[id]!.size === 0) throw cursor.bad(`the record dimension of ${name} is not its first`);
      ids.push(id);
    }
    const variableAttributes = readAttributes(cursor, version);
    const type = cursor.type(version);
    // vsize: follows from type and shape, and overflows for large variables, so it is not trusted.
    cursor.count();
    const begin = version === 1 ? cursor.u32() : cursor.u64();
    variables.push({ name, type, dimensions: ids, attributes: variableAttributes, begin });
  }
  return { version, records, dimensions, attributes, variables, end: cursor.position };
}
