import {
  applyCorrections,
  encodeCorrections,
  estimateCoefficients,
  keepsBound,
  storedStep,
} from '@fieldzip/native-coder';
import { FormatError } from '../../errors.js';
import type { FieldData } from '../../field.js';
import { currentModel } from '../../models.js';
import { readVarint, varintBytes } from '../../varint.js';
import type { EncodedTile, Goal, PreparedTile, TileCodec, TileContext } from '../codec.js';
import { countOf, estimateBytes, stepForRmse } from '../estimate.js';
import { bytesAt, isClose, searchMoved, searchStep, USUAL_RATIO } from '../search.js';
import { type Coefficients, decodeCoefficients, encodeCoefficients, type Quantiser } from './coefficients.js';
import { boundBeforeSnap, findLattice, type Lattice, snap } from './lattice.js';

/**
 * Within bounds of 1e-1 to 1e-5 of the range, slices whose estimate was above the first took at best 3 % fewer bytes than by prediction, one of 24; at PSNRs of 35 to 110 dB, where
 * there are no corrections, none above the second did.
 */
const GOOD_TO = { bound: 1, error: 5 };

/**
 * A CDF 9/7 transform, whose coefficients are coded level by level with distributions from small integer networks. At a bound, a layer of corrections brings the values
 * that miss it within. Values on a lattice of their own come back exactly if what is decoded is within half its spacing: there the decoder takes the lattice's value next to it.
 *
 * Stream: for a lattice a 0, its origin and spacing (f64 each); length of the coefficients (varint, never 0), the coefficients; the corrections, to the end, for a bound only.
 */
export const wavelet: TileCodec = {
  id: 2,
  name: 'wavelet',
  modelHash: () => currentModel('wavelet').hash,
  serves: goal => goal !== 'lossless',
  encode,
  decode,
  estimate,
  goodTo: goal => (goal === 'bound' ? GOOD_TO.bound : GOOD_TO.error),
};

/**
 * What a bit is worth in squared steps: near the slope of the error over the rate, where one more zero is worth its error. The others are tried where the error of a
 * tile of few coefficients jumps over the one that is wanted.
 */
const LAMBDAS_FOR_ERROR = [0.11, 0.07, 0.15, 0.03, 0];
/** With a bound, an error that grows past it has to be corrected, so that bits are worth less of it; and where coefficients are moved, those moves see to bits. */
const LAMBDA_FOR_BOUND = 0.08;
const LAMBDA_FOR_MOVED = 0.05;

async function encode(tile: PreparedTile, goal: Goal, context: TileContext): Promise<EncodedTile | undefined> {
  if (goal.kind === 'lossless') {
    return undefined;
  }
  const snapping = snappingFor(tile, goal);
  const snapped = snapping && (await encodeWithin(tile, snapping.bound, snapping.lattice, context));
  if (snapping === undefined || snapped === undefined || !keeps(tile, snapped.restored, allowed(goal))) {
    return encodePlainly(tile, goal, context);
  }
  if (snapping.sure && snapped.bytes.length > FEW_BYTES) {
    return snapped;
  }
  const plain = await encodePlainly(tile, goal, context);
  return plain === undefined || snapped.bytes.length < plain.bytes.length ? snapped : plain;
}

function estimate(tile: PreparedTile, goal: Goal, { effort, threads }: TileContext): number {
  const coding = { trellis: effort === 'best', threads };
  if (goal.kind === 'lossless') {
    return Number.POSITIVE_INFINITY;
  }
  const snapping = snappingFor(tile, goal);
  const plain = estimateBytes(tile, goal, USUAL_RATIO, coding);
  return snapping === undefined
    ? plain
    : Math.min(plain, estimateBytes(tile, { kind: 'bound', bound: snapping.bound }, USUAL_RATIO, coding));
}

/** A lattice that saves bytes, and the bound that what is snapped to it has to keep. */
interface Snapping {
  readonly lattice: Lattice;
  readonly bound: number;
  /** Whether it saves bytes in every tile but one of so few that the lattice's own count. */
  readonly sure: boolean;
}

