import {
  applyCorrections,
  CoefficientDecoder,
  CoefficientEncoder,
  encodeCorrections,
  storedStep,
} from '@fieldzip/native-coder';
import { FormatError } from '../../errors.js';
import type { FieldData } from '../../field.js';
import { currentModel, type Model, modelOfHash } from '../../models.js';
import { readVarint, varintBytes } from '../../varint.js';
import type { EncodedTile, Goal, PreparedTile, TileCodec, TileContext } from '../codec.js';
import { countOf, estimateBytes, stepForRmse } from '../estimate.js';
import { isClose, searchRatio, searchStep, USUAL_RATIO } from '../search.js';
import { runPasses } from './passes.js';

/** Of 21 slices within bounds of 1e-1 to 1e-5 of the range, none whose estimate was above this took fewer bits than by prediction. */
const GOOD_TO = 1.6;

/**
 * A CDF 9/7 transform, whose coefficients are coded level by level with distributions from a small integer network. At a bound, a layer of corrections brings the values
 * that miss it within.
 *
 * Stream: length of the coefficients (varint), the coefficients; the corrections, to the end, for a bound only.
 */
export const wavelet: TileCodec = {
  id: 2,
  name: 'wavelet',
  modelHash: () => currentModel('wavelet').hash,
  serves: goal => goal !== 'lossless',
  encode,
  decode,
  estimate: (tile, goal) => estimateBytes(tile, goal, USUAL_RATIO),
  goodTo: GOOD_TO,
};

/**
 * What a bit is worth in squared steps: near the slope of the error over the rate, where one more zero is worth its error. The others are tried where the error of a
 * tile of few coefficients jumps over the one that is wanted.
 */
const LAMBDAS_FOR_ERROR = [0.11, 0.07, 0.15, 0.03, 0];
/** With a bound, an error that grows past it has to be corrected, so that bits are worth less of it. */
const LAMBDA_FOR_BOUND = 0.08;

interface Coded {
  readonly bytes: Uint8Array;
  readonly rmse: number;
  readonly reconstruction: FieldData;
}

async function encode(tile: PreparedTile, goal: Goal, context: TileContext): Promise<EncodedTile | undefined> {
  const model = modelOfHash('wavelet', context.modelHash);
  if (goal.kind === 'bound') {
    return searchRatio(goal.bound, tile.values.length, context.effort, step =>
      encodeWithin(tile, goal.bound, step, model, context),
    );
  }
  if (goal.kind === 'lossless') {
    return undefined;
  }
  const first = stepForRmse(tile, goal.rmse);
  let best: Coded | undefined;
  for (const lambda of LAMBDAS_FOR_ERROR) {
    const attempt = (step: number) => code(tile, step, lambda, model, context);
    const found = goal.kind === 'near' ? await attempt(first) : await searchStep(goal.rmse, first, attempt);
    best = best === undefined || (found !== undefined && found.rmse > best.rmse) ? found : best;
    if (goal.kind === 'near' || best === undefined || isClose(best.rmse, goal.rmse)) {
      break;
    }
  }
  return best && { bytes: withLength(best.bytes), restored: best.reconstruction };
}

/** Undefined where the step is too small for these values. */
async function code(
  tile: PreparedTile,
  step: number,
  lambda: number,
  model: Model,
  context: TileContext,
): Promise<Coded | undefined> {
  const { values, rows, columns, missing = null } = tile;
  let encoder: CoefficientEncoder<FieldData>;
  try {
    encoder = new CoefficientEncoder(values, rows, columns, missing, step, { lambda, range: rangeOf(tile) });
  } catch (error) {
    if ((error as { code?: string }).code === 'FIELDZIP_STEP_TOO_SMALL') {
      return undefined;
    }
    throw error;
  }
  await runPasses(encoder, model, context);
  const { bytes, squaredError, reconstruction } = encoder.finish();
  const present = missing === null ? values.length : countOf(missing);
  return { bytes, rmse: Math.sqrt(squaredError / present) * storedStep(step), reconstruction };
}

async function encodeWithin(
  tile: PreparedTile,
  bound: number,
  step: number,
  model: Model,
  context: TileContext,
): Promise<(EncodedTile & { corrections: number }) | undefined> {
  const { values, rows, columns, missing = null } = tile;
  const coded = await code(tile, step, LAMBDA_FOR_BOUND, model, context);
  if (coded === undefined) {
    return undefined;
  }
  const restored = coded.reconstruction;
  const corrections = encodeCorrections(values, restored, rows, columns, missing, bound, { corrected: restored });
  return { bytes: withLength(coded.bytes, corrections), restored, corrections: corrections.length };
}

async function decode(bytes: Uint8Array, tile: PreparedTile, context: TileContext): Promise<void> {
  const { values, rows, columns, missing = null } = tile;
  const length = readVarint(bytes, 0);
  if (length === undefined || length.value > bytes.length - length.next) {
    throw new FormatError('The coefficients of a tile are cut off.');
  }
  const end = length.next + length.value;
  const decoder = new CoefficientDecoder(bytes.subarray(length.next, end), rows, columns, values, rangeOf(tile));
  await runPasses(decoder, modelOfHash('wavelet', context.modelHash), context);
  decoder.finish();
  if (end < bytes.length) {
    applyCorrections(bytes.subarray(end), values, rows, columns, missing);
  }
}

/** Nothing that is restored lies outside the slice's values. */
function rangeOf({ minimum, maximum }: PreparedTile) {
  return { lowest: minimum, highest: maximum };
}

function withLength(coefficients: Uint8Array, corrections: Uint8Array = new Uint8Array(0)): Uint8Array {
  const length = varintBytes(coefficients.length);
  const bytes = new Uint8Array(length.length + coefficients.length + corrections.length);
  bytes.set(length);
  bytes.set(coefficients, length.length);
  bytes.set(corrections, length.length + coefficients.length);
  return bytes;
}
