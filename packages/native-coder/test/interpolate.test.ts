import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorruptStreamError, decodeInterpolated, encodeInterpolated } from '../dist/index.js';

const side = fc.integer({ min: 1, max: 40 });

/** Rolling ground with grains, some of it missing, and a bound. */
const plane = fc.record({
  rows: side,
  columns: side,
  Type: fc.constantFrom(Float32Array, Float64Array),
  masked: fc.boolean(),
  exponent: fc.integer({ min: -30, max: 30 }),
  share: fc.integer({ min: 1, max: 17 }),
  grains: fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 7, maxLength: 60 }),
});

function planeOf({ rows, columns, Type, masked, exponent, share, grains }: fc.GetReturnType<typeof plane>) {
  const values = new Type(rows * columns);
  for (let i = 0; i < values.length; i++) {
    values[i] = 2 ** exponent * (5 * Math.sin(0.2 * (i % columns)) + grains[i % grains.length]! + i / 1000);
  }
  const mask = masked ? Uint8Array.from(values, (_, i) => (grains[(3 * i) % grains.length]! > 0.4 ? 2 : 0)) : null;
  const interval = { minimum: Math.min(...values), maximum: Math.max(...values) };
  const bound = 2 ** -share * (interval.maximum - interval.minimum);
  return { values, rows, columns, mask, interval, bound };
}

describe('interpolation', () => {
  it('keeps a bound for every present value, and says beforehand what the decoder gives', () => {
    let coded = 0;
    fc.assert(
      fc.property(plane, given => {
        const { values, rows, columns, mask, interval, bound } = planeOf(given);
        const restored = values.slice();
        const bytes = encodeInterpolated(values, rows, columns, mask, interval, bound, restored);
        if (bytes === undefined) return;
        coded++;
        const decoded = values.slice().fill(7);
        decodeInterpolated(bytes, decoded, rows, columns, mask, interval);
        expect(decoded).toEqual(restored);
        const again = values.slice();
        expect(encodeInterpolated(values, rows, columns, mask, interval, bound, again, 2)).toEqual(bytes);
        expect(again).toEqual(restored);
        const worst = decoded.reduce((most, v, i) => Math.max(most, mask?.[i] ? 0 : Math.abs(v - values[i]!)), 0);
        expect(worst).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 300 },
    );
    expect(coded).toBeGreaterThan(200);
  });

  it('gives an error or other values when damaged, and never a crash', () => {
    const { values, rows, columns, mask, interval } = planeOf({
      rows: 30,
      columns: 33,
      Type: Float32Array,
      masked: true,
      exponent: 0,
      share: 1,
      grains: [0.1, 0.7, -0.3, 0.5, 0.9, -0.8, 0.2],
    });
    const bytes = encodeInterpolated(values, rows, columns, mask, interval, 0.01, values.slice())!;
    let errors = 0;
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = bytes.slice();
        damaged[at]! ^= change;
        try {
          decodeInterpolated(damaged, values.slice(), rows, columns, mask, interval);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptStreamError);
          errors++;
        }
      }),
      { numRuns: 300 },
    );
    expect(errors).toBeGreaterThan(100);
    expect(() => decodeInterpolated(bytes.subarray(0, 20), values, rows, columns, mask, interval)).toThrow(
      CorruptStreamError,
    );
  });

  it('gives nothing where a bound is too near the precision of the type', () => {
    const values = Float32Array.of(1000, 1001, 1002, 1003);
    const interval = { minimum: 1000, maximum: 1003 };
    expect(encodeInterpolated(values, 2, 2, null, interval, 1e-5, values.slice())).toBeUndefined();
    expect(encodeInterpolated(values, 2, 2, null, interval, 1e-3, values.slice())).toBeInstanceOf(Uint8Array);
  });

  it('checks types and lengths', () => {
    const values = new Float32Array(6);
    const interval = { minimum: 0, maximum: 1 };
    expect(() => encodeInterpolated(values, 2, 4, null, interval, 0.1, values)).toThrow(RangeError);
    expect(() => encodeInterpolated(values, 2, 3, new Uint8Array(5), interval, 0.1, values)).toThrow(RangeError);
    expect(() => encodeInterpolated(values, 2, 3, null, interval, 0.1, new Float64Array(6))).toThrow(TypeError);
    expect(() => decodeInterpolated(new Uint8Array(9), new Float32Array(7), 2, 3, null, interval)).toThrow(RangeError);
  });
});
