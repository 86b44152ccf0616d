import { keepsBound } from '@fieldzip/native-coder';
import type { CodecContext, EncodedTile, Goal, PreparedTile, TileCodec } from '../codecs/codec.js';
import { middleOf } from '../codecs/middle.js';
import { tileCodecOfId } from '../codecs/registry.js';
import { bytesAt } from '../codecs/search.js';
import type { FieldData } from '../field.js';
import type { Effort } from '../run-options.js';
import type { Models } from './parameters.js';
import { fromLogarithms, missedSites, pointwiseStream, readPointwise, toLogarithms } from './pointwise.js';
import { rmseOf } from './rmse.js';
import type { StoredTile } from './stream.js';
import { CLEARLY_LESS, takesClearlyLess } from './trial.js';

/** What a tile has to be: a goal of the codecs, or one that is made of theirs. */
export type TileGoal = Goal | { readonly kind: 'pointwise'; readonly share: number };

export interface TileJobContext extends CodecContext {
  readonly effort: Effort;
  readonly models: Models;
}

export interface TileResult extends StoredTile {
  /** Number of its present values. */
  readonly present: number;
  /** Their root mean square error; NaN where the goal is no error of this kind and it is not 0. */
  readonly rmse: number;
}

/**
 * Another codec is not tried if its estimate is this much larger. Estimates of a few bits a value have been seen off by 1.4 against each other, those of less than a
 * bit by up to 8.
 */
const CLEARLY = 1.4;
const CLEARLY_AT_LOW_RATE = 8;
const BITS_OF_LOW_RATE = 1;
/** Smaller tiles are soon coded by all. */
const SMALL = 2 ** 15;

/**
 * Codes a tile by the codec that takes the fewest bytes, and holds what it gives back against the goal: where it is missed, the tile is stored exactly.
 * @param allowed those that may be used
 * @param exact one that serves lossless goals
 */
export async function encodeTile(
  tile: PreparedTile,
  goal: TileGoal,
  allowed: readonly TileCodec[],
  exact: TileCodec,
  context: TileJobContext,
): Promise<TileResult> {
  const present = tile.missing === undefined ? tile.values.length : countZeros(tile.missing);
  if (present === 0) {
    return { codec: 0, pointwise: false, bytes: new Uint8Array(0), present, rmse: 0 };
  }
  const lossless = () => smallest(tile, { kind: 'lossless' }, [exact], context);
  let found: Candidate | undefined;
  if (goal.kind === 'pointwise') {
    found = await encodePointwise(tile, goal.share, allowed, context, lossless);
  } else {
    found = await smallest(tile, goal, allowed, context);
  }
  found ??= (await lossless())!;
  const { codec, pointwise, bytes, restored } = found;
  const measured = restored === tile.values || goal.kind === 'rmse' || goal.kind === 'near';
  return { codec, pointwise, bytes, present, rmse: measured ? rmseOf(tile, restored) : Number.NaN };
}

type Candidate = StoredTile & EncodedTile;

/** The smallest of what the codecs give that reaches the goal. */
async function smallest(
  tile: PreparedTile,
  goal: Goal,
  allowed: readonly TileCodec[],
  context: TileJobContext,
): Promise<Candidate | undefined> {
  let best: { readonly codec: TileCodec; readonly candidate: Candidate; readonly cost: number } | undefined;
  for (const { codec, estimate } of likely(tile, goal, allowed, context)) {
    if (best !== undefined && !(await isWorthTrying(codec, estimate, best))) continue;
    const encoded = await codec.encode(tile, goal, contextOf(codec, context));
    if (encoded === undefined) continue;
    const { bytes, restored } = encoded;
    const values = tile.values.length;
    const cost = goal.kind === 'near' ? bytesAt(goal.rmse, bytes.length, rmseOf(tile, restored), values) : bytes.length;
    if (cost < (best?.cost ?? Number.POSITIVE_INFINITY) && reaches(tile, restored, goal)) {
      best = { codec, candidate: { codec: codec.id, pointwise: false, bytes, restored }, cost };
    }
  }
  return best?.candidate;

  /** Of a large tile within a bound, an estimate and the tile's middle tell. Other goals are searched for, and the error of a part is not the tile's. */
  async function isWorthTrying(codec: TileCodec, estimate: number, than: { codec: TileCodec; cost: number }) {
    const middle = context.effort === 'best' || goal.kind !== 'bound' ? undefined : middleOf(tile);
    return (
      middle === undefined ||
      (estimate < CLEARLY_LESS * than.cost &&
        (await takesClearlyLess(middle, goal, codec, than.codec, one => contextOf(one, context))))
    );
  }
}

