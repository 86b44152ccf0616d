import { crc32 } from 'node:zlib';
import { ArgumentError, FormatError, UnsupportedError } from '../errors.js';
import { type Dtype, type Stack, stackOf } from '../field.js';
import { MAX_VARINT_BYTES, readVarint, varintBytes } from '../varint.js';
import { type ByteSource, concatenate, hex, readExactly, uint32At, uint32Bytes } from './bytes.js';
import { Cursor, valueBytes, writeValue } from './cursor.js';
import { CHECKSUM_BYTES, hex32 } from './section.js';

/**
 * "FLDZ" with the top bit of the first letter set: no text starts so, in ASCII or in UTF-8, and a channel that strips the top bit
 * shows at once.
 */
export const MAGIC = Uint8Array.of(0xc6, 0x4c, 0x44, 0x5a);
export const FORMAT_VERSION = 1;
export const MODEL_HASH_BYTES = 8;
/** A reader takes no more than this on trust before it has seen a checksum. */
export const MAX_HEADER_BYTES = 2 ** 16;

/** What the container says of the whole file. */
export interface Header {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Number of the codec; what it stands for is the registry's matter. */
  readonly codec: number;
  /** First eight bytes of the SHA-256 of the model's manifest; absent for a codec without a model. */
  readonly modelHash?: Uint8Array | undefined;
  /** What the codec wants to know of the whole file; opaque here. */
  readonly parameters: Uint8Array;
  /** Values that mean "missing", rounded to the type of the field when written. */
  readonly fillValues: readonly number[];
}

/** Bits of the first header byte. */
const kindBits = { dtype: 0b0011, attributes: 0b0100, model: 0b1000, reserved: 0b1111_0000 } as const;
const dtypes: readonly Dtype[] = ['float32', 'float64'];

/** @throws ArgumentError if the header does not describe a file. */
export function headerBytes(header: Header, hasAttributes: boolean): Uint8Array {
  const { dtype, shape, codec, modelHash, parameters, fillValues } = header;
  stackOf(shape);
  if (!Number.isInteger(codec) || codec < 0 || codec > 255) {
    throw new ArgumentError(`Expected a codec number from 0 to 255, found ${codec}.`);
  }
  if (modelHash && modelHash.length !== MODEL_HASH_BYTES) {
    throw new ArgumentError(`Expected a model hash of ${MODEL_HASH_BYTES} bytes, found ${modelHash.length}.`);
  }
  const kind = dtypes.indexOf(dtype) | (hasAttributes ? kindBits.attributes : 0) | (modelHash ? kindBits.model : 0);
  const fields = concatenate([
    Uint8Array.of(kind, codec),
    modelHash ?? new Uint8Array(0),
    varintBytes(shape.length),
    ...shape.map(varintBytes),
    varintBytes(parameters.length),
    parameters,
    ...fillValues.map(value => writeValue(dtype, value)),
  ]);
  if (fields.length > MAX_HEADER_BYTES) {
    throw new ArgumentError(
      `The header takes ${fields.length} bytes, beyond the limit of ${MAX_HEADER_BYTES}: there are ${fillValues.length} fill values.`,
    );
  }
  const body = concatenate([MAGIC, Uint8Array.of(FORMAT_VERSION), varintBytes(fields.length), fields]);
  return concatenate([body, uint32Bytes(crc32(body))]);
}

export interface ReadHeader {
  readonly header: Header;
  readonly stack: Stack;
  readonly hasAttributes: boolean;
  /** First byte after the header and its checksum. */
  readonly end: number;
}

