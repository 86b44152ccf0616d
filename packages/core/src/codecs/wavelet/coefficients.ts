import { BAND_FORMS, CoefficientDecoder, CoefficientEncoder, decodeBands, encodeBands } from '@fieldzip/native-coder';
import { FormatError } from '../../errors.js';
import type { FieldData } from '../../field.js';
import { type Model, modelOfHash, readGraph } from '../../models.js';
import { scratchLike } from '../../scratch.js';
import type { PreparedTile, TileContext } from '../codec.js';
import { runPasses } from './passes.js';

/** How the coefficients of a tile are coded: the first byte of theirs, where the file's model knows bands. */
const PASSES = 0;
const { shapes: BY_SHAPES, tables: BY_TABLES } = BAND_FORMS;
/** By tables, and coefficients at missing sites are left out. */
const OF_PRESENT = 3;

export interface Quantiser {
  /** What a bit is worth in squared steps. */
  readonly lambda: number;
  /** By a trellis, which only coefficients in passes have. */
  readonly trellis: boolean;
  /** Coefficients are moved so that fewer values miss this bound. Bands alone do that. */
  readonly bound?: number;
}

export interface Coefficients {
  readonly bytes: Uint8Array;
  /** Of present values, in squared (stored) steps. */
  readonly squaredError: number;
  readonly reconstruction: FieldData;
}

/** Undefined where the step is too small for these values. */
export async function encodeCoefficients(
  tile: PreparedTile,
  step: number,
  { lambda, trellis, bound }: Quantiser,
  context: TileContext,
): Promise<Coefficients | undefined> {
  const { values, rows, columns, missing = null } = tile;
  const model = modelOfHash('wavelet', context.modelHash);
  const bands = bandsOf(model);
  const range = rangeOf(tile);
  try {
    if (bands !== undefined && !trellis) {
      const options = {
        lambda,
        range,
        threads: context.threads,
        mayLeaveOut: true,
        trellis: true,
        quick: bound !== undefined && context.effort !== 'best',
        ...(bound === undefined ? {} : { bound }),
      };
      const coded = encodeBands(values, rows, columns, missing, step, bands, options, scratchLike(values));
      return { ...coded, bytes: withForm(coded.leavesOut ? OF_PRESENT : BY_TABLES, coded.bytes) };
    }
    const encoder = new CoefficientEncoder(values, rows, columns, missing, step, { lambda, trellis, range });
    await runPasses(encoder, model, context);
    const coded = encoder.finish();
    return bands === undefined ? coded : { ...coded, bytes: withForm(PASSES, coded.bytes) };
  } catch (error) {
    if ((error as { code?: string }).code === 'FIELDZIP_STEP_TOO_SMALL') {
      return undefined;
    }
    throw error;
  }
}

/** Into `tile.values`. */
export async function decodeCoefficients(bytes: Uint8Array, tile: PreparedTile, context: TileContext): Promise<void> {
  const { values, rows, columns, missing } = tile;
  const model = modelOfHash('wavelet', context.modelHash);
  const bands = bandsOf(model);
  const range = rangeOf(tile);
  const leavesOut = bytes[0] === OF_PRESENT && missing !== undefined;
  if (bands !== undefined && (bytes[0] === BY_SHAPES || bytes[0] === BY_TABLES || leavesOut)) {
    const form = bytes[0] === BY_SHAPES ? 'shapes' : 'tables';
    const options = { range, threads: context.threads, form } as const;
    decodeBands(bytes.subarray(1), rows, columns, values, bands, options, leavesOut ? missing : null);
    return;
  }
  if (bands !== undefined && bytes[0] !== PASSES) {
    throw new FormatError(
      `Expected coefficients in passes (0), bands by shapes (1) or tables (2) or, where values are missing, bands without those (3), found ${bytes[0]}.`,
    );
  }
  const inPasses = bands === undefined ? bytes : bytes.subarray(1);
  const decoder = new CoefficientDecoder(inPasses, rows, columns, values, range);
  await runPasses(decoder, model, context);
  decoder.finish();
}

const networks = new Map<string, Uint8Array>();

/** The networks of the walk over bands, read once in this thread; undefined for a model from before there were any. */
function bandsOf(model: Model): Uint8Array | undefined {
  if (model.manifest.graphs.bands === undefined) {
    return undefined;
  }
  let network = networks.get(model.hash);
  if (network === undefined) {
    network = readGraph(model, 'bands');
    networks.set(model.hash, network);
  }
  return network;
}

/** Nothing that is restored lies outside the slice's values. */
function rangeOf({ minimum, maximum }: PreparedTile) {
  return { lowest: minimum, highest: maximum };
}

function withForm(form: number, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(1 + bytes.length);
  whole[0] = form;
  whole.set(bytes, 1);
  return whole;
}