/** A bound that a lattice makes this much wider saves bytes. */
const WIDER = 1.02;
/** So it is sought with no more than four spacings in the bound: with more of them, half a one is soon too little. */
const LEAST_OF_BOUND = 0.25;
/** Exact values may take fewer bytes than those with an error, if the spacing is this multiple of it; and surely do from the other one on. */
const LEAST_OF_RMSE = 3;
const SURE_OF_RMSE = 6;
/** Both ways are tried for fewer bytes than this, which takes no time. */
const FEW_BYTES = 2048;

function snappingFor(tile: PreparedTile, goal: LossyGoal): Snapping | undefined {
  const error = allowed(goal);
  const ofBound = goal.kind === 'bound';
  const lattice = findLattice(tile, (ofBound ? LEAST_OF_BOUND : LEAST_OF_RMSE) * error);
  const bound = lattice && boundBeforeSnap(lattice, error);
  if (lattice === undefined || bound === undefined || !(bound > WIDER * error)) {
    return undefined;
  }
  return { lattice, bound, sure: ofBound || lattice.spacing > SURE_OF_RMSE * error };
}

type LossyGoal = Exclude<Goal, { kind: 'lossless' }>;

/** An error that no value may exceed, which is also enough where the goal is about their mean. */
function allowed(goal: LossyGoal): number {
  return goal.kind === 'bound' ? goal.bound : goal.rmse;
}

function keeps({ values, missing }: PreparedTile, restored: FieldData, error: number): boolean {
  return keepsBound(values, restored, missing ?? null, error);
}

function encodePlainly(tile: PreparedTile, goal: LossyGoal, context: TileContext): Promise<EncodedTile | undefined> {
  return goal.kind === 'bound' ? encodeWithin(tile, goal.bound, undefined, context) : encodeAtRmse(tile, goal, context);
}

async function encodeAtRmse(
  tile: PreparedTile,
  { kind, rmse }: Exclude<LossyGoal, { kind: 'bound' }>,
  context: TileContext,
): Promise<EncodedTile | undefined> {
  const search = async (trellis: boolean) => {
    const first = stepForRmse(tile, rmse, { trellis, threads: context.threads });
    let best: Coded | undefined;
    for (const lambda of LAMBDAS_FOR_ERROR) {
      const attempt = (step: number) => code(tile, step, { lambda, trellis }, context);
      const found = kind === 'near' ? await attempt(first) : await searchStep(rmse, first, attempt);
      best = best === undefined || (found !== undefined && found.rmse > best.rmse) ? found : best;
      if (kind === 'near' || best === undefined || isClose(best.rmse, rmse)) {
        break;
      }
    }
    return best;
  };
  const cost = ({ bytes, rmse: error }: Coded) =>
    kind === 'near' ? bytesAt(rmse, bytes.length, error, tile.values.length) : bytes.length;
  const best = await orByTrellis(await search(false), () => search(true), cost, context);
  return best && { bytes: withLength(best.bytes), restored: best.reconstruction };
}

/** At best effort, the smaller of what is coded without a trellis and with one, which may take more bytes where most coefficients are 0. */
async function orByTrellis<T>(
  plain: T | undefined,
  again: (plain: T) => Promise<T | undefined>,
  cost: (coded: T) => number,
  { effort }: TileContext,
): Promise<T | undefined> {
  if (plain === undefined || effort !== 'best') {
    return plain;
  }
  const other = await again(plain);
  return other !== undefined && cost(other) < cost(plain) ? other : plain;
}

/** Undefined where the step is too small for these values. */
async function code(
  tile: PreparedTile,
  step: number,
  quantiser: Quantiser,
  context: TileContext,
): Promise<Coded | undefined> {
  const coded = await encodeCoefficients(tile, step, quantiser, context);
  if (coded === undefined) {
    return undefined;
  }
  const present = tile.missing === undefined ? tile.values.length : countOf(tile.missing);
  return { ...coded, rmse: Math.sqrt(coded.squaredError / present) * storedStep(step) };
}

