import { ArgumentError } from './errors.js';
import type { FieldData } from './field.js';

/**
 * How far a reconstructed field x' is from the original x. Everything is over the values present in both, of which there are N; the errors
 * are e = x' - x. PSNR and NPME are as in Hayne, Clyne and Li, "Using Neural Networks for Two Dimensional Scientific Data
 * Compression" (IEEE Big Data 2021). Without a present value every number but the counts is NaN.
 */
export interface Metrics {
  /** N: positions whose value is present in both. */
  readonly values: number;
  /** Positions whose original value is missing: NaN, infinite or a fill value. */
  readonly missing: number;
  /**
   * Positions where a missing value did not come back bit for bit, or where one value is missing and the other is not. Should be 0:
   * an error cannot be measured there, so no other metric shows it.
   */
  readonly missingDiffer: number;
  /** Smallest present value of the original. */
  readonly minimum: number;
  /** Largest present value of the original. */
  readonly maximum: number;
  /** R = maximum - minimum, the value range. */
  readonly range: number;
  /** Mean squared error, sum(e^2) / N; 0 or Infinity where that is less or more than a double can be, which no other figure minds. */
  readonly mse: number;
  /** Root of the mean squared error. */
  readonly rmse: number;
  /**
   * Peak signal-to-noise ratio in dB, 10 log10(R^2 / mse). Infinity if every value is exact; -Infinity for a constant original (R = 0)
   * that is not exact, the formula's own value, so that it fails every target.
   */
  readonly psnr: number;
  /** max |e|. */
  readonly maxAbsError: number;
  /** Normalised pointwise maximum error, max |e| / R. With R = 0: 0 if every value is exact, else Infinity. */
  readonly npme: number;
  /** Mean error, sum(e) / N: what the reconstruction adds on average. */
  readonly bias: number;
  /** Standard deviation of the errors, sqrt(sum((e - bias)^2) / N). */
  readonly errorDeviation: number;
  /**
   * Lag-1 autocorrelation of the errors along rows: the mean of (e - bias)(e_next - bias) over the P pairs of neighbours in a row, over
   * errorDeviation^2. Near 0 for noise, near 1 for smooth artifacts. Only if the number of columns was given, and undefined
   * if there is no pair or all errors are equal.
   */
  readonly autocorrelation?: number;
}

/** Errors go through a block of this many values at a time: plain sums within one lose nothing to speak of, and it fits the cache. */
const BLOCK_VALUES = 4096;

/**
 * Errors whose largest is within 2^-this..2^this are squared as they are, others in units of a power of two near the largest: float64 has values
 * whose squares it has not.
 */
const PLAIN_EXPONENT = 400;
/** Units are within 2^-this..2^this, so that their reciprocals are numbers too. */
const LARGEST_UNIT_EXPONENT = 1000;

/** A sum that keeps what each addition rounds away (Neumaier), so that blocks may be any number. */
class CompensatedSum {
  private sum = 0;
  private lost = 0;

  add(term: number): void {
    const sum = this.sum + term;
    this.lost += Math.abs(this.sum) >= Math.abs(term) ? this.sum - sum + term : term - sum + this.sum;
    this.sum = sum;
  }

  scale(factor: number): void {
    this.sum *= factor;
    this.lost *= factor;
  }

  get value(): number {
    // After an overflow the correction is NaN, and the sum says more.
    return Number.isFinite(this.sum) ? this.sum + this.lost : this.sum;
  }
}

/**
 * Measures a field part by part (slice by slice, say), as if in one piece. All sums are compensated doubles, of a float32 field too.
 */
export class ErrorMeter {
  private readonly fillValues: readonly number[];
  private values = 0;
  private missing = 0;
  private missingDiffer = 0;
  private minimum = Number.POSITIVE_INFINITY;
  private maximum = Number.NEGATIVE_INFINITY;
  private leastError = Number.POSITIVE_INFINITY;
  private greatestError = Number.NEGATIVE_INFINITY;
  /** What errors are divided by before they are squared, a power of two; undefined before the first error that is not 0. */
  private unit: number | undefined;
  /** This sum and those below are of errors in units. */
  private readonly squares = new CompensatedSum();
  /**
   * The deviation and the autocorrelation are taken of d = e - shift, the shift being the mean of the first block: with a bias far
   * above the deviation, sums of e itself would cancel to nothing.
   */
  private shift: number | undefined;
  private readonly shifted = new CompensatedSum();
  private readonly shiftedSquares = new CompensatedSum();
  private pairs = 0;
  private readonly pairProducts = new CompensatedSum();
  private readonly pairSums = new CompensatedSum();
  /** The errors of a block; NaN where a value is not present in both. */
  private readonly errors = new Float64Array(BLOCK_VALUES);

