import { FormatError } from '../errors.js';
import type { Dtype } from '../field.js';
import { readVarint } from '../varint.js';

/** Bytes of a value of the type. */
export function valueBytes(dtype: Dtype): number {
  return dtype === 'float32' ? 4 : 8;
}

export function writeValue(dtype: Dtype, value: number): Uint8Array {
  const bytes = new Uint8Array(valueBytes(dtype));
  const view = new DataView(bytes.buffer);
  if (dtype === 'float32') view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return bytes;
}

/** A bit pattern of the type: a number would not do, since reading a NaN into one may change its bits. */
export function writePattern(dtype: Dtype, pattern: bigint): Uint8Array {
  const bytes = new Uint8Array(valueBytes(dtype));
  const view = new DataView(bytes.buffer);
  if (dtype === 'float32') view.setUint32(0, Number(pattern), true);
  else view.setBigUint64(0, pattern, true);
  return bytes;
}

/** Reads one part after another out of bytes whose checksum has been verified; `what` names the whole in messages. */
export class Cursor {
  private readonly view: DataView;
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly what: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(length: number, part: string): Uint8Array {
    const at = this.advance(length, part);
    return this.bytes.subarray(at, at + length);
  }

  byte(part: string): number {
    return this.view.getUint8(this.advance(1, part));
  }

  varint(part: string): number {
    const number = readVarint(this.bytes, this.at);
    if (!number) throw new FormatError(`Expected more bytes for the ${part} in ${this.what}.`);
    this.at = number.next;
    return number.value;
  }

  value(dtype: Dtype, part: string): number {
    const at = this.advance(valueBytes(dtype), part);
    return dtype === 'float32' ? this.view.getFloat32(at, true) : this.view.getFloat64(at, true);
  }

  pattern(dtype: Dtype, part: string): bigint {
    const at = this.advance(valueBytes(dtype), part);
    return dtype === 'float32' ? BigInt(this.view.getUint32(at, true)) : this.view.getBigUint64(at, true);
  }

  private advance(length: number, part: string): number {
    if (length > this.left) {
      throw new FormatError(`Expected ${length} bytes for the ${part} in ${this.what}, found ${this.left}.`);
    }
    const at = this.at;
    this.at += length;
    return at;
  }
}
