import {
  createScaleTables,
  decodeLatents,
  decodeSymbols,
  encodeLatents,
  encodeSymbols,
  fromLatents,
  type LatentShape,
  toLatents,
  waveletForward,
  waveletInverse,
} from '@fieldzip/native-coder';
import { ArgumentError, FormatError } from '../../errors.js';
import { currentModel, type HyperpriorModel, modelOfHash } from '../../models.js';
import { MAX_QUALITY, MIN_QUALITY, QUALITY_UNITS, type Target } from '../../target.js';
import { readVarint, varintBytes } from '../../varint.js';
import type { CodecContext, PreparedSlice, SliceCodec } from '../codec.js';
import { addScaled, SHIFT_UNITS, STRENGTH_UNITS, shiftFor, strengthFor } from './adjust.js';
import { clearOutside, type Grid, gridOf } from './grid.js';
import { type Level, levelOf } from './level.js';
import { Networks } from './networks.js';
import { sampleOf } from './sample.js';

const WAVELET_LEVELS = 6;
const LARGEST_Z = 127;

const tables = createScaleTables('logistic');

/**
 * The paper's system (Hayne, Clyne, Li; Balle et al. 2018) with an exact linear path: latents are CDF 9/7 coefficients over a quantisation step plus what a
 * network adds, their distributions come from a hyperprior through an integer network.
 *
 * Stream: shift (i16), strength (u8), length of Z's coded bytes (varint), Z, Y.
 */
export const hyperprior: SliceCodec & Required<Pick<SliceCodec, 'encode'>> = {
  id: 1,
  name: 'hyperprior',
  modelHash: () => currentModel('hyperprior').hash,
  parameters: target => {
    const units = Math.round(qualityOf(target) * QUALITY_UNITS);
    return Uint8Array.of(units & 0xff, units >> 8);
  },
  targetOf,
  encode,
  decode,
};

function qualityOf(target: Target): number {
  if (target.kind !== 'quality') {
    throw new ArgumentError(`The hyperprior codec takes a quality level, not ${target.kind}.`);
  }
  return target.quality;
}

function targetOf(parameters: Uint8Array): Target {
  const quality = parameters.length === 2 ? (parameters[0]! + 256 * parameters[1]!) / QUALITY_UNITS : Number.NaN;
  if (!(quality >= MIN_QUALITY && quality <= MAX_QUALITY)) {
    throw new FormatError(
      `Expected the hyperprior codec's parameters to be a quality level from ${MIN_QUALITY} to ${MAX_QUALITY}, found [${parameters.join(', ')}].`,
    );
  }
  return { kind: 'quality', quality };
}

function setup(slice: PreparedSlice, target: Target, modelHash: string, context: CodecContext) {
  const model = modelOfHash('hyperprior', modelHash) as HyperpriorModel;
  const level = levelOf(model, qualityOf(target));
  return { level, grid: gridOf(slice.rows, slice.columns), networks: new Networks(model, level, context) };
}

async function encode(
  slice: PreparedSlice,
  target: Target,
  modelHash: string,
  context: CodecContext,
): Promise<Uint8Array> {
  const { level, grid, networks } = setup(slice, target, modelHash, context);
  const pixels = toSteps(slice, level.step);
  const y = await networks.encode(pixels, coefficientsOf(pixels, grid, level), grid);
  clearOutside(y, grid);

  const z = rounded(await networks.hyperEncode(y, grid));
  const params = await networks.hyperDecode(z, grid);
  const codedZ = encodeSymbols(tables, z, ...priorOf(level, grid));
  const { bytes: codedY, quantised } = encodeLatents(tables, y, params, latentShape(grid), level.latentPrice);

  const linear = linearOf(quantised, grid, level);
  const decoded = { linear, original: pixels, missing: slice.missing, y: quantised, params };
  const sample = await sampleOf(decoded, grid, networks);
  const strength = strengthFor(sample);
  const shift = shiftFor(decoded, sample, strength, 1 / level.step);
  return joined({ shift, strength, codedZ, codedY });
}

async function decode(
  stream: Uint8Array,
  slice: PreparedSlice,
  target: Target,
  modelHash: string,
  context: CodecContext,
): Promise<void> {
  const { level, grid, networks } = setup(slice, target, modelHash, context);
  const { shift, strength, codedZ, codedY } = parted(stream);
  const z = decodeSymbols(tables, codedZ, ...priorOf(level, grid));
  if (z.some(value => value < -LARGEST_Z || value > LARGEST_Z)) {
    throw new FormatError('The stream holds a hyper-latent that no encoder writes.');
  }
  const params = await networks.hyperDecode(z, grid);
  const y = decodeLatents(tables, codedY, params, latentShape(grid));
  const linear = linearOf(y, grid, level);
  addScaled(linear, await networks.decode(linear, y, params, grid), strength);
  fromSteps(linear, shift, level.step, slice);
}

