import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../src/errors.js';
import type { FieldData } from '../src/field.js';
import { ErrorMeter, type Metrics, measure } from '../src/metrics.js';

/** The definitions, word for word and in several passes, over arrays of the present values. */
function reference(original: FieldData, reconstructed: FieldData, columns: number): Partial<Metrics> {
  const errors = Array.from(original, (x, i) => reconstructed[i]! - x);
  const present = errors.filter(Number.isFinite);
  const range = Math.max(...original.filter(Number.isFinite)) - Math.min(...original.filter(Number.isFinite));
  const mean = (terms: number[]) => terms.reduce((sum, term) => sum + term, 0) / terms.length;
  const mse = mean(present.map(e => e * e));
  const bias = mean(present);
  const variance = mean(present.map(e => (e - bias) ** 2));
  const products: number[] = [];
  for (let i = 0; i + 1 < errors.length; i++) {
    if ((i + 1) % columns === 0 || !Number.isFinite(errors[i]) || !Number.isFinite(errors[i + 1])) continue;
    products.push((errors[i]! - bias) * (errors[i + 1]! - bias));
  }
  const maxAbsError = Math.max(...present.map(Math.abs));
  return {
    values: present.length,
    range,
    mse,
    rmse: Math.sqrt(mse),
    psnr: 10 * Math.log10(range ** 2 / mse),
    maxAbsError,
    npme: maxAbsError / range,
    bias,
    errorDeviation: Math.sqrt(variance),
    autocorrelation: mean(products) / variance,
  };
}

function expectClose(found: Metrics, expected: Partial<Metrics>, relative = 1e-9): void {
  for (const [key, value] of Object.entries(expected)) {
    const other = found[key as keyof Metrics]!;
    expect(Math.abs(other - value), `${key}: found ${other}, expected ${value}`).toBeLessThanOrEqual(
      relative * Math.max(1e-3, Math.abs(value)),
    );
  }
}

