/** Builds NetCDF-3 files byte by byte from the format's definition, independently of the package's own writer. */
export type NcType = 'int8' | 'char' | 'int16' | 'int32' | 'float32' | 'float64' | 'uint8' | 'uint16' | 'int64';

const types: Record<NcType, [code: number, size: number]> = {
  int8: [1, 1],
  char: [2, 1],
  int16: [3, 2],
  int32: [4, 4],
  float32: [5, 4],
  float64: [6, 8],
  uint8: [7, 1],
  uint16: [8, 2],
  int64: [10, 8],
};

export interface NcVariable {
  readonly name: string;
  readonly type: NcType;
  readonly dimensions: number[];
  /** All values; of a record variable, record after record. */
  readonly values: number[];
  readonly attributes?: Record<string, [NcType, number[]] | string>;
}

export interface NcFile {
  readonly version: 1 | 2 | 5;
  readonly dimensions: [string, number][];
  readonly records?: number;
  readonly streaming?: boolean;
  readonly variables: NcVariable[];
}

const align = (n: number) => (n + 3) & ~3;

function encode(type: NcType, values: readonly number[]): Buffer {
  const size = types[type][1];
  const bytes = Buffer.alloc(values.length * size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  values.forEach((v, i) => {
    if (type === 'float32') view.setFloat32(i * 4, v);
    else if (type === 'float64') view.setFloat64(i * 8, v);
    else if (type === 'int64') view.setBigInt64(i * 8, BigInt(v));
    else if (size === 4) view.setInt32(i * 4, v);
    else if (size === 2) view.setInt16(i * 2, v);
    else view.setInt8(i, v);
  });
  return bytes;
}

const padded = (bytes: Buffer) => Buffer.concat([bytes], align(bytes.length));

export function netcdf3Bytes(file: NcFile): { bytes: Buffer; headerLength: number } {
  const { version, records = 0 } = file;
  const u32 = (n: number) => {
    const b = Buffer.alloc(4);
    b.writeUInt32BE(n);
    return b;
  };
  const u64 = (n: number) => {
    const b = Buffer.alloc(8);
    b.writeBigUInt64BE(BigInt(n));
    return b;
  };
  const count = version === 5 ? u64 : u32;
  const name = (text: string) => Buffer.concat([count(Buffer.byteLength(text)), padded(Buffer.from(text))]);
  const list = (tag: number, entries: Buffer[]) =>
    entries.length ? Buffer.concat([u32(tag), count(entries.length), ...entries]) : Buffer.concat([u32(0), count(0)]);
  const attributes = (all: NcVariable['attributes'] = {}) =>
    list(
      12,
      Object.entries(all).map(([key, value]) => {
        const [type, data] = typeof value === 'string' ? (['char', [...Buffer.from(value)]] as const) : value;
        return Buffer.concat([name(key), u32(types[type][0]), count(data.length), padded(encode(type, data))]);
      }),
    );

  const isRecord = (v: NcVariable) => v.dimensions.length > 0 && file.dimensions[v.dimensions[0]!]![1] === 0;
  const recorded = file.variables.filter(isRecord);
  const block = (v: NcVariable) => encode(v.type, v.values).length / (isRecord(v) ? records || 1 : 1);
  const step = (v: NcVariable) => (isRecord(v) && recorded.length === 1 ? block(v) : align(block(v)));
  const recordBytes = recorded.reduce((sum, v) => sum + step(v), 0);

  const header = (begins: number[]) =>
    Buffer.concat([
      Buffer.from([0x43, 0x44, 0x46, version]),
      file.streaming ? Buffer.alloc(version === 5 ? 8 : 4, 0xff) : count(records),
      list(
        10,
        file.dimensions.map(([key, size]) => Buffer.concat([name(key), count(size)])),
      ),
      attributes({ title: 'made by hand' }),
      list(
        11,
        file.variables.map((v, i) =>
          Buffer.concat([
            name(v.name),
            count(v.dimensions.length),
            ...v.dimensions.map(count),
            attributes(v.attributes),
            u32(types[v.type][0]),
            count(step(v)),
            (version === 1 ? u32 : u64)(begins[i]!),
          ]),
        ),
      ),
    ]);
  const headerLength = header(file.variables.map(() => 0)).length;
  let fixedEnd = headerLength;
  const begins = new Map<NcVariable, number>();
  for (const v of file.variables.filter(v => !isRecord(v))) {
    begins.set(v, fixedEnd);
    fixedEnd += step(v);
  }
  let at = fixedEnd;
  for (const v of recorded) {
    begins.set(v, at);
    at += step(v);
  }
  const bytes = Buffer.alloc(fixedEnd + recordBytes * records);
  header(file.variables.map(v => begins.get(v)!)).copy(bytes);
  for (const v of file.variables) {
    const data = encode(v.type, v.values);
    if (!isRecord(v)) data.copy(bytes, begins.get(v)!);
    else
      for (let r = 0; r < records; r++)
        data.copy(bytes, begins.get(v)! + r * recordBytes, r * block(v), (r + 1) * block(v));
  }
  return { bytes, headerLength };
}
