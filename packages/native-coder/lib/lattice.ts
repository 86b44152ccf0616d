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

/** The predict codec's network, as `packages/models` has it; null: none. */
export type LatticeNetwork = Uint8Array | null;

function checkNetwork(network: LatticeNetwork): void {
  if (network !== null) checkArray('network', network, [Uint8Array]);
}

function checkMask(mask: Uint8Array | null, size: number): void {
  if (mask !== null) checkArray('mask', mask, [Uint8Array], size);
}

/**
 * Codes integers on a grid without loss: each is predicted from those before it, row by row.
 *
 * @param lattice rows x columns, row-major, any values of its type.
 * @param mask 0 where a value is known; what stands elsewhere is not coded. null: everything is known.
 * @param network asked at every value by efforts above `fast`, for 2 to 20 % fewer bytes. The stream says whether it was; then
 *   a decoder needs the same one, and which it was is the caller's to keep.
 * @param threads at most so many, this one included, from 1 to 1024. No byte depends on it.
 * @returns the stream; it holds neither the shape nor the mask. A constant lattice takes a few bytes.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function encodeLattice(
  lattice: Int32Array | BigInt64Array,
  rows: number,
  columns: number,
  mask: Uint8Array | null = null,
  effort: PredictEffort = 'balanced',
  network: LatticeNetwork = null,
  threads = 1,
): Uint8Array {
  const size = checkSize(rows, columns);
  checkArray('lattice', lattice, [Int32Array, BigInt64Array], size);
  checkMask(mask, size);
  checkNetwork(network);
  return native.encodeLattice(lattice, mask, rows, columns, effortNumber(effort), network, threads);
}

/**
 * Undoes {@link encodeLattice}, given the same shape and mask. Allocates 4 * rows * columns bytes: check a size that comes
 * from a file first.
 *
 * @returns rows x columns; 0 where `mask` is above 0.
 * @throws RangeError when the stream was made with a network, and none or none of its size is given.
 * @throws CorruptStreamError when the bytes are no lattice of this shape. There is no checksum: damage may also decode to
 *   other values.
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function decodeLattice(
  bytes: Uint8Array,
  rows: number,
  columns: number,
  mask: Uint8Array | null = null,
  network: LatticeNetwork = null,
  threads = 1,
): Int32Array {
  const lattice = new Int32Array(checkSize(rows, columns));
  decodeLatticeInto(bytes, lattice, rows, columns, mask, network, threads);
  return lattice;
}

/**
 * {@link decodeLattice} into an array of the type and length that were coded. Where a lattice has more than 32 bits, that is
 * a BigInt64Array.
 */
export function decodeLatticeInto(
  bytes: Uint8Array,
  lattice: Int32Array | BigInt64Array,
  rows: number,
  columns: number,
  mask: Uint8Array | null = null,
  network: LatticeNetwork = null,
  threads = 1,
): void {
  checkArray('bytes', bytes, [Uint8Array]);
  const size = checkSize(rows, columns);
  checkArray('lattice', lattice, [Int32Array, BigInt64Array], size);
  checkMask(mask, size);
  checkNetwork(network);
  checked(() => native.decodeLattice(bytes, mask, rows, columns, lattice, network, threads));
}

/**
 * About how many bits {@link encodeLattice} would need, from a sample: within some 25 % mostly, good for a choice between
 * codecs, at a fraction of the cost of coding.
 *
 * @throws TypeError, RangeError for wrong types or lengths.
 */
export function estimateLattice(
  lattice: Int32Array | BigInt64Array,
  rows: number,
  columns: number,
  mask: Uint8Array | null = null,
): number {
  const size = checkSize(rows, columns);
  checkArray('lattice', lattice, [Int32Array, BigInt64Array], size);
  checkMask(mask, size);
  return native.estimateLattice(lattice, mask, rows, columns);
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
  network: LatticeNetwork = null,
  threads = 1,
): Uint8Array {
  const size = checkSize(rows, columns);
  checkArray('values', values, [Float32Array, Float64Array], size);
  checkMask(mask, size);
  checkNetwork(network);
  return native.encodeLattice(values, mask, rows, columns, effortNumber(effort), network, threads);
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
  network: LatticeNetwork = null,
  threads = 1,
): void {
  checkArray('bytes', bytes, [Uint8Array]);
  const size = checkSize(rows, columns);
  checkArray('values', values, [Float32Array, Float64Array], size);
  checkMask(mask, size);
  checkNetwork(network);
  checked(() => native.decodeLattice(bytes, mask, rows, columns, values, network, threads));
}