/** Numbers without a pattern that a test could depend on, the same on each run. */
function noise(length: number, seed = 1): Float64Array {
  let state = seed;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

describe('measure', () => {
  it('agrees with a case done by hand', () => {
    // Errors 1, -1, 2, 0 in two rows; R = 10.
    const found = measure(Float32Array.of(0, 10, 4, 6), Float32Array.of(1, 9, 6, 6), [], 2);
    expect(found).toEqual({
      values: 4,
      missing: 0,
      missingDiffer: 0,
      minimum: 0,
      maximum: 10,
      range: 10,
      mse: 1.5,
      rmse: Math.sqrt(1.5),
      psnr: expect.closeTo(18.239087409, 8),
      maxAbsError: 2,
      npme: 0.2,
      bias: 0.5,
      // Deviations 0.5, -1.5, 1.5, -0.5: squares 0.25 + 2.25 + 2.25 + 0.25 over 4; products -0.75 and -0.75 over 2.
      errorDeviation: expect.closeTo(Math.sqrt(1.25), 12),
      autocorrelation: expect.closeTo(-0.6, 12),
    });
  });

  it('takes the error of float32 values in double', () => {
    const [x, y] = [Math.fround(1e8), Math.fround(1e-3)];
    expect(measure(Float32Array.of(x, 0), Float32Array.of(y, 0)).maxAbsError).toBe(x - y);
  });

  it('finds an exact copy infinitely good', () => {
    const values = Float64Array.of(1, 2, Number.NaN, -9999, 5);
    const found = measure(values, values.slice(), [-9999], 5);
    expect(found).toMatchObject({
      values: 3,
      missing: 2,
      missingDiffer: 0,
      mse: 0,
      psnr: Number.POSITIVE_INFINITY,
      npme: 0,
    });
    expect(found).toMatchObject({ bias: 0, errorDeviation: 0, minimum: 1, maximum: 5 });
    expect(found).not.toHaveProperty('autocorrelation');
  });

  it('has an answer for a constant field', () => {
    const exact = measure(Float32Array.of(3, 3), Float32Array.of(3, 3));
    expect(exact).toMatchObject({ range: 0, psnr: Number.POSITIVE_INFINITY, npme: 0 });
    const off = measure(Float32Array.of(3, 3), Float32Array.of(3, 4));
    expect(off).toMatchObject({ range: 0, psnr: Number.NEGATIVE_INFINITY, npme: Number.POSITIVE_INFINITY, mse: 0.5 });
  });

  it('has no answer for a field without values', () => {
    const missing = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY);
    const found = measure(missing, missing.slice(), [], 2);
    expect(found).toMatchObject({ values: 0, missing: 2, missingDiffer: 0 });
    for (const key of ['minimum', 'maximum', 'range', 'mse', 'rmse', 'psnr', 'maxAbsError', 'npme', 'bias'] as const) {
      expect(found[key], key).toBeNaN();
    }
    expect(measure(new Float32Array(0), new Float32Array(0)).values).toBe(0);
  });

  it('gives equal errors no deviation and no autocorrelation', () => {
    const original = noise(5000);
    const found = measure(
      original.map(Math.fround),
      original.map(x => Math.fround(x) + 0.1 - 0.1 + 0.25),
      [],
      100,
    );
    expect(found.errorDeviation).toBeLessThan(1e-15);
    const exact = measure(new Float64Array(5000), new Float64Array(5000).fill(0.1), [], 100);
    expect(exact).toMatchObject({ bias: 0.1, errorDeviation: 0 });
    expect(exact).not.toHaveProperty('autocorrelation');
  });

  it('measures errors whose squares no double can hold', () => {
    const [original, errors] = [noise(6000), noise(6000, 7)];
    const plain = measure(
      original,
      original.map((x, i) => x + errors[i]! / 64),
      [],
      100,
    );
    for (const exponent of [-1015, -700, 700, 1015]) {
      const scaled = (x: number) => x * 2 ** exponent;
      const found = measure(
        original.map(scaled),
        original.map((x, i) => scaled(x) + scaled(errors[i]! / 64)),
        [],
        100,
      );
      expect(found.psnr).toBeCloseTo(plain.psnr, 4);
      expect(found.autocorrelation).toBeCloseTo(plain.autocorrelation!, 3);
      for (const key of ['rmse', 'maxAbsError', 'errorDeviation'] as const) {
        expect(found[key] / 2 ** exponent / plain[key], key).toBeCloseTo(1, 3);
      }
    }
    // The mean squared error itself is what a double makes of it.
    expect(measure(Float64Array.of(0, 1e-200), Float64Array.of(1e-201, 1e-200))).toMatchObject({ mse: 0 });
    expect(measure(Float64Array.of(0, 1e300), Float64Array.of(1e200, 1e300)).mse).toBe(Number.POSITIVE_INFINITY);
  });

  it('adds parts of all magnitudes', () => {
    for (const [first, second] of [
      [1e-300, 1e-3],
      [1e-3, 1e300],
      [1e300, 1e-300],
      [0, 1e-300],
    ] as const) {
      const meter = new ErrorMeter();
      for (const size of [first, second]) meter.add(Float64Array.of(0, 0), Float64Array.of(size, -size / 2));
      const largest = Math.max(first, second);
      // Beside the larger part the smaller is nothing: squares of 1 and 1/4 over four values.
      expect(meter.result().rmse / largest / Math.sqrt(1.25 / 4)).toBeCloseTo(1, 9);
      expect(meter.result().errorDeviation / largest).toBeCloseTo(Math.sqrt(1.25 / 4 - 1 / 64), 9);
    }
  });

  it('refuses what does not belong together', () => {
    expect(() => measure(new Float32Array(4), new Float32Array(3))).toThrow(ArgumentError);
    expect(() => measure(new Float32Array(4), new Float64Array(4))).toThrow(
      'Expected two fields of one type and length, found Float32Array of 4 and Float64Array of 4.',
    );
    for (const columns of [3, 0, -2, 0.5]) {
      expect(() => measure(new Float32Array(4), new Float32Array(4), [], columns)).toThrow(ArgumentError);
    }
  });
});

