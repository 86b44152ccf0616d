import type { FieldData } from '../../field.js';
import type { PreparedTile } from '../codec.js';
import { distinctOf, valueSample } from '../sample.js';

/** Where the values of a tile lie: origin + integer * spacing, rounded to their type. */
export interface Lattice {
  readonly origin: number;
  readonly spacing: number;
}

/** A lattice that was found. */
export interface FoundLattice extends Lattice {
  /** How far present values are from it at most. */
  readonly error: number;
  /** What rounding to the type, and in double, may add to a distance. */
  readonly rounding: number;
}

/**
 * How far from the present values something may be, so that they are within `bound` of it once it is on the lattice: half a spacing more than the spacings that the bound allows;
 * undefined if the lattice itself is not near enough.
 */
export function boundBeforeSnap({ spacing, error, rounding }: FoundLattice, bound: number): number | undefined {
  return error > bound ? undefined : (Math.floor((bound - error) / spacing) + 0.5) * spacing - error - rounding;
}

/** How far a value may be from the lattice, in last places of the largest: whoever unpacked it may have computed in its own type. */
const TOLERANCE = 1.5;
/** A spacing of fewer places cannot be told from chance. */
const LEAST_PLACES = 8;

/** The lattice of a tile's present values, if they are all on one whose spacing is at least `least`. That they are not is mostly told from a few of a sample. */
export function findLattice(tile: PreparedTile, least: number): FoundLattice | undefined {
  const sample = distinctOf(valueSample(tile));
  const [first, last] = [sample[0], sample.at(-1)];
  if (first === undefined || last === undefined || !(last > first && Number.isFinite(last - first))) {
    return undefined;
  }
  const single = tile.values instanceof Float32Array;
  const largest = Math.max(Math.abs(first), Math.abs(last));
  const place = largest * (single ? 2 ** -23 : 2 ** -52);
  const tolerance = TOLERANCE * place;
  const about = commonSpacing(sample, tolerance, Math.max(least, LEAST_PLACES * place));
  const fitted = about === undefined ? undefined : nearestLattice(sample, about);
  if (fitted === undefined || !(fitted.spacing >= least)) {
    return undefined;
  }
  const cast = single ? Math.fround : (value: number) => value;
  const candidates = [fitted, ...simpler(fitted, place, last - first)];
  const errors = candidates.map(candidate => largestError(sample, undefined, candidate, cast, tolerance));
  const lattice = candidates[errors.lastIndexOf(Math.min(...errors))]!;
  const error = largestError(tile.values, tile.missing, lattice, cast, tolerance);
  return error <= tolerance ? { ...lattice, error, rounding: place / 2 + largest * 2 ** -51 } : undefined;
}

/** How far present values are from the lattice's value next to them, in their type, at most; or an error above `tolerance`, if there is one. */
function largestError(
  values: FieldData,
  missing: Uint8Array | undefined,
  lattice: Lattice,
  cast: (value: number) => number,
  tolerance: number,
): number {
  let largest = 0;
  for (let i = 0; i < values.length && largest <= tolerance; i++) {
    const value = values[i]!;
    const error = Math.abs(cast(nearest(value, lattice)) - value);
    if (error > largest && (missing === undefined || missing[i] === 0)) {
      largest = error;
    }
  }
  return largest;
}

/** The value of the lattice nearest to each, within the range that is known of a tile: each operation in double, rounded once. */
export function snap(values: FieldData, lattice: Lattice, { minimum, maximum }: PreparedTile): void {
  for (let i = 0; i < values.length; i++) {
    const value = nearest(values[i]!, lattice);
    values[i] = value < minimum ? minimum : value > maximum ? maximum : value;
  }
}

function nearest(value: number, { origin, spacing }: Lattice): number {
  return origin + Math.floor((value - origin) / spacing + 0.5) * spacing;
}

/**
 * The largest number that all distances between neighbours are multiples of, but for `tolerance`; undefined if it is below `least`. Distances are taken from the shortest on, and
 * each makes the spacing more precise, so that the longer ones can be counted in it.
 */
function commonSpacing(sorted: Float64Array, tolerance: number, least: number): number | undefined {
  const distances = sorted.slice(1).map((value, i) => value - sorted[i]!);
  distances.sort();
  let spacing = distances[0]!;
  // The longest distance that the spacing was measured on, in spacings.
  let measured = 1;
  for (const distance of distances) {
    const count = Math.round(distance / spacing);
    const rest = Math.abs(distance - count * spacing);
    const slack = tolerance * (1 + count / measured);
    if (rest > slack) {
      spacing = commonDivisor(spacing, rest, 2 * slack);
      measured = 1;
    } else if (count > measured && slack < spacing / 4) {
      spacing = distance / count;
      measured = count;
    }
    if (!(spacing >= least)) {
      return undefined;
    }
  }
  return spacing;
}

/** By Euclid's algorithm, where what is within `tolerance` counts as 0. */
function commonDivisor(a: number, b: number, tolerance: number): number {
  return b <= tolerance ? a : commonDivisor(b, Math.abs(a - Math.round(a / b) * b), tolerance);
}

/** The lattice of about this spacing that is nearest to the values: counted outwards from their median, which keeps the count while the spacing is not precise yet. */
function nearestLattice(sorted: Float64Array, about: number): Lattice | undefined {
  const middle = sorted[sorted.length >> 1]!;
  const distances = sorted.map(value => value - middle).sort((a, b) => Math.abs(a) - Math.abs(b));
  let spacing = about;
  let [squares, products] = [0, 0];
  for (const distance of distances) {
    const count = Math.round(distance / spacing);
    if (Math.abs(distance - count * spacing) > spacing / 4) {
      return undefined;
    }
    squares += count * count;
    products += count * distance;
    if (squares > 0) spacing = products / squares;
  }
  // A line through what is left, which has few digits, has more of them right than one through the distances.
  const counts = distances.map(distance => Math.round(distance / spacing));
  const rests = distances.map((distance, i) => distance - counts[i]! * spacing);
  const sum = (numbers: Float64Array) => numbers.reduce((total, number) => total + number, 0);
  const mean = sum(counts) / counts.length;
  const slope = sum(rests.map((rest, i) => rest * (counts[i]! - mean))) / sum(counts.map(count => (count - mean) ** 2));
  return { origin: middle + sum(rests) / rests.length - slope * mean, spacing: spacing + slope };
}

/** By how many last places of the values numbers are made simpler. */
const SIMPLER_BY = [1, 1 / 8];

/** The same lattice in numbers that were more likely meant: of few digits, of single precision, through 0. Likelier ones come later. */
function simpler({ origin, spacing }: Lattice, place: number, range: number): Lattice[] {
  return SIMPLER_BY.flatMap(places => {
    const short = shortest(spacing, places * place * (spacing / range));
    const throughZero = [Math.fround(short), short].map(each => ({ origin: 0, spacing: each }));
    const away = Math.abs(origin - Math.round(origin / short) * short);
    return [{ origin: shortest(origin, places * place), spacing: short }, ...(away < 2 * place ? throughZero : [])];
  });
}

const MOST_DIGITS = 17;

function shortest(value: number, tolerance: number): number {
  for (let digits = 1; digits < MOST_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.abs(short - value) <= tolerance) return short;
  }
  return value;
}
