import { decodeExact, decodeLattice, encodeExact, encodeLattice } from '@fieldzip/native-coder';
import { FormatError } from '../../errors.js';
import type { Effort } from '../../run-options.js';
import type { EncodedTile, Goal, PreparedTile, TileCodec } from '../codec.js';
import { boundForRmse, type Lattice, latticeFor, latticeOfStep, type RestoredLattice, valuesOn } from './lattice.js';

const EXACT = 0;
const LATTICE = 1;

/**
 * Puts every value on a lattice of twice the bound, predicts it from those before it and codes what is left. The bound holds for every value in the type the user
 * gets back: where a lattice cannot keep it, the tile is stored exactly.
 *
 * Stream: 0, the values as they are; or 1, the lattice's step (f64), its integers.
 */
export const predict: TileCodec = {
  id: 3,
  name: 'predict',
  modelHash: () => undefined,
  serves: () => true,
  encode: async (tile, goal, { effort }) => encode(tile, goal, effort),
  decode: async (bytes, tile) => decodePredict(bytes, tile),
};

function encode(tile: PreparedTile, goal: Goal, effort: Effort): EncodedTile {
  const lattice = latticeOf(tile, goal);
  if (lattice === undefined) {
    return { bytes: encodeAsIs(tile, effort), restored: tile.values };
  }
  const onLattice = encodeOn(lattice, tile, effort);
  if (!mergesValues(tile, lattice)) {
    const asIs = encodeAsIs(tile, effort);
    if (asIs.length <= onLattice.length) {
      return { bytes: asIs, restored: tile.values };
    }
  }
  return { bytes: onLattice, restored: lattice.restored };
}

function latticeOf(tile: PreparedTile, goal: Goal): RestoredLattice | undefined {
  switch (goal.kind) {
    case 'bound':
      return latticeFor(tile, goal.bound);
    case 'rmse': {
      const bound = boundForRmse(tile, goal.rmse);
      return bound === undefined ? undefined : latticeFor(tile, bound);
    }
    case 'near':
      // Errors spread evenly over a step have a mean square of step^2 / 12.
      return latticeOfStep(tile, goal.rmse * Math.sqrt(12));
    case 'lossless':
      return undefined;
  }
}

const SAMPLES = 4096;
const FEWER = 0.9;

/**
 * Whether the lattice has clearly fewer different values than the tile, told from a sample. Where it has not, the data was rounded by its producer to about
 * the bound, or the bound is near the precision of the type, and the values themselves may take fewer bytes.
 */
function mergesValues({ values, missing }: PreparedTile, { integers }: Lattice): boolean {
  const [before, after] = [new Set<number>(), new Set<number>()];
  const stride = Math.max(1, Math.floor(values.length / SAMPLES));
  for (let i = 0; i < values.length; i += stride) {
    if (missing === undefined || missing[i] === 0) {
      before.add(values[i]!);
      after.add(integers[i]!);
    }
  }
  return after.size < FEWER * before.size;
}

function encodeAsIs({ values, rows, columns, missing }: PreparedTile, effort: Effort): Uint8Array {
  return withHead(Uint8Array.of(EXACT), encodeExact(values, rows, columns, missing ?? null, effort));
}

function encodeOn({ step, integers }: Lattice, { rows, columns, missing }: PreparedTile, effort: Effort): Uint8Array {
  const head = new Uint8Array(9);
  head[0] = LATTICE;
  new DataView(head.buffer).setFloat64(1, step, true);
  return withHead(head, encodeLattice(integers, rows, columns, missing ?? null, effort));
}

function withHead(head: Uint8Array, coded: Uint8Array): Uint8Array {
  const stream = new Uint8Array(head.length + coded.length);
  stream.set(head);
  stream.set(coded, head.length);
  return stream;
}

/** Decodes a stream of the codec into `tile.values`. */
export function decodePredict(stream: Uint8Array, tile: PreparedTile): void {
  const { values, rows, columns, missing = null } = tile;
  if (stream[0] === EXACT) {
    decodeExact(stream.subarray(1), values, rows, columns, missing);
    return;
  }
  if (stream[0] !== LATTICE || stream.length < 9) {
    throw new FormatError(
      `Expected a stream of the predict codec to begin with 0 or 1, found ${stream[0] ?? 'nothing'}.`,
    );
  }
  const step = new DataView(stream.buffer, stream.byteOffset).getFloat64(1, true);
  if (!(step > 0 && Number.isFinite(step))) {
    throw new FormatError(`Expected the step of a lattice to be above 0, found ${step}.`);
  }
  const integers = decodeLattice(stream.subarray(9), rows, columns, missing);
  values.set(valuesOn({ step, integers }, tile));
}
