import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorruptStreamError, decodeExact, decodeLattice, encodeExact, encodeLattice } from '../dist/index.js';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const side = fc.integer({ min: 1, max: 30 });
const effort = fc.constantFrom('fast' as const, 'balanced' as const, 'best' as const);

// Rolling ground with an amplitude, so that small and huge residuals both occur, and now and then anything at all.
const lattice = fc
  .record({ rows: side, columns: side, effort, exponent: fc.integer({ min: 0, max: 30 }), masked: fc.boolean() })
  .chain(shape =>
    fc
      .record({
        wild: fc.array(fc.tuple(fc.nat({ max: 899 }), int32), { maxLength: 5 }),
        noise: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 7, maxLength: 50 }),
      })
      .map(({ wild, noise }) => {
        const size = shape.rows * shape.columns;
        const values = Int32Array.from(
          { length: size },
          (_, i) => Math.sin(0.1 * (i % shape.columns)) * 2 ** shape.exponent + (noise[i % noise.length] ?? 0),
        );
        for (const [at, value] of wild) values[at % size] = value;
        const mask = shape.masked
          ? Uint8Array.from(values, (_, i) => (noise[(i * 3) % noise.length] === 1 ? 1 : 0))
          : null;
        return { ...shape, values, mask };
      }),
  );

describe('lattices', () => {
  it('come back, but for masked sites', () => {
    fc.assert(
      fc.property(lattice, ({ values, rows, columns, mask, effort: spent }) => {
        const back = decodeLattice(encodeLattice(values, rows, columns, mask, spent), rows, columns, mask);
        expect(back).toEqual(values.map((v, i) => (mask?.[i] ? 0 : v)));
      }),
      { numRuns: 300 },
    );
  });

  it('give an error or other values when damaged, and never a crash', () => {
    fc.assert(
      fc.property(lattice, fc.nat(), fc.nat({ max: 255 }), fc.nat(), (given, at, byte, cut) => {
        const bytes = encodeLattice(given.values, given.rows, given.columns, given.mask);
        const damaged = bytes.slice();
        damaged[at % damaged.length] = byte;
        for (const stream of [damaged, bytes.subarray(0, cut % bytes.length), Uint8Array.of(...bytes, byte)]) {
          try {
            decodeLattice(stream, given.rows, given.columns, given.mask);
            expect(stream).toBe(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptStreamError);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('refuse wrong types, lengths and efforts', () => {
    const values = new Int32Array(6);
    expect(() => encodeLattice(values, 2, 4)).toThrow(RangeError);
    expect(() => encodeLattice(values, 0, 6)).toThrow(RangeError);
    expect(() => encodeLattice(new Float32Array(6) as never, 2, 3)).toThrow(TypeError);
    expect(() => encodeLattice(values, 2, 3, new Uint8Array(5))).toThrow(RangeError);
    expect(() => encodeLattice(values, 2, 3, null, 'most' as never)).toThrow(RangeError);
    expect(() => decodeLattice([] as never, 2, 3)).toThrow(TypeError);
    expect(() => decodeLattice(new Uint8Array(0), 2, 3)).toThrow(CorruptStreamError);
  });
});

describe('exact values', () => {
  it('come back bit for bit', () => {
    const words = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 2, maxLength: 400 });
    fc.assert(
      fc.property(words, fc.boolean(), effort, (list, wide, spent) => {
        const bits = Uint32Array.from(list.slice(0, list.length & ~1));
        const values = wide ? new Float64Array(bits.buffer) : new Float32Array(bits.buffer);
        const back = wide ? new Float64Array(values.length) : new Float32Array(values.length);
        decodeExact(encodeExact(values, 1, values.length, null, spent), back, 1, values.length);
        expect(new Uint32Array(back.buffer)).toEqual(bits);
      }),
    );
  });
});
