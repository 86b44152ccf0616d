import { InputError } from './errors.js';
import type { InputFile } from './files.js';
import { type Netcdf3Header, type Netcdf3Variable, readNetcdf3Header, typeSize } from './netcdf3-header.js';
import { orderBytes, product, viewAs } from './numeric.js';
import type { Backend } from './source.js';
import type { StoredType, VariableInfo } from './types.js';

interface Layout {
  readonly header: Netcdf3Header;
  readonly records: number;
  /** Bytes from one record to the next. */
  readonly recordBytes: number;
}

const roundUp4 = (n: number): number => Math.ceil(n / 4) * 4;

const isRecord = (header: Netcdf3Header, variable: Netcdf3Variable): boolean =>
  variable.dimensions.length > 0 && header.dimensions[variable.dimensions[0]!]!.size === 0;

/** Bytes of one variable: of one record of it, where it has records. */
function blockBytes(file: InputFile, header: Netcdf3Header, variable: Netcdf3Variable): number {
  const fixed = variable.dimensions.slice(isRecord(header, variable) ? 1 : 0);
  const bytes = product([...fixed.map(id => header.dimensions[id]!.size), typeSize(variable.type)]);
  if (bytes === undefined) {
    throw new InputError(
      'bad-header',
      `${file.path} says that variable ${variable.name} is larger than any file can be; the header is damaged.`,
    );
  }
  return bytes;
}

function layOut(file: InputFile, header: Netcdf3Header): Layout {
  const recorded = header.variables.filter(v => isRecord(header, v));
  const blocks = recorded.map(v => blockBytes(file, header, v));
  // By the format's definition a lone record variable is not padded.
  const recordBytes = blocks.length === 1 ? blocks[0]! : blocks.reduce((sum, bytes) => sum + roundUp4(bytes), 0);
  let { records } = header;
  if (records === undefined) {
    const first = recorded.reduce((least, v) => Math.min(least, v.begin), Number.POSITIVE_INFINITY);
    records = recordBytes > 0 && first < file.size ? Math.floor((file.size - first) / recordBytes) : 0;
  }
  return { header, records, recordBytes };
}

function openVariable(file: InputFile, layout: Layout, variable: Netcdf3Variable): ReturnType<Backend['open']> {
  const { header, records, recordBytes } = layout;
  const { begin, name } = variable;
  const type = variable.type as StoredType;
  const size = typeSize(type);
  const inRecords = isRecord(header, variable);
  const block = blockBytes(file, header, variable);
  const end = inRecords ? begin + (records - 1) * recordBytes + block : begin + block;
  if (begin < header.end) {
    throw new InputError(
      'bad-header',
      `${file.path} places variable ${name} at byte ${begin}, inside its own header; the header is damaged.`,
    );
  }
  if (!(end <= file.size)) throw file.truncated(end, `variable ${name}`);

  const shape = variable.dimensions.map(id => header.dimensions[id]!.size);
  const inner = inRecords ? shape.slice(1) : shape;
  const sliceBytes = product(inner.slice(-2))! * size;

  if (inRecords && inner.length < 2) {
    // The slice's rows are the records (or, in one dimension, its columns), each in a place of its own.
    return () => {
      const bytes = Buffer.from(new ArrayBuffer(records * block));
      if (recordBytes === block) file.readInto(bytes, begin);
      else gather(file, bytes, begin, block, recordBytes);
      orderBytes(bytes, size, 'big');
      return viewAs(type, bytes);
    };
  }
  return leading => {
    let position = begin;
    let rest = leading;
    if (inRecords) {
      position += leading[0]! * recordBytes;
      rest = leading.slice(1);
    }
    let index = 0;
    for (let d = 0; d < rest.length; d++) index = index * inner[d]! + rest[d]!;
    const bytes = file.bytes(position + index * sliceBytes, sliceBytes);
    orderBytes(bytes, size, 'big');
    return viewAs(type, bytes);
  };
}

/** Fills `target` with blocks that lie `stride` apart. */
function gather(file: InputFile, target: Buffer, begin: number, block: number, stride: number): void {
  const total = target.length / block;
  // Close together they are read with what lies between; far apart, one by one.
  const perRead = stride > 1 << 16 ? 1 : Math.max(1, Math.floor((1 << 20) / stride));
  for (let record = 0; record < total; record += perRead) {
    const many = Math.min(perRead, total - record);
    const bytes = file.bytes(begin + record * stride, (many - 1) * stride + block);
    for (let k = 0; k < many; k++) bytes.copy(target, (record + k) * block, k * stride, k * stride + block);
  }
}

export function openNetcdf3(file: InputFile): Backend {
  const header = readNetcdf3Header(file);
  const layout = layOut(file, header);
  const pairs = new Map<VariableInfo, Netcdf3Variable>();
  for (const variable of header.variables) {
    const info: VariableInfo = {
      name: variable.name,
      dtype: variable.type,
      shape: variable.dimensions.map(id => header.dimensions[id]!.size || layout.records),
      dimensions: variable.dimensions.map(id => header.dimensions[id]!.name),
      attributes: variable.attributes,
    };
    pairs.set(info, variable);
  }
  return {
    path: file.path,
    format: 'netcdf3',
    attributes: header.attributes,
    variables: [...pairs.keys()],
    open: info => openVariable(file, layout, pairs.get(info)!),
    close: () => file.close(),
  };
}
