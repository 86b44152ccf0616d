import { applyCorrections, encodeCorrections } from '@fieldzip/native-coder';
import { FormatError } from '../../errors.js';
import { dtypeOf, emptyValues, type FieldData } from '../../field.js';
import { type HyperpriorModel, modelOfHash } from '../../models.js';
import { MAX_QUALITY, MIN_QUALITY, QUALITY_UNITS, type Target } from '../../target.js';
import { rmseOf } from '../../tiles/rmse.js';
import { readVarint, varintBytes } from '../../varint.js';
import type { CodecContext, EncodedTile, Goal, PreparedTile, TileCodec, TileContext } from '../codec.js';
import { stepForRmse } from '../estimate.js';
import { searchRatio, searchStep } from '../search.js';
import { hyperprior } from './hyperprior.js';
import { stepAt, unitsForStep } from './level.js';

/**
 * The hyperprior codec at the quality level that a target needs, and corrections on top: at a bound for the values that miss it, at an error below that of the finest level for
 * those farther off than the error allows.
 *
 * Stream: quality level in 1/256 (u16), length of the codec's stream (varint), that stream; corrections, to the end, or nothing.
 */
export const hyperpriorTiles: TileCodec = {
  id: 1,
  name: 'hyperprior',
  modelHash: hyperprior.modelHash,
  serves: goal => goal !== 'lossless',
  onlyByName: true,
  differsInLastBits: true,
  encode,
  decode,
};

const COARSEST = MIN_QUALITY * QUALITY_UNITS;
const FINEST = MAX_QUALITY * QUALITY_UNITS;

/**
 * How far the base may be off on another machine, which sums the network's floats in another order: eight times or more what was measured, see docs/guarantees.md. The linear
 * reconstruction is a float32 within the value range; the network's correction is some steps at most.
 */
const MARGIN_OF_RANGE = 2 ** -19;
const MARGIN_OF_STEP = 2 ** -12;
/** Roundings to the type: of the base, and after its correction. */
const ROUNDINGS = 2;
const SPACING = { float32: 2 ** -23, float64: 2 ** -52 } as const;
/** A bound that leaves less room than this is not for floats. */
const LEAST_MARGINS = 4;
/** Nor is an error. What a machine adds has nothing to do with the errors, so that squares add up: this keeps the margin below 0.07 dB. */
const LEAST_MARGINS_OF_ERROR = 8;

/**
 * The largest difference between a tile's values on this machine and on any other, in their unit.
 * @param step of the quality level, in units of the value range
 */
export function marginOf({ values, minimum, maximum }: PreparedTile, step: number): number {
  const roundings = ROUNDINGS * SPACING[dtypeOf(values)] * Math.max(Math.abs(minimum), Math.abs(maximum));
  const least = values instanceof Float32Array ? 2 ** -149 : Number.MIN_VALUE;
  return (maximum - minimum) * (MARGIN_OF_RANGE + MARGIN_OF_STEP * step) + roundings + ROUNDINGS * least;
}

async function encode(tile: PreparedTile, goal: Goal, context: TileContext): Promise<EncodedTile | undefined> {
  const range = tile.maximum - tile.minimum;
  if (goal.kind === 'lossless' || !(range > 0 && Number.isFinite(range))) {
    return undefined;
  }
  const coder = new Coder(tile, context);
  switch (goal.kind) {
    case 'bound':
      return searchRatio(goal.bound, tile.values.length, context.effort, step =>
        coder.within(goal.bound, step / range),
      );
    case 'near':
      return coder.at(stepForRmse(tile, goal.rmse, context) / range);
    case 'rmse':
      return goal.rmse > LEAST_MARGINS_OF_ERROR * marginOf(tile, stepAt(coder.model, FINEST))
        ? searchStep(goal.rmse, stepForRmse(tile, goal.rmse, context) / range, step => coder.at(step))
        : undefined;
  }
}

interface Coded extends EncodedTile {
  /** Their bytes. */
  readonly corrections: number;
  /** The largest on any machine. */
  readonly rmse: number;
}

/** Codes one tile as often as a search needs. What was coded once is not coded again: a search that comes back to it is at an end. */
class Coder {
  readonly model: HyperpriorModel;
  readonly #tile: PreparedTile;
  readonly #context: TileContext;
  readonly #tried = new Set<number>();
  #finest: Promise<Base> | undefined;

  constructor(tile: PreparedTile, context: TileContext) {
    this.model = modelOfHash('hyperprior', context.modelHash) as HyperpriorModel;
    this.#tile = tile;
    this.#context = context;
  }

