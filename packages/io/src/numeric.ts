import { InputError } from './errors.js';
import type { FloatArray, StoredType } from './types.js';

/** Values as stored, in this machine's byte order; float16 as its bits. */
export type StoredArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Record<StoredType, unknown>;

export const storedTypes = Object.keys(arrays) as StoredType[];

export const sizeOf = (type: StoredType): number => arrays[type].BYTES_PER_ELEMENT;

export const isStoredType = (type: string): type is StoredType => Object.hasOwn(arrays, type);

export const isFloat = (type: string): boolean => type.startsWith('float');

const machineIsLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reverses the bytes of each value, in place. */
export function swapBytes(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else if (size === 8) bytes.swap64();
}

/** Brings bytes of the given order to this machine's order, in place; the same call serves reading and writing. */
export function orderBytes(bytes: Buffer, size: number, endian: 'little' | 'big'): void {
  if ((endian === 'little') !== machineIsLittle) swapBytes(bytes, size);
}

/** Views bytes already in machine order as values. The buffer must start at a multiple of the value's size. */
export function viewAs(type: StoredType, bytes: Uint8Array): StoredArray {
  const size = sizeOf(type);
  return new arrays[type](bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / size);
}

export function allocate(type: StoredType, length: number): StoredArray {
  return new arrays[type](length);
}

export function bytesOf(values: StoredArray): Buffer {
  return Buffer.from(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}

let halfTable: Uint32Array | undefined;

/** The float32 bits of every float16. */
function halves(): Uint32Array {
  if (halfTable) return halfTable;
  const table = new Uint32Array(65536);
  for (let half = 0; half < 65536; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    let bits: number;
    if (exponent === 31) bits = 0x7f800000 | (fraction << 13);
    else if (exponent > 0) bits = ((exponent + 112) << 23) | (fraction << 13);
    else if (fraction === 0) bits = 0;
    else {
      const lead = Math.clz32(fraction) - 21;
      bits = ((113 - lead) << 23) | (((fraction << lead) & 1023) << 13);
    }
    table[half] = (sign | bits) >>> 0;
  }
  halfTable = table;
  return table;
}

export function halvesToFloats(values: Uint16Array): Float32Array {
  const table = halves();
  const out = new Float32Array(values.length);
  // Through the bits, because going through a number may change a NaN's payload.
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < values.length; i++) bits[i] = table[values[i]!]!;
  return out;
}

/** 64-bit integers as float64, which holds them exactly only up to 2^53. */
export function longsToFloats(values: BigInt64Array | BigUint64Array, name: string): Float64Array {
  const out = new Float64Array(values.length);
  const most = 2n ** 53n;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value > most || value < -most) {
      throw new InputError(
        'not-exact',
        `Variable ${name} holds the 64-bit integer ${value}, which float64 cannot hold exactly; convert it first.`,
      );
    }
    out[i] = Number(value);
  }
  return out;
}

/** The product of a shape, or undefined where it is beyond exact numbers. */
export function product(shape: readonly number[]): number | undefined {
  let total = 1;
  for (const size of shape) {
    total *= size;
    if (!Number.isSafeInteger(total)) return undefined;
  }
  return total;
}

export const isFloatArray = (values: StoredArray): values is FloatArray =>
  values instanceof Float32Array || values instanceof Float64Array;

export const shapeText = (shape: readonly number[]): string => (shape.length ? shape.join(' x ') : 'a single value');