/** Reads the header; its checksum is verified before anything in it is believed. */
export function readHeader(source: ByteSource): ReadHeader {
  const lengthAt = MAGIC.length + 1;
  const start = readExactly(source, 0, Math.min(source.size, lengthAt + MAX_VARINT_BYTES));
  const found = start.subarray(0, MAGIC.length);
  if (hex(found) !== hex(MAGIC)) {
    throw new FormatError(`This is not a fieldzip file: found ${hex(found) || 'no bytes'}, expected ${hex(MAGIC)}.`);
  }
  checkVersion(start[MAGIC.length]);
  const length = readVarint(start, lengthAt);
  if (!length) throw new FormatError(`The file is cut off within its header: ${source.size} bytes are there.`);
  if (length.value > MAX_HEADER_BYTES) {
    throw new FormatError(`Expected a header of at most ${MAX_HEADER_BYTES} bytes, found ${length.value}.`);
  }
  const end = length.next + length.value + CHECKSUM_BYTES;
  if (end > source.size) {
    throw new FormatError(`The file is cut off: its header needs ${end} bytes, ${source.size} are there.`);
  }
  const bytes = readExactly(source, 0, end);
  const body = bytes.subarray(0, end - CHECKSUM_BYTES);
  const checksum = crc32(body);
  const expected = uint32At(bytes, body.length);
  if (checksum !== expected) {
    throw new FormatError(`The header is damaged: its checksum is ${hex32(checksum)}, expected ${hex32(expected)}.`);
  }
  return { ...parseFields(body.subarray(length.next)), end };
}

function checkVersion(version: number | undefined): void {
  if (version === undefined) throw new FormatError('The file is cut off within its header.');
  if (version > FORMAT_VERSION) {
    throw new UnsupportedError(
      `The file has format version ${version}; this version of fieldzip reads version ${FORMAT_VERSION}.`,
    );
  }
  if (version < FORMAT_VERSION) {
    throw new FormatError(`Expected format version ${FORMAT_VERSION}, found ${version}, which never was.`);
  }
}

function parseFields(fields: Uint8Array): Omit<ReadHeader, 'end'> {
  const cursor = new Cursor(fields, 'the header');
  const kind = cursor.byte('kind');
  if (kind & kindBits.reserved) {
    throw new UnsupportedError(
      `The header has flags that this version of fieldzip does not know: found ${kind.toString(2).padStart(8, '0')}, expected 0000xxxx.`,
    );
  }
  const dtype = dtypes[kind & kindBits.dtype];
  if (!dtype) {
    throw new UnsupportedError(
      `Expected values of type 0 (float32) or 1 (float64), found type ${kind & kindBits.dtype}.`,
    );
  }
  const codec = cursor.byte('codec number');
  const modelHash = kind & kindBits.model ? cursor.take(MODEL_HASH_BYTES, 'model hash').slice() : undefined;
  const { shape, stack } = parseShape(cursor);
  const parameters = cursor.take(cursor.varint('codec parameters'), 'codec parameters').slice();
  const fillValues: number[] = [];
  if (cursor.left % valueBytes(dtype) !== 0) {
    throw new FormatError(
      `Expected whole fill values of ${valueBytes(dtype)} bytes at the end of the header, found ${cursor.left} bytes.`,
    );
  }
  while (cursor.left > 0) fillValues.push(cursor.value(dtype, 'fill values'));
  const header: Header = { dtype, shape, codec, modelHash, parameters, fillValues };
  return { header, stack, hasAttributes: (kind & kindBits.attributes) !== 0 };
}

function parseShape(cursor: Cursor): { shape: number[]; stack: Stack } {
  const dimensions = cursor.varint('number of dimensions');
  // An extent takes a byte or more, so the header's own length bounds the loop.
  if (dimensions > cursor.left) {
    throw new FormatError(
      `The header ends within its extents: it has ${dimensions} dimensions, ${cursor.left} bytes are left.`,
    );
  }
  const shape = Array.from({ length: dimensions }, () => cursor.varint('extents'));
  try {
    return { shape, stack: stackOf(shape) };
  } catch (error) {
    // What is a wrong argument to a writer is a wrong file to a reader.
    if (error instanceof ArgumentError)
      throw new FormatError(`The file's shape is not valid. ${error.message}`, { cause: error });
    throw error;
  }
}
