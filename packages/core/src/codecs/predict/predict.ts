import { decodeExact, decodeLattice, encodeExact, encodeLattice } from '@fieldzip/native-coder';
import { ArgumentError, FormatError } from '../../errors.js';
import { dtypeOf, type FieldData } from '../../field.js';
import type { Target } from '../../target.js';
import type { Codec, PreparedSlice } from '../codec.js';
import { boundFor, type Lattice, latticeFor, valueAt } from './lattice.js';

const KINDS = ['lossless', 'abs', 'rel', 'psnr'] as const;
type Kind = (typeof KINDS)[number];

const EXACT = 0;
const LATTICE = 1;

/**
 * Puts every value on a lattice of twice the bound, predicts it from those before it and codes what is left. The bound holds for every value in the type the user
 * gets back: where a lattice cannot keep it, the slice is stored exactly.
 *
 * Parameters: the kind of the target (u8), its value (f64; none for lossless).
 * Stream: 0, the values as they are; or 1, the lattice's step (f64), its integers.
 */
export const predict: Codec = {
  id: 3,
  name: 'predict',
  serves: target => target.kind !== 'quality',
  modelHash: () => undefined,
  parameters: parametersOf,
  targetOf,
  encode: async (slice, target) => encode(slice, target),
  decode: async (stream, slice) => decode(stream, slice),
};

function parametersOf(target: Target): Uint8Array {
  if (target.kind === 'quality') {
    throw new ArgumentError('The predict codec has no quality levels: give a bound, a PSNR or lossless.');
  }
  if (target.kind === 'lossless') {
    return Uint8Array.of(KINDS.indexOf('lossless'));
  }
  const bytes = new Uint8Array(9);
  bytes[0] = KINDS.indexOf(target.kind);
  const value = target.kind === 'abs' ? target.abs : target.kind === 'rel' ? target.rel : target.psnr;
  new DataView(bytes.buffer).setFloat64(1, value, true);
  return bytes;
}

function targetOf(parameters: Uint8Array): Target {
  const kind: Kind | undefined = KINDS[parameters[0] ?? KINDS.length];
  if (kind === 'lossless' && parameters.length === 1) {
    return { kind };
  }
  if (kind !== undefined && kind !== 'lossless' && parameters.length === 9) {
    const value = new DataView(parameters.buffer, parameters.byteOffset).getFloat64(1, true);
    if (value > 0 && Number.isFinite(value)) {
      return kind === 'abs' ? { kind, abs: value } : kind === 'rel' ? { kind, rel: value } : { kind, psnr: value };
    }
  }
  throw new FormatError(`Expected the predict codec's parameters to be a target, found [${parameters.join(', ')}].`);
}

function encode(slice: PreparedSlice, target: Target): Uint8Array {
  const bound = boundFor(slice, target);
  const lattice = bound === undefined ? undefined : latticeFor(slice, bound);
  if (lattice === undefined) {
    return encodeAsIs(slice);
  }
  const onLattice = encodeOn(lattice, slice);
  if (mergesValues(slice, lattice)) {
    return onLattice;
  }
  const asIs = encodeAsIs(slice);
  return asIs.length <= onLattice.length ? asIs : onLattice;
}

const SAMPLES = 4096;
const FEWER = 0.9;

/**
 * Whether the lattice has clearly fewer different values than the slice, told from a sample. Where it has not, the data was rounded by its producer to about
 * the bound, or the bound is near the precision of the type, and the values themselves may take fewer bytes.
 */
function mergesValues({ values, missing }: PreparedSlice, { integers }: Lattice): boolean {
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

function encodeAsIs({ values, rows, columns, missing }: PreparedSlice): Uint8Array {
  return withHead(Uint8Array.of(EXACT), encodeExact(values, rows, columns, missing ?? null));
}

function encodeOn({ step, integers }: Lattice, { rows, columns, missing }: PreparedSlice): Uint8Array {
  const head = new Uint8Array(9);
  head[0] = LATTICE;
  new DataView(head.buffer).setFloat64(1, step, true);
  return withHead(head, encodeLattice(integers, rows, columns, missing ?? null));
}

function withHead(head: Uint8Array, coded: Uint8Array): Uint8Array {
  const stream = new Uint8Array(head.length + coded.length);
  stream.set(head);
  stream.set(coded, head.length);
  return stream;
}

function decode(stream: Uint8Array, slice: PreparedSlice): void {
  const { values, rows, columns, missing = null } = slice;
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
  fill(values, integers, step, slice.minimum);
}

function fill(values: FieldData, integers: Int32Array, step: number, minimum: number): void {
  const cast = dtypeOf(values) === 'float32' ? Math.fround : (value: number) => value;
  for (let i = 0; i < values.length; i++) {
    values[i] = valueAt(integers[i]!, step, minimum, cast);
  }
}