  /** @param fillValues values that mean "missing", besides NaN and infinities; rounded to float32 for a float32 field. */
  constructor(fillValues: readonly number[] = []) {
    this.fillValues = fillValues.filter(Number.isFinite);
  }

  /**
   * Takes in one part of the field.
   * @param columns columns of a row, for the autocorrelation.
   * @throws ArgumentError if the parts differ in type or length, or are not whole rows.
   */
  add(original: FieldData, reconstructed: FieldData, columns?: number): void {
    const float32 = original instanceof Float32Array;
    if (float32 !== reconstructed instanceof Float32Array || original.length !== reconstructed.length) {
      throw new ArgumentError(
        `Expected two fields of one type and length, found ${described(original)} and ${described(reconstructed)}.`,
      );
    }
    if (columns !== undefined && !(Number.isInteger(columns) && columns > 0 && original.length % columns === 0)) {
      throw new ArgumentError(`Expected whole rows of ${columns} values, found ${original.length} values.`);
    }
    const fillValues = float32 ? this.fillValues.map(Math.fround) : this.fillValues;
    const words = original.BYTES_PER_ELEMENT / 4;
    const [originalBits, reconstructedBits] = [bitsOf(original), bitsOf(reconstructed)];
    const row = columns ?? original.length;
    for (let start = 0; start < original.length; start += row) {
      // Blocks of one row share an error at their border, so that its pair is counted too.
      let before = Number.NaN;
      for (let from = start; from < start + row; from += BLOCK_VALUES) {
        const to = Math.min(from + BLOCK_VALUES, start + row);
        const absent = this.readErrors(original, reconstructed, from, to, fillValues);
        if (absent) this.countMissing(original, originalBits, reconstructedBits, words, from, to, fillValues);
        this.addErrors(to - from);
        if (columns !== undefined) this.addPairs(to - from, before);
        before = this.errors[to - from - 1]!;
      }
    }
  }

  /** The metrics of all that was added so far. */
  result(): Metrics {
    const { values, missing, missingDiffer, minimum, maximum, leastError, greatestError } = this;
    const counts = { values, missing, missingDiffer };
    // No present value in the original leaves the minimum above the maximum.
    const range = maximum >= minimum ? maximum - minimum : Number.NaN;
    const ends = { minimum: range >= 0 ? minimum : Number.NaN, maximum: range >= 0 ? maximum : Number.NaN, range };
    if (values === 0) {
      const none = Number.NaN;
      return {
        ...counts,
        ...ends,
        mse: none,
        rmse: none,
        psnr: none,
        maxAbsError: none,
        npme: none,
        bias: none,
        errorDeviation: none,
      };
    }
    const unit = this.unit ?? 1;
    const rmse = unit * Math.sqrt(this.squares.value / values);
    const maxAbsError = Math.max(Math.abs(leastError), Math.abs(greatestError));
    // Equal errors have no deviation at all, though their mean may be rounded.
    const equal = leastError === greatestError;
    const meanShifted = this.shifted.value / values;
    const variance = equal ? 0 : Math.max(0, this.shiftedSquares.value / values - meanShifted * meanShifted);
    const covariance =
      (this.pairProducts.value - meanShifted * this.pairSums.value) / this.pairs + meanShifted * meanShifted;
    return {
      ...counts,
      ...ends,
      mse: (this.squares.value / values) * unit * unit,
      rmse,
      psnr: psnrOf(range, rmse, maxAbsError),
      maxAbsError,
      npme: maxAbsError === 0 ? 0 : maxAbsError / range,
      bias: equal ? leastError : (this.shift ?? 0) + unit * meanShifted,
      errorDeviation: unit * Math.sqrt(variance),
      ...(this.pairs > 0 && variance > 0 ? { autocorrelation: covariance / variance } : {}),
    };
  }

  /** Fills the block with errors and widens the value range; true if a value was missing from either side. */
  private readErrors(
    original: FieldData,
    reconstructed: FieldData,
    from: number,
    to: number,
    fillValues: readonly number[],
  ): boolean {
    const { errors } = this;
    let { minimum, maximum, leastError, greatestError } = this;
    let absent = false;
    // One fill value is the rule: compared in place it costs next to nothing. NaN equals nothing.
    const fill = fillValues[0] ?? Number.NaN;
    const several = fillValues.length > 1;
    for (let i = from; i < to; i++) {
      const x = original[i]!;
      const y = reconstructed[i]!;
      // x - x is 0 for finite values alone.
      const xMissing = x - x !== 0 || x === fill || (several && fillValues.includes(x));
      const yMissing = y - y !== 0 || y === fill || (several && fillValues.includes(y));
      if (!xMissing) {
        if (x < minimum) minimum = x;
        if (x > maximum) maximum = x;
      }
      if (xMissing || yMissing) {
        absent = true;
        errors[i - from] = Number.NaN;
      } else {
        const error = y - x;
        errors[i - from] = error;
        if (error < leastError) leastError = error;
        if (error > greatestError) greatestError = error;
      }
    }
    this.minimum = minimum;
    this.maximum = maximum;
    this.leastError = leastError;
    this.greatestError = greatestError;
    return absent;
  }

