import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyMissing, fromLattice, keepsBound, rootMeanSquare, scanValues, toLattice } from '../dist/index.js';

/** Lengths around those at which loops change their step. */
const length = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 4080, max: 4120 }), fc.constant(9000));
const Type = fc.constantFrom(Float32Array, Float64Array);

function wave(length: number, Kind: typeof Float32Array | typeof Float64Array, seed: number) {
  return Kind.from({ length }, (_, i) => Math.sin(seed + i / 7) * 100 + Math.cos(i * 1.7 + seed));
}

/** Some of the sites, the first and the last among them now and then. */
function someOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (Math.sin(seed + i * i) > 0.7 ? 1 + (i % 2) : 0));
}

describe('scanValues and classifyMissing', () => {
  it('tell what is present from what is missing, and its range', () => {
    let found = 0;
    fc.assert(
      fc.property(length, Type, fc.nat(), fc.boolean(), (n, Kind, seed, some) => {
        const values = wave(n, Kind, seed);
        const missing = [Number.NaN, Number.POSITIVE_INFINITY, -Infinity, -9999.1, 1e30];
        const where = some ? someOf(n, seed) : new Uint8Array(n);
        const present = [...values].filter((_, i) => where[i] === 0);
        where.forEach((site, i) => {
          if (site > 0) values[i] = missing[i % missing.length]!;
        });
        const fills = [-9999.1, 1e30];
        expect(scanValues(values, fills)).toEqual({
          minimum: present.reduce((least, value) => Math.min(least, value), Infinity),
          maximum: present.reduce((most, value) => Math.max(most, value), -Infinity),
          missing: present.length < n,
        });
        const classes = new Uint8Array(n).fill(9);
        const patterns = classifyMissing(values, fills, 255, classes)!;
        const bits = Kind === Float32Array ? new Uint32Array(values.buffer) : new BigUint64Array(values.buffer);
        expect(classes.map(each => (each > 0 ? 1 : 0))).toEqual(where.map(each => (each > 0 ? 1 : 0)));
        expect(classes.every((each, i) => each === 0 || patterns[each - 1] === BigInt(bits[i]!))).toBe(true);
        expect(new Set(patterns).size).toBe(patterns.length);
        found += patterns.length;
      }),
      { numRuns: 200 },
    );
    expect(found).toBeGreaterThan(200);
  });

  it('name patterns in the order met, and say when there are too many', () => {
    const payloads = new Float32Array(Uint32Array.of(0x7fc00003, 0x7fc00001, 0x7fc00003, 0x7fc00002).buffer);
    const classes = new Uint8Array(4);
    expect(classifyMissing(payloads, [], 3, classes)).toEqual([0x7fc00003n, 0x7fc00001n, 0x7fc00002n]);
    expect([...classes]).toEqual([1, 2, 1, 3]);
    expect(classifyMissing(payloads, [], 2, classes)).toBeUndefined();
  });

  it('give a zero without a sign, and a range that is none where nothing is present', () => {
    const zero = scanValues(Float64Array.of(-0, -0), []);
    expect([Object.is(zero.minimum, 0), Object.is(zero.maximum, 0)]).toEqual([true, true]);
    expect(scanValues(Float32Array.of(Number.NaN), [])).toEqual({
      minimum: Infinity,
      maximum: -Infinity,
      missing: true,
    });
  });
});

