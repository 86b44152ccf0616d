import { checkArray, checked, checkInteger, native } from './native.js';

/** Shape of the distribution in a set of scale tables. */
export type ScaleFamily = 'logistic' | 'gaussian';

/** A table of a factorised model: the symbols `first`, `first + 1`, ... and how often each occurs. */
export interface FactorisedTable {
  /** Value of the first symbol, an integer within +-2^30. */
  first: number;
  /** 1 to 16384 integers in 0 .. 2^32 - 1, at least one of them positive. Any sum; it is normalised. */
  frequencies: ArrayLike<number>;
}

/** What each symbol of a table costs, for rate-distortion decisions. */
export interface CodeLengths {
  /** Symbol that `bits[0]` belongs to. */
  first: number;
  /** Bits per symbol, without the raw low bits of wide scales. */
  bits: Float32Array;
  /** Bits of the escape, to which its sign and length (7 bits) and the excess's own bits are added. */
  escapeBits: number;
}

const scaleCount = 64;
const firstRawScale = 28;
const construct = Symbol('TableSet');
const handles = new WeakMap<TableSet, unknown>();

/**
 * Frequency tables for the entropy coder. Opaque: made by {@link createScaleTables} or {@link createFactorisedTables},
 * belongs to the thread that made it, and is freed with its last reference.
 */
export class TableSet {
  /** Whether tables are chosen by scale and mean, or by number. */
  readonly kind: 'scale' | 'factorised';
  /** How many values a table index may have: 64 for scale tables, else the number of tables. */
  readonly size: number;

  /** @internal */
  constructor(key: symbol, kind: 'scale' | 'factorised', handle: unknown) {
    if (key !== construct) throw new TypeError('use createScaleTables or createFactorisedTables');
    this.kind = kind;
    this.size = kind === 'scale' ? scaleCount : native.tableCount(handle);
    handles.set(this, handle);
  }

  /**
   * Code lengths of one table.
   *
   * @param index 0 .. size - 1. Scales from 28 on share four tables with their low bits sent raw: value v is coded as
   *   (v + 2^(k-1)) >> k with k = (index - 28) >> 2, and costs k bits more.
   * @param phase of the mean, in eighths, -4..3; ignored by scales from 28 on and by factorised tables.
   * @throws RangeError when either is out of range.
   */
  codeLengths(index: number, phase = 0): CodeLengths {
    checkInteger('index', index, 0, this.size - 1);
    checkInteger('phase', phase, -4, 3);
    let table = index;
    if (this.kind === 'scale') {
      table = index < firstRawScale ? index * 8 + phase + 4 : firstRawScale * 8 + (index & 3);
    }
    const { first, bits } = native.tableCodeLengths(handleOf(this), table);
    return { first, bits: bits.subarray(0, -1), escapeBits: bits[bits.length - 1] ?? 0 };
  }
}

/** @internal */
export function handleOf(tables: TableSet): unknown {
  const handle = handles.get(tables);
  if (handle === undefined) throw new TypeError('tables must be a TableSet');
  return handle;
}

/**
 * Tables for 64 scales s_i = 2^((i - 16) / 4), each with eight fractional means. Bit-identical on every machine.
 *
 * @throws TypeError for an unknown family.
 */
export function createScaleTables(family: ScaleFamily): TableSet {
  const index = ['logistic', 'gaussian'].indexOf(family);
  if (index < 0) throw new TypeError("family must be 'logistic' or 'gaussian'");
  return new TableSet(construct, 'scale', native.createScaleTables(index));
}

/**
 * Tables from a model's own frequencies. Every symbol, and the escape for symbols outside, gets a probability of at
 * least 2^-15.
 *
 * @throws TypeError, RangeError when a table is empty, too long, all zero, or not made of integers in range.
 */
export function createFactorisedTables(tables: readonly FactorisedTable[]): TableSet {
  const first = new Int32Array(tables.length);
  const lengths = new Uint32Array(tables.length);
  const frequencies = new Uint32Array(tables.reduce((sum, table) => sum + table.frequencies.length, 0));
  let at = 0;
  for (const [i, table] of tables.entries()) {
    checkInteger('first', table.first, -(2 ** 30), 2 ** 30);
    first[i] = table.first;
    lengths[i] = table.frequencies.length;
    for (let j = 0; j < table.frequencies.length; ++j) {
      const frequency = table.frequencies[j] ?? -1;
      checkInteger('a frequency', frequency, 0, 2 ** 32 - 1);
      frequencies[at++] = frequency;
    }
  }
  return new TableSet(construct, 'factorised', native.createFactorisedTables(first, lengths, frequencies));
}

function wideIndex(index: Uint8Array | Uint16Array): Uint16Array {
  if (index instanceof Uint16Array) return index;
  if (index instanceof Uint8Array) return new Uint16Array(index);
  throw new TypeError('tableIndex must be a Uint8Array or Uint16Array');
}

function checkMeans(mean8: Int32Array | null, length: number): void {
  if (mean8 !== null) checkArray('mean8', mean8, [Int32Array], length);
}

/**
 * Codes one symbol per table index. Any int32 can be coded with any table; what lies outside a table costs an escape.
 *
 * @param symbols any int32 values.
 * @param tableIndex as long as `symbols`; scale indices 0..63 for scale tables, else table numbers.
 * @param mean8 scale tables only: means in eighths, as long as `symbols`; null for all 0.
 * @returns the stream; it does not hold the number of symbols. No symbols give no bytes.
 * @throws TypeError, RangeError for wrong types, lengths or indices.
 */
export function encodeSymbols(
  tables: TableSet,
  symbols: Int32Array,
  tableIndex: Uint8Array | Uint16Array,
  mean8: Int32Array | null = null,
): Uint8Array {
  checkArray('symbols', symbols, [Int32Array]);
  checkMeans(mean8, symbols.length);
  return native.encodeSymbols(handleOf(tables), symbols, wideIndex(tableIndex), mean8);
}

/**
 * Undoes {@link encodeSymbols}, given the same tables, indices and means.
 *
 * @returns as many symbols as there are table indices.
 * @throws CorruptStreamError when the bytes do not decode to exactly that many symbols.
 * @throws TypeError, RangeError for wrong types, lengths or indices.
 */
export function decodeSymbols(
  tables: TableSet,
  bytes: Uint8Array,
  tableIndex: Uint8Array | Uint16Array,
  mean8: Int32Array | null = null,
): Int32Array {
  checkArray('bytes', bytes, [Uint8Array]);
  const index = wideIndex(tableIndex);
  checkMeans(mean8, index.length);
  const symbols = new Int32Array(index.length);
  checked(() => native.decodeSymbols(handleOf(tables), bytes, index, mean8, symbols));
  return symbols;
}