describe('missing values', () => {
  /** float32 values with these bits. */
  const bits = (...words: number[]) => new Float32Array(Uint32Array.from(words).buffer);
  const [nan, otherNan, infinite, one] = [0x7fc00000, 0x7fc00001, 0x7f800000, 0x3f800000];

  it('must come back bit for bit', () => {
    expect(measure(bits(nan, infinite, one), bits(nan, infinite, one))).toMatchObject({ missing: 2, missingDiffer: 0 });
    expect(measure(bits(nan, infinite, one), bits(otherNan, nan, one))).toMatchObject({ missing: 2, missingDiffer: 2 });
  });

  it('must be missing on both sides or on neither', () => {
    const found = measure(bits(nan, one, one), bits(one, nan, one));
    expect(found).toMatchObject({ values: 1, missing: 1, missingDiffer: 2, maxAbsError: 0 });
  });

  it('are compared in both halves of a double', () => {
    const doubles = (...words: number[]) => new Float64Array(Uint32Array.from(words).buffer);
    const original = doubles(0, 0x7ff80000, 5, 0x7ff80000, 0, 0x7ff80000);
    const reconstructed = doubles(0, 0x7ff80000, 6, 0x7ff80000, 0, 0xfff80000);
    expect(measure(original, reconstructed)).toMatchObject({ missing: 3, missingDiffer: 2 });
  });

  it('may be any of several fill values, in the precision of the field', () => {
    const fillValues = [-9999, 1e20, 0.1, Number.NaN];
    const values = Float32Array.of(-9999, 1e20, 0.1, 7);
    expect(measure(values, values.slice(), fillValues)).toMatchObject({ values: 1, missing: 3, missingDiffer: 0 });
    // The same numbers as doubles: the float32 nearest to 0.1 is not 0.1.
    const doubles = Float64Array.from(values);
    expect(measure(doubles, doubles.slice(), fillValues)).toMatchObject({ missing: 1 });
  });

  it('do not count as neighbours', () => {
    const original = Float64Array.of(0, 0, Number.NaN, 0, 0);
    const found = measure(original, Float64Array.of(1, -1, Number.NaN, 1, -1), [], 5);
    expect(found.autocorrelation).toBe(-1);
  });

  it('keep the range of the original, not of what came back', () => {
    const found = measure(Float32Array.of(0, 5, 9), Float32Array.of(0, 5, Number.NaN));
    expect(found).toMatchObject({ minimum: 0, maximum: 9, values: 2, missingDiffer: 1 });
  });
});

describe('ErrorMeter', () => {
  it('agrees with the definitions, whatever the field and however it is divided', () => {
    const value = fc.oneof(
      { weight: 8, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
      fc.constant(Number.NaN),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(Float32Array, Float64Array),
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.tuple(value, fc.double({ min: -10, max: 10, noNaN: true })), { minLength: 4, maxLength: 60 }),
        fc.nat(60),
        (Type, columns, pairs, cut) => {
          const whole = pairs.slice(0, pairs.length - (pairs.length % columns));
          const original = Type.from(whole.map(([x]) => x));
          const reconstructed = Type.from(whole.map(([x, e]) => x + e));
          const expected = reference(original, reconstructed, columns);
          fc.pre(expected.values! > 1 && expected.mse! > 1e-6 && expected.range! > 1e-3);
          const at = Math.min(whole.length, cut - (cut % columns));
          const meter = new ErrorMeter();
          meter.add(original.subarray(0, at), reconstructed.subarray(0, at), columns);
          meter.add(original.subarray(at), reconstructed.subarray(at), columns);
          const { autocorrelation, ...rest } = expected;
          expectClose(meter.result(), rest);
          if (Number.isFinite(autocorrelation) && expected.errorDeviation! > 1e-3) {
            expectClose(meter.result(), { autocorrelation: autocorrelation! }, 1e-6);
          }
        },
      ),
    );
  });

  it('counts the neighbours across the blocks of a long row', () => {
    const original = noise(3 * 10_000);
    const errors = noise(original.length, 7);
    const reconstructed = original.map((x, i) => x + errors[i]! + (errors[i - 1] ?? 0));
    expectClose(measure(original, reconstructed, [], 10_000), reference(original, reconstructed, 10_000));
  });

  it('stays exact where the bias is far above the deviation, over millions of values', () => {
    const count = 2 ** 21;
    const errors = noise(count, 3);
    const original = new Float64Array(count);
    const reconstructed = errors.map(e => 1e6 + e);
    // The errors as they are once 1e6 has rounded them.
    const mean = reconstructed.reduce((sum, e) => sum + (e - 1e6), 0) / count;
    const variance = reconstructed.reduce((sum, e) => sum + (e - 1e6 - mean) ** 2, 0) / count;
    const found = measure(original, reconstructed, [], 2048);
    expect(found.bias).toBeCloseTo(1e6 + mean, 9);
    expect(Math.abs(found.errorDeviation / Math.sqrt(variance) - 1)).toBeLessThan(1e-11);
    expect(Math.abs(found.autocorrelation!)).toBeLessThan(0.01);
  });

  it('keeps small errors beside large ones', () => {
    const meter = new ErrorMeter();
    const [zeros, ones] = [new Float64Array(4096), new Float64Array(4096).fill(1)];
    meter.add(Float64Array.of(0), Float64Array.of(1e9));
    for (let i = 0; i < 64; i++) meter.add(zeros, ones);
    meter.add(Float64Array.of(0), Float64Array.of(-1e9));
    const count = 64 * 4096;
    expect(meter.result().mse).toBe((2e18 + count) / (count + 2));
  });
});
