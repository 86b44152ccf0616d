import { checkArray, checked, checkInteger, checkSize, native } from './native.js';
import { handleOf, type TableSet } from './tables.js';

/**
 * Which latents there are.
 *
 * - `all`: `channels` planes of `gridHeight` x `gridWidth`, every latent is coded.
 * - `blocks8`: 64 planes of ceil(height / 8) x ceil(width / 8); channel (row % 8) * 8 + col % 8 holds pixel (row, col) of
 *   a slice of `height` x `width`. What lies outside the slice is 0 and is not coded.
 *
 * `scaleOnly`: the parameters are scales without means (default false).
 */
export type LatentShape =
  | { layout: 'all'; channels: number; gridHeight: number; gridWidth: number; scaleOnly?: boolean }
  | { layout: 'blocks8'; height: number; width: number; scaleOnly?: boolean };

interface NativeShape {
  words: Uint32Array;
  latents: number;
  params: number;
}

const maxGrid = 2 ** 20;

function nativeShape(shape: LatentShape): NativeShape {
  const scaleOnly = shape.scaleOnly === true ? 1 : 0;
  let words: Uint32Array;
  if (shape.layout === 'all') {
    checkInteger('channels', shape.channels, 1, 65536);
    checkInteger('gridHeight', shape.gridHeight, 1, maxGrid);
    checkInteger('gridWidth', shape.gridWidth, 1, maxGrid);
    words = Uint32Array.of(shape.channels, shape.gridHeight, shape.gridWidth, 0, 0, 0, scaleOnly);
  } else if (shape.layout === 'blocks8') {
    checkSize(shape.height, shape.width);
    const gridHeight = Math.ceil(shape.height / 8);
    const gridWidth = Math.ceil(shape.width / 8);
    checkInteger('height / 8', gridHeight, 1, maxGrid);
    checkInteger('width / 8', gridWidth, 1, maxGrid);
    words = Uint32Array.of(64, gridHeight, gridWidth, 1, shape.height, shape.width, scaleOnly);
  } else {
    throw new TypeError("layout must be 'all' or 'blocks8'");
  }
  const latents = words[0]! * words[1]! * words[2]!;
  return { words, latents, params: scaleOnly ? latents : 2 * latents };
}

function pricesOf(price: number | Float32Array, channels: number): Float32Array {
  const prices = typeof price === 'number' ? new Float32Array(channels).fill(price) : price;
  checkArray('price', prices, [Float32Array], channels);
  if (!prices.every(value => value >= 0)) throw new RangeError('price must be at least 0');
  return prices;
}

/**
 * Quantises latents to integers.
 *
 * @param y channel-major latents, as many as the shape has. NaN counts as 0; values beyond +-2^24 are clamped.
 * @param params bytes from the entropy network: the scale planes (scale index = byte >> 2), then unless `scaleOnly` the
 *   mean planes (mean = (byte - 128) / 32 scales).
 * @param price what a squared error of 1 costs, in bits, for all channels or each: 0 rounds half to even; above 0 the
 *   neighbour one step nearer to the mean is taken where bits + price * error^2 is less.
 * @returns the integers as floats, 0 where there is no latent.
 * @throws TypeError, RangeError for wrong types, lengths or shapes.
 */
export function quantiseLatents(
  tables: TableSet,
  y: Float32Array,
  params: Uint8Array,
  shape: LatentShape,
  price: number | Float32Array = 0,
): Float32Array {
  const { words, latents, params: paramsLength } = nativeShape(shape);
  checkArray('y', y, [Float32Array], latents);
  checkArray('params', params, [Uint8Array], paramsLength);
  const quantised = new Float32Array(latents);
  native.quantiseLatents(handleOf(tables), words, y, params, pricesOf(price, words[0]!), quantised);
  return quantised;
}

/**
 * Bits that coding these latents takes, to well under a percent, without coding them.
 *
 * @param quantised integers as floats, as {@link quantiseLatents} returns them.
 * @throws TypeError, RangeError for wrong types, lengths or shapes.
 */
export function latentBits(tables: TableSet, quantised: Float32Array, params: Uint8Array, shape: LatentShape): number {
  const { words, latents, params: paramsLength } = nativeShape(shape);
  checkArray('quantised', quantised, [Float32Array], latents);
  checkArray('params', params, [Uint8Array], paramsLength);
  return native.latentBits(handleOf(tables), words, quantised, params);
}

/**
 * Quantises latents as {@link quantiseLatents} does, and codes them plane by plane in reading order.
 *
 * @returns the stream, and the integers that a decoder will get from it.
 * @throws TypeError, RangeError for wrong types, lengths or shapes.
 */
export function encodeLatents(
  tables: TableSet,
  y: Float32Array,
  params: Uint8Array,
  shape: LatentShape,
  price: number | Float32Array = 0,
): { bytes: Uint8Array; quantised: Float32Array } {
  const { words, latents, params: paramsLength } = nativeShape(shape);
  checkArray('y', y, [Float32Array], latents);
  checkArray('params', params, [Uint8Array], paramsLength);
  const quantised = new Float32Array(latents);
  const bytes = native.encodeLatents(handleOf(tables), words, y, params, pricesOf(price, words[0]!), quantised);
  return { bytes, quantised };
}

/**
 * Undoes {@link encodeLatents}, given the same tables, parameters and shape.
 *
 * @returns the integers as floats, 0 where there is no latent.
 * @throws CorruptStreamError when the bytes do not decode to exactly these latents.
 * @throws TypeError, RangeError for wrong types, lengths or shapes.
 */
export function decodeLatents(
  tables: TableSet,
  bytes: Uint8Array,
  params: Uint8Array,
  shape: LatentShape,
): Float32Array {
  const { words, latents, params: paramsLength } = nativeShape(shape);
  checkArray('bytes', bytes, [Uint8Array]);
  checkArray('params', params, [Uint8Array], paramsLength);
  const quantised = new Float32Array(latents);
  checked(() => native.decodeLatents(handleOf(tables), words, bytes, params, quantised));
  return quantised;
}