/** The linear reconstruction in steps, from the rounded latents. */
function linearOf(y: Float32Array, grid: Grid, level: Level): Float32Array {
  const linear = fromLatents(y, grid.rows, grid.columns, level.inverseGains);
  waveletInverse(linear, grid.rows, grid.columns, WAVELET_LEVELS);
  return linear;
}

function coefficientsOf(pixels: Float32Array, grid: Grid, level: Level): Float32Array {
  const coefficients = pixels.slice();
  waveletForward(coefficients, grid.rows, grid.columns, WAVELET_LEVELS);
  return toLatents(coefficients, grid.rows, grid.columns, level.gains);
}

function latentShape(grid: Grid): LatentShape {
  return { layout: 'blocks8', height: grid.rows, width: grid.columns };
}

/** Scale index and mean of every hyper-latent, plane by plane. */
function priorOf(level: Level, grid: Grid): [Uint8Array, Int32Array] {
  const plane = grid.rows32 * grid.columns32;
  const scales = new Uint8Array(level.priorScale.length * plane);
  const means = new Int32Array(scales.length);
  level.priorScale.forEach((scale, c) => {
    scales.fill(scale, c * plane, (c + 1) * plane);
    means.fill(level.priorMean[c]!, c * plane, (c + 1) * plane);
  });
  return [scales, means];
}

function rounded(z: Float32Array): Int32Array {
  return Int32Array.from(z, value => Math.max(-LARGEST_Z, Math.min(LARGEST_Z, Math.round(value))) || 0);
}

/** Range of the values as a double that does not overflow, and the factor that it was divided by. */
function spanOf({ minimum, maximum }: PreparedSlice): { span: number; scale: number } {
  const scale = Number.isFinite(maximum - minimum) ? 1 : 0.5;
  return { span: maximum * scale - minimum * scale, scale };
}

/** Values above the minimum, in steps. */
function toSteps(slice: PreparedSlice, step: number): Float32Array {
  const { values, minimum } = slice;
  const { span, scale } = spanOf(slice);
  const pixels = new Float32Array(values.length);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = (values[i]! * scale - minimum * scale) / span / step;
  }
  return pixels;
}

/** The inverse, shifted, within the value range. */
function fromSteps(pixels: Float32Array, shift: number, step: number, slice: PreparedSlice): void {
  const { values, minimum, maximum } = slice;
  const { span, scale } = spanOf(slice);
  for (let i = 0; i < pixels.length; i++) {
    const value = ((pixels[i]! + shift) * step * span + minimum * scale) / scale;
    values[i] = Math.min(Math.max(value, minimum), maximum);
  }
}

interface Stream {
  /** In steps; a multiple of 1 / SHIFT_UNITS. */
  readonly shift: number;
  /** Factor of the learned correction; a multiple of 1 / STRENGTH_UNITS. */
  readonly strength: number;
  readonly codedZ: Uint8Array;
  readonly codedY: Uint8Array;
}

function joined({ shift, strength, codedZ, codedY }: Stream): Uint8Array {
  const length = varintBytes(codedZ.length);
  const start = 3 + length.length;
  const stream = new Uint8Array(start + codedZ.length + codedY.length);
  new DataView(stream.buffer).setInt16(0, shift * SHIFT_UNITS, true);
  stream[2] = strength * STRENGTH_UNITS;
  stream.set(length, 3);
  stream.set(codedZ, start);
  stream.set(codedY, start + codedZ.length);
  return stream;
}

function parted(stream: Uint8Array): Stream {
  const length = stream.length < 3 ? undefined : readVarint(stream, 3);
  if (length === undefined || length.value > stream.length - length.next) {
    throw new FormatError('The stream of the hyperprior codec is cut off.');
  }
  const end = length.next + length.value;
  return {
    shift: new DataView(stream.buffer, stream.byteOffset).getInt16(0, true) / SHIFT_UNITS,
    strength: stream[2]! / STRENGTH_UNITS,
    codedZ: stream.subarray(length.next, end),
    codedY: stream.subarray(end),
  };
}
