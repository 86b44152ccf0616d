import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CorruptStreamError,
  decodeExact,
  decodeLattice,
  decodeLatticeInto,
  encodeExact,
  encodeLattice,
  estimateLattice,
} from '../dist/index.js';

const models = new URL('../../models/predict/', import.meta.url);
const network = new Uint8Array(
  readFileSync(new URL(readdirSync(models).find(name => name.endsWith('.bin')) ?? '', models)),
);

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
        for (const asked of [null, network]) {
          const bytes = encodeLattice(values, rows, columns, mask, spent, asked);
          const back = decodeLattice(bytes, rows, columns, mask, asked);
          expect(back).toEqual(values.map((v, i) => (mask?.[i] ? 0 : v)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('give an error or other values when damaged, and never a crash', () => {
    fc.assert(
      fc.property(lattice, fc.nat(), fc.nat({ max: 255 }), fc.nat(), (given, at, byte, cut) => {
        const asked = cut % 2 === 0 ? network : null;
        const bytes = encodeLattice(given.values, given.rows, given.columns, given.mask, 'balanced', asked);
        const damaged = bytes.slice();
        damaged[at % damaged.length] = byte;
        for (const stream of [damaged, bytes.subarray(0, cut % bytes.length), Uint8Array.of(...bytes, byte)]) {
          try {
            decodeLattice(stream, given.rows, given.columns, given.mask, network);
            expect(stream).toBe(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptStreamError);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('may have 64 bits', () => {
    const values = BigInt64Array.from(
      { length: 900 },
      (_, i) => BigInt(i % 30) ** 13n - (1n << 61n) * BigInt(i % 7 === 0),
    );
    const [back, short] = [new BigInt64Array(900), new BigInt64Array(899)];
    for (const asked of [null, network]) {
      decodeLatticeInto(encodeLattice(values, 30, 30, null, 'balanced', asked), back.fill(0n), 30, 30, null, asked);
      expect(back).toEqual(values);
    }
    expect(() => decodeLatticeInto(encodeLattice(values, 30, 30), short, 30, 30)).toThrow(RangeError);
  });

  it('take fewer bytes with the network, which their decoder then needs', () => {
    const values = Int32Array.from(
      { length: 200 * 200 },
      (_, i) => 4 * Math.sin(0.05 * (i % 200)) * Math.cos(0.0002 * i) + ((Math.sin(i) * 43758.5453) % 1) / 4,
    );
    const [plain, smaller] = [
      encodeLattice(values, 200, 200),
      encodeLattice(values, 200, 200, null, 'balanced', network),
    ];
    expect(smaller.length).toBeLessThan(plain.length);
    expect(() => decodeLattice(smaller, 200, 200)).toThrow(RangeError);
    expect(() => decodeLattice(smaller, 200, 200, null, network.subarray(1))).toThrow(RangeError);
    expect(decodeLattice(plain, 200, 200, null, network)).toEqual(values);
    expect(encodeLattice(values, 200, 200, null, 'fast', network)).toEqual(
      encodeLattice(values, 200, 200, null, 'fast'),
    );
  });

  it('are estimated to some 50 %', () => {
    const values = Int32Array.from({ length: 200 * 200 }, (_, i) => 900 * Math.sin(0.05 * (i % 200)) + ((i * i) % 77));
    const ratio = estimateLattice(values, 200, 200) / (8 * encodeLattice(values, 200, 200).length);
    expect(Math.abs(Math.log(ratio))).toBeLessThan(0.5);
    expect(() => estimateLattice(values, 200, 201)).toThrow(RangeError);
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