  /**
   * With every error within a bound.
   * @param step about that of the level to code with, in units of the value range
   */
  async within(bound: number, step: number): Promise<Coded | undefined> {
    const units = unitsForStep(this.model, step);
    const margin = marginOf(this.#tile, stepAt(this.model, units));
    if (!(bound > LEAST_MARGINS * margin) || this.#again(units)) {
      return undefined;
    }
    return this.#corrected(await this.#base(units), bound, margin);
  }

  /** With the errors of a step: those of its level, or, of a step finer than all levels, those that corrections leave. */
  async at(step: number): Promise<Coded | undefined> {
    const finestStep = stepAt(this.model, FINEST);
    if (step < finestStep) {
      // Of errors spread evenly within half a step, as those of rounding are; near the finest level its own are most of them.
      const bound = ((step * (1 + step / finestStep)) / 2) * (this.#tile.maximum - this.#tile.minimum);
      if (!(bound > 0) || this.#again(-bound)) {
        return undefined;
      }
      this.#finest ??= this.#base(FINEST);
      return this.#corrected(await this.#finest, bound, 0);
    }
    const units = unitsForStep(this.model, step);
    if (this.#again(units)) {
      return undefined;
    }
    const { stream, values } = await this.#base(units);
    return { bytes: joined(units, stream), restored: values, corrections: 0, rmse: this.#rmseOf(values, units) };
  }

  #again(what: number): boolean {
    const again = this.#tried.has(what);
    this.#tried.add(what);
    return again;
  }

  async #base(units: number): Promise<Base> {
    const { modelHash } = this.#context;
    const tile = this.#tile;
    const stream = await hyperprior.encode(tile, targetOf(units), modelHash!, this.#context);
    const values = emptyValues(dtypeOf(tile.values), tile.values.length);
    await decodeBase({ units, stream }, { ...tile, values }, modelHash!, this.#context);
    return { units, stream, values };
  }

  #corrected({ units, stream, values: base }: Base, bound: number, margin: number): Coded {
    const { values, rows, columns, missing = null } = this.#tile;
    const options = { baseIsExact: false, margin };
    const corrections = encodeCorrections(values, base, rows, columns, missing, bound, options);
    const restored = base.slice();
    applyCorrections(corrections, restored, rows, columns, missing);
    const bytes = joined(units, stream, corrections);
    return { bytes, restored, corrections: corrections.length, rmse: this.#rmseOf(restored, units) };
  }

  #rmseOf(restored: FieldData, units: number): number {
    return Math.hypot(rmseOf(this.#tile, restored), marginOf(this.#tile, stepAt(this.model, units)));
  }
}

interface Base {
  readonly units: number;
  readonly stream: Uint8Array;
  readonly values: FieldData;
}

/** Always on a processor: what a CUDA device computes by default (TF32) is off by far more than the margin. */
function decodeBase(
  { units, stream }: Omit<Base, 'values'>,
  tile: PreparedTile,
  modelHash: string,
  context: CodecContext,
): Promise<void> {
  return hyperprior.decode(stream, tile, targetOf(units), modelHash, { ...context, device: 'cpu' });
}

async function decode(bytes: Uint8Array, tile: PreparedTile, context: TileContext): Promise<void> {
  const { values, rows, columns, missing = null } = tile;
  const { units, stream, corrections } = parted(bytes);
  const { hash } = modelOfHash('hyperprior', context.modelHash);
  await decodeBase({ units, stream }, tile, hash, context);
  if (corrections.length > 0) {
    applyCorrections(corrections, values, rows, columns, missing);
  }
}

function targetOf(units: number): Target {
  return { kind: 'quality', quality: units / QUALITY_UNITS };
}

function joined(units: number, stream: Uint8Array, corrections: Uint8Array = new Uint8Array(0)): Uint8Array {
  const length = varintBytes(stream.length);
  const head = Uint8Array.of(units & 0xff, units >> 8, ...length);
  const bytes = new Uint8Array(head.length + stream.length + corrections.length);
  bytes.set(head);
  bytes.set(stream, head.length);
  bytes.set(corrections, head.length + stream.length);
  return bytes;
}

/**
 * A tile's stream taken apart.
 * @throws FormatError if it is none.
 */
export function parted(bytes: Uint8Array): { units: number; stream: Uint8Array; corrections: Uint8Array } {
  const length = bytes.length < 2 ? undefined : readVarint(bytes, 2);
  if (length === undefined || length.value > bytes.length - length.next) {
    throw new FormatError('A tile of the hyperprior codec is cut off.');
  }
  const units = bytes[0]! + 256 * bytes[1]!;
  if (units < COARSEST || units > FINEST) {
    throw new FormatError(
      `Expected a quality level from ${MIN_QUALITY} to ${MAX_QUALITY} in a tile, found ${units / QUALITY_UNITS}.`,
    );
  }
  const end = length.next + length.value;
  return { units, stream: bytes.subarray(length.next, end), corrections: bytes.subarray(end) };
}