  /** Counts the missing values of a block that has some: rare enough to keep out of the loop above. */
  private countMissing(
    original: FieldData,
    originalBits: Int32Array,
    reconstructedBits: Int32Array,
    words: number,
    from: number,
    to: number,
    fillValues: readonly number[],
  ): void {
    for (let i = from; i < to; i++) {
      if (!Number.isNaN(this.errors[i - from]!)) continue;
      const x = original[i]!;
      const isMissing = !Number.isFinite(x) || fillValues.includes(x);
      let same = isMissing;
      for (let word = i * words; word < (i + 1) * words; word++) {
        same &&= originalBits[word] === reconstructedBits[word];
      }
      if (isMissing) this.missing++;
      if (!same) this.missingDiffer++;
    }
  }

  /** Sees to it that the squares of the errors so far are within the range of a double, and gives the reciprocal of their unit. */
  private perUnit(): number {
    const largest = Math.max(Math.abs(this.leastError), Math.abs(this.greatestError));
    // Without an error so far the two are infinite.
    if (
      this.leastError <= this.greatestError &&
      largest > 0 &&
      (this.unit === undefined || largest > this.unit * 2 ** PLAIN_EXPONENT)
    ) {
      const before = this.unit;
      const exponent = Math.floor(Math.log2(largest));
      const limited = Math.max(-LARGEST_UNIT_EXPONENT, Math.min(LARGEST_UNIT_EXPONENT, exponent));
      this.unit = Math.abs(exponent) <= PLAIN_EXPONENT ? 1 : 2 ** limited;
      if (before !== undefined) {
        const factor = before / this.unit;
        this.shifted.scale(factor);
        this.pairSums.scale(factor);
        for (const sum of [this.squares, this.shiftedSquares, this.pairProducts]) sum.scale(factor * factor);
      }
    }
    return 1 / (this.unit ?? 1);
  }

  private addErrors(length: number): void {
    const { errors } = this;
    const perUnit = this.perUnit();
    let count = 0;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < length; i++) {
      const error = errors[i]! * perUnit;
      if (!Number.isNaN(error)) {
        count++;
        sum += error;
        squares += error * error;
      }
    }
    if (count === 0) return;
    this.values += count;
    this.squares.add(squares);
    this.shift ??= sum / count / perUnit;
    const { shift } = this;
    let shifted = 0;
    let shiftedSquares = 0;
    for (let i = 0; i < length; i++) {
      const d = (errors[i]! - shift) * perUnit;
      if (!Number.isNaN(d)) {
        shifted += d;
        shiftedSquares += d * d;
      }
    }
    this.shifted.add(shifted);
    this.shiftedSquares.add(shiftedSquares);
  }

  private addPairs(length: number, before: number): void {
    const { errors } = this;
    const shift = this.shift ?? 0;
    const perUnit = this.perUnit();
    let pairs = 0;
    let products = 0;
    let sums = 0;
    let last = (before - shift) * perUnit;
    for (let i = 0; i < length; i++) {
      const d = (errors[i]! - shift) * perUnit;
      const product = last * d;
      if (!Number.isNaN(product)) {
        pairs++;
        products += product;
        sums += last + d;
      }
      last = d;
    }
    this.pairs += pairs;
    this.pairProducts.add(products);
    this.pairSums.add(sums);
  }
}

/** Measures a field in one piece; see {@link ErrorMeter}. */
export function measure(
  original: FieldData,
  reconstructed: FieldData,
  fillValues?: readonly number[],
  columns?: number,
): Metrics {
  const meter = new ErrorMeter(fillValues);
  meter.add(original, reconstructed, columns);
  return meter.result();
}

function psnrOf(range: number, rmse: number, maxAbsError: number): number {
  if (maxAbsError === 0) return Number.POSITIVE_INFINITY;
  return 20 * Math.log10(range / rmse);
}

function bitsOf(data: FieldData): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
}

function described(data: FieldData): string {
  return `${data.constructor.name} of ${data.length}`;
}
