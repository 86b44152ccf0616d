import { checkArray, checked, checkSize, native } from './native.js';

/**
 * What to spend on a smaller stream. `fast` predicts with a fit alone; `balanced` lets the predictor adapt on the way;
 * `best` tries several predictors and keeps the smallest stream, at some five times the encoder's time. All decode alike.
 */
export type PredictEffort = 'fast' | 'balanced' | 'best';

const efforts: readonly PredictEffort[] = ['fast', 'balanced', 'best'];

function effortNumber(effort: PredictEffort): number {
  const index = efforts.indexOf(effort);
  if (index < 0) throw new RangeError(`effort must be ${efforts.join(' or ')}`);
  return index;
}

function checkMask(mask: Uint8Array | null, size: number): void {
  if (mask !== null) checkArray('mask', mask, [Uint8Array], size);
}

/**
 * Codes integers on a grid without loss: each is predicted from those before it, row by row.
 *
 * @param lattice rows x columns, row-major, any int32 values.
 * @param mask 0 where a value is known; what stands elsewhere is not coded. null: everything is known.
 * @returns the stream; it holds neither the shape nor the mask. A constant lattice takes a few bytes.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function encodeLattice(
  lattice: Int32Array,
  rows: number,
  columns: number,
  mask: Uint8Array | null = null,
  effort: PredictEffort = 'balanced',
): Uint8Array {
  const size = checkSize(rows, columns);
  checkArray('lattice', lattice, [Int32Array], size);
  checkMask(mask, size);
  return native.encodeLattice(lattice, mask, rows, columns, effortNumber(effort));
}

/**
 * Undoes {@link encodeLattice}, given the same shape and mask. Allocates 4 * rows * columns bytes: check a size that comes
 * from a file first.
 *
 * @returns rows x columns; 0 where `mask` is above 0.
 * @throws CorruptStreamError when the bytes are no lattice of this shape. There is no checksum: damage may also decode to
 *   other values.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function decodeLattice(
  bytes: Uint8Array,
  rows: number,
  columns: number,
  mask: Uint8Array | null = null,
): Int32Array {
  checkArray('bytes', bytes, [Uint8Array]);
  const size = checkSize(rows, columns);
  checkMask(mask, size);
  const lattice = new Int32Array(size);
  checked(() => native.decodeLattice(bytes, mask, rows, columns, lattice));
  return lattice;
}

/**
 * Codes floating-point values bit for bit: -0, denormals, infinities and the payloads of NaN come back as they were.
 * Arguments and errors as for {@link encodeLattice}.
 */
export function encodeExact(
  values: Float32Array | Float64Array,
  rows: number,
  columns: number,
  mask: Uint8Array | null = null,
  effort: PredictEffort = 'balanced',
): Uint8Array {
  const size = checkSize(rows, columns);
  checkArray('values', values, [Float32Array, Float64Array], size);
  checkMask(mask, size);
  return native.encodeLattice(values, mask, rows, columns, effortNumber(effort));
}

/**
 * Undoes {@link encodeExact} into `values`, of the type and length that were coded; sites where `mask` is above 0 become 0.
 * Errors as for {@link decodeLattice}; after one the values are meaningless.
 */
export function decodeExact(
  bytes: Uint8Array,
  values: Float32Array | Float64Array,
  rows: number,
  columns: number,
  mask: Uint8Array | null = null,
): void {
  checkArray('bytes', bytes, [Uint8Array]);
  const size = checkSize(rows, columns);
  checkArray('values', values, [Float32Array, Float64Array], size);
  checkMask(mask, size);
  checked(() => native.decodeLattice(bytes, mask, rows, columns, values));
}