interface Coded extends Coefficients {
  readonly rmse: number;
}

/** Within a bound before it is snapped to the lattice, if there is one. */
async function encodeWithin(
  tile: PreparedTile,
  bound: number,
  lattice: Lattice | undefined,
  context: TileContext,
): Promise<EncodedTile | undefined> {
  const { values, rows, columns, missing = null } = tile;
  const head = lattice === undefined ? new Uint8Array(0) : headOf(lattice);
  const attempt = async (step: number, quantiser: Partial<Quantiser> = {}) => {
    const coded = await code(tile, step, { lambda: LAMBDA_FOR_BOUND, trellis: false, ...quantiser }, context);
    if (coded === undefined) {
      return undefined;
    }
    const restored = coded.reconstruction;
    const corrections = encodeCorrections(values, restored, rows, columns, missing, bound, {
      corrected: restored,
      threads: context.threads,
    });
    return {
      bytes: joined(head, withLength(coded.bytes), corrections),
      restored,
      corrections: corrections.length,
      step,
    };
  };
  const [estimate] = estimateCoefficients(values, rows, columns, [USUAL_RATIO * bound], context.threads);
  const outlook = {
    values: values.length,
    missing: missing === null ? 0 : 1 - countOf(missing) / values.length,
    bits: estimate!.bits / values.length,
  };
  const plain = await searchMoved(bound, outlook, context.effort, (step, moved) =>
    attempt(step, moved ? { bound, lambda: LAMBDA_FOR_MOVED } : {}),
  );
  // The best step is nearly the same with a trellis, within a thousandth of the bytes, if no coefficient is moved.
  const best = await orByTrellis(
    plain,
    ({ step }) => attempt(Math.max(step, USUAL_RATIO * bound), { trellis: true }),
    ({ bytes }) => bytes.length,
    context,
  );
  if (best !== undefined && lattice !== undefined) {
    snap(best.restored, lattice, tile);
  }
  return best;
}

async function decode(bytes: Uint8Array, tile: PreparedTile, context: TileContext): Promise<void> {
  const { values, rows, columns, missing = null } = tile;
  const lattice = bytes[0] === ON_LATTICE ? latticeOf(bytes) : undefined;
  const length = readVarint(bytes, lattice === undefined ? 0 : HEAD_BYTES);
  if (length === undefined || length.value > bytes.length - length.next) {
    throw new FormatError('The coefficients of a tile are cut off.');
  }
  const end = length.next + length.value;
  await decodeCoefficients(bytes.subarray(length.next, end), tile, context);
  if (end < bytes.length) {
    applyCorrections(bytes.subarray(end), values, rows, columns, missing, context.threads);
  }
  if (lattice !== undefined) {
    snap(values, lattice, tile);
  }
}

/** In place of the length of coefficients, which is never 0. */
const ON_LATTICE = 0;
const HEAD_BYTES = 17;

function headOf({ origin, spacing }: Lattice): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  head[0] = ON_LATTICE;
  const view = new DataView(head.buffer);
  view.setFloat64(1, origin, true);
  view.setFloat64(9, spacing, true);
  return head;
}

function latticeOf(bytes: Uint8Array): Lattice {
  if (bytes.length < HEAD_BYTES) {
    throw new FormatError('The lattice of a tile is cut off.');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [origin, spacing] = [view.getFloat64(1, true), view.getFloat64(9, true)];
  if (!(Number.isFinite(origin) && spacing > 0 && Number.isFinite(spacing))) {
    throw new FormatError(
      `Expected a lattice with a finite origin and a spacing above 0, found ${origin}, ${spacing}.`,
    );
  }
  return { origin, spacing };
}

function withLength(coefficients: Uint8Array): Uint8Array {
  return joined(Uint8Array.from(varintBytes(coefficients.length)), coefficients);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