interface Likely {
  readonly codec: TileCodec;
  /** Bytes; 0 where there is no estimate. */
  readonly estimate: number;
}

/** The codecs worth trying: not those whose estimate is clearly above the least, or above what they are good for. */
function likely(
  tile: PreparedTile,
  goal: Goal,
  allowed: readonly TileCodec[],
  context: TileJobContext,
): readonly Likely[] {
  const serving = allowed.filter(codec => codec.serves(goal.kind));
  if (serving.length < 2 || tile.values.length <= SMALL || context.effort === 'best') {
    return serving.map(codec => ({ codec, estimate: 0 }));
  }
  const estimates = serving.map(codec => ({
    codec,
    estimate: codec.estimate?.(tile, goal, contextOf(codec, context)) ?? 0,
  }));
  if (estimates.some(({ estimate }) => estimate === 0)) {
    return estimates;
  }
  const worth = estimates.filter(
    ({ codec, estimate }) =>
      8 * estimate <= (codec.goodTo?.(goal.kind) ?? Number.POSITIVE_INFINITY) * tile.values.length,
  );
  if (worth.length === 1) {
    return worth;
  }
  const least = Math.min(...estimates.map(({ estimate }) => estimate));
  const lowRate = 8 * least < BITS_OF_LOW_RATE * tile.values.length;
  const most = (lowRate ? CLEARLY_AT_LOW_RATE : CLEARLY) * least;
  return estimates.filter(({ estimate }) => estimate <= most);
}

function contextOf(codec: TileCodec, { models, ...context }: TileJobContext) {
  return { ...context, modelHash: models[codec.id] };
}

function reaches(tile: PreparedTile, restored: FieldData, goal: Goal): boolean {
  switch (goal.kind) {
    case 'lossless':
      return true;
    case 'bound':
      return keepsBound(tile.values, restored, tile.missing ?? null, goal.bound);
    case 'rmse':
      return rmseOf(tile, restored) <= goal.rmse;
    case 'near':
      return Number.isFinite(rmseOf(tile, restored));
  }
}

function countZeros(classes: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < classes.length; i++) {
    if (classes[i] === 0) count++;
  }
  return count;
}

/** Above this share of the type's bits, storing the values themselves may be smaller than storing logarithms. */
const MAYBE_EXACT = 0.3;

async function encodePointwise(
  tile: PreparedTile,
  share: number,
  allowed: readonly TileCodec[],
  context: TileJobContext,
  lossless: () => Promise<Candidate | undefined>,
): Promise<Candidate | undefined> {
  const logarithmic = toLogarithms(tile, share);
  const found =
    logarithmic && (await smallest(logarithmic.tile, { kind: 'bound', bound: logarithmic.bound }, allowed, context));
  if (logarithmic === undefined || found === undefined) {
    return undefined;
  }
  const restored = tile.values.slice();
  fromLogarithms(found.restored, logarithmic.classes, restored);
  const everywhere = !allowed.some(codec => codec.id === found.codec && codec.differsInLastBits);
  const sites = missedSites(restored, tile, share, everywhere);
  for (const site of sites) {
    restored[site] = tile.values[site]!;
  }
  const bytes = pointwiseStream(logarithmic, { sites, values: tile.values }, found.bytes);
  const candidate = { codec: found.codec, pointwise: true, bytes, restored };
  if (bytes.length < MAYBE_EXACT * tile.values.byteLength) {
    return candidate;
  }
  const asIs = await lossless();
  return asIs !== undefined && asIs.bytes.length <= bytes.length ? asIs : candidate;
}

/**
 * Decodes a tile into `tile.values`.
 * @throws FormatError if its bytes are damaged, UnsupportedError if they need a codec or a model that is not there.
 */
export async function decodeTile(
  stored: StoredTile,
  tile: PreparedTile,
  context: TileJobContext,
  codecs?: readonly TileCodec[],
): Promise<void> {
  if (stored.codec === 0) {
    tile.values.fill(0);
    return;
  }
  const codec = tileCodecOfId(stored.codec, codecs);
  const own = contextOf(codec, context);
  if (!stored.pointwise) {
    await codec.decode(stored.bytes, tile, own);
    return;
  }
  const { tile: logarithms, classes, exceptions, coded } = readPointwise(stored.bytes, tile);
  await codec.decode(coded, logarithms, own);
  fromLogarithms(logarithms.values, classes, tile.values);
  for (const { site, value } of exceptions) {
    tile.values[site] = value;
  }
}