describe('toLattice and fromLattice', () => {
  it('round every value once in double precision, and then to its type', () => {
    fc.assert(
      fc.property(length, Type, fc.nat(), fc.integer({ min: 1, max: 24 }), (n, Kind, seed, fineness) => {
        const values = wave(n, Kind, seed);
        const { minimum } = scanValues(values, []);
        const step = 200 / 2 ** fineness / 1.1;
        const integers = new Int32Array(n);
        const [restored, again] = [new Kind(n), new Kind(n)];
        expect(toLattice(values, null, minimum, step, Infinity, integers, restored)).toBe(true);
        expect(integers).toEqual(Int32Array.from(values, value => Math.floor((value - minimum) / step + 0.5)));
        expect(restored).toEqual(Kind.from(integers, integer => minimum + integer * step));
        fromLattice(again, integers, minimum, step);
        expect(again).toEqual(restored);
      }),
      { numRuns: 50 },
    );
  });

  it('refuse a bound that one value misses, unless that is masked', () => {
    const values = wave(5000, Float64Array, 1);
    const mask = new Uint8Array(5000);
    const { minimum } = scanValues(values, []);
    const [integers, restored] = [new Int32Array(5000), new Float64Array(5000)];
    const kept = (bound: number) => toLattice(values, mask, minimum, 1, bound, integers, restored);
    expect(kept(0.5 + 1e-9)).toBe(true);
    const errors = restored.map((value, i) => Math.abs(value - values[i]!));
    const worst = errors.indexOf(Math.max(...errors));
    const second = errors.toSorted().at(-2)!;
    expect(kept(second)).toBe(false);
    mask[worst] = 1;
    expect(kept(second)).toBe(true);
  });

  it('put anything, and do nothing undefined, where masked values are beyond all integers', () => {
    const values = Float64Array.of(1, Number.NaN, 1e300, -1e300, Infinity, 2);
    const mask = Uint8Array.of(0, 1, 1, 1, 1, 0);
    const integers = new Int32Array(6);
    expect(toLattice(values, mask, 1, 0.25, 0.1, integers, new Float64Array(6))).toBe(true);
    expect([integers[0], integers[5]]).toEqual([0, 4]);
  });
});

describe('keepsBound and rootMeanSquare', () => {
  it('see every value that is not masked', () => {
    fc.assert(
      fc.property(length, Type, fc.nat(), (n, Kind, seed) => {
        const values = wave(n, Kind, seed);
        const restored = values.map((value, i) => value + Math.sin(i * seed) / 4);
        const mask = someOf(n, seed);
        const errors = [...restored].map((value, i) => Math.abs(value - values[i]!));
        const counted = errors.filter((_, i) => mask[i] === 0);
        const worst = Math.max(0, ...counted);
        expect(keepsBound(values, restored, mask, worst)).toBe(true);
        expect(keepsBound(values, restored, mask, worst * (1 - 1e-12))).toBe(worst === 0);
        const squares = counted.reduce((sum, error) => sum + error * error, 0);
        expect(rootMeanSquare(values, restored, mask)).toBeCloseTo(
          Math.sqrt(squares / Math.max(1, counted.length)),
          12,
        );
        const all = errors.reduce((sum, error) => sum + error * error, 0);
        expect(rootMeanSquare(values, restored, null)).toBeCloseTo(Math.sqrt(all / n), 12);
        restored[n - 1] = Number.NaN;
        expect(keepsBound(values, restored, null, Infinity)).toBe(false);
        expect(rootMeanSquare(values, restored, null)).toBeNaN();
      }),
      { numRuns: 200 },
    );
  });

  it('measure errors whose squares no double holds', () => {
    expect(rootMeanSquare(Float64Array.of(0, 0), Float64Array.of(3e-200, 4e-200), null)).toBeCloseTo(
      Math.sqrt(12.5) * 1e-200,
      210,
    );
    const large = rootMeanSquare(Float64Array.of(0, 0), Float64Array.of(3e200, 4e200), null);
    expect(large / 1e200).toBeCloseTo(Math.sqrt(12.5), 12);
    expect(rootMeanSquare(Float64Array.of(0, 0), Float64Array.of(0, Infinity), null)).toBe(Infinity);
    expect(rootMeanSquare(Float64Array.of(1), Float64Array.of(7), Uint8Array.of(1))).toBe(0);
  });
});

it('arguments of wrong types and lengths are refused before anything is read', () => {
  const [values, two] = [Float32Array.of(1, 2, 3), Float32Array.of(1, 2)];
  expect(() => scanValues(Int32Array.of(1) as never, [])).toThrow(TypeError);
  expect(() => classifyMissing(values, [], 256, new Uint8Array(3))).toThrow(RangeError);
  expect(() => classifyMissing(values, [], 1, new Uint8Array(2))).toThrow(RangeError);
  expect(() => toLattice(values, null, 0, 1, 1, new Int32Array(2), values)).toThrow(RangeError);
  expect(() => toLattice(values, null, 0, 1, 1, new Int32Array(3), new Float64Array(3))).toThrow(TypeError);
  expect(() => fromLattice(values, new Int32Array(2), 0, 1)).toThrow(RangeError);
  expect(() => keepsBound(values, two, null, 1)).toThrow(RangeError);
  expect(() => keepsBound(values, values, new Uint8Array(2), 1)).toThrow(RangeError);
  expect(() => rootMeanSquare(values, new Float64Array(3), null)).toThrow(TypeError);
});
