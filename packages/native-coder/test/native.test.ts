import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CorruptStreamError,
  createFactorisedTables,
  createScaleTables,
  decodeLatents,
  decodeMask,
  decodeSymbols,
  encodeLatents,
  encodeMask,
  encodeSymbols,
  fillMissing,
  fromLatents,
  type LatentShape,
  latentBits,
  quantiseLatents,
  TableSet,
  toLatents,
  waveletForward,
  waveletInverse,
} from '../dist/index.js';
import { loadNative } from '../dist/loader.js';

const logistic = createScaleTables('logistic');
const gaussian = createScaleTables('gaussian');
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const side = fc.integer({ min: 1, max: 40 });

describe('symbols', () => {
  it('come back with scale tables, whatever their scales and means', () => {
    const symbol = fc.record({
      value: fc.oneof(fc.integer({ min: -50, max: 50 }), int32),
      scale: fc.integer({ min: 0, max: 63 }),
      mean8: fc.oneof(fc.integer({ min: -100, max: 100 }), int32),
    });
    fc.assert(
      fc.property(fc.array(symbol, { maxLength: 300 }), fc.constantFrom(logistic, gaussian), (list, tables) => {
        const symbols = Int32Array.from(list, s => s.value);
        const scales = Uint8Array.from(list, s => s.scale);
        const means = Int32Array.from(list, s => s.mean8);
        const bytes = encodeSymbols(tables, symbols, scales, means);
        expect(decodeSymbols(tables, bytes, scales, means)).toEqual(symbols);
        const centred = encodeSymbols(tables, symbols, scales);
        expect(decodeSymbols(tables, centred, Uint16Array.from(scales), null)).toEqual(symbols);
      }),
    );
  });

  it("come back with a model's own tables", () => {
    const frequencies = fc
      .array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 40 })
      .filter(list => list.some(f => f > 0));
    const table = fc.record({ first: fc.integer({ min: -100, max: 100 }), frequencies });
    fc.assert(
      fc.property(
        fc.array(table, { minLength: 1, maxLength: 5 }),
        fc.array(int32, { maxLength: 100 }),
        (list, values) => {
          const tables = createFactorisedTables(list);
          const index = Uint16Array.from(values, (_, i) => i % list.length);
          const symbols = Int32Array.from(values, (v, i) => (i % 3 === 0 ? v : v % 64));
          expect(decodeSymbols(tables, encodeSymbols(tables, symbols, index), index)).toEqual(symbols);
        },
      ),
    );
  });

  it('cost what the code lengths say', () => {
    const { first, bits, escapeBits } = logistic.codeLengths(20, 3);
    expect(first).toBeLessThan(0);
    const total = bits.reduce((sum, b) => sum + 2 ** -b, 0) + 2 ** -escapeBits;
    expect(total).toBeCloseTo(1, 5);
    const count = 8000;
    const symbols = new Int32Array(count).fill(first + 10);
    const bytes = encodeSymbols(logistic, symbols, new Uint8Array(count).fill(20), new Int32Array(count).fill(3));
    // One symbol over and over is no fair sample: the coder's state settles into a cycle that may even save a little.
    expect(Math.abs(bytes.length * 8 - count * bits[10]!)).toBeLessThan(count * bits[10]! * 0.01);
  });
});

describe('corrupt streams', () => {
  const index = new Uint8Array(200).fill(14);
  const symbols = Int32Array.from(index, (_, i) => (i % 7) - 3);
  const bytes = encodeSymbols(logistic, symbols, index);

  it('throw CorruptStreamError when cut', () => {
    for (let length = 0; length < bytes.length; ++length) {
      expect(() => decodeSymbols(logistic, bytes.subarray(0, length), index)).toThrow(CorruptStreamError);
    }
  });

  it('throw CorruptStreamError, or decode to something else, when damaged', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), noise => {
        try {
          expect(decodeSymbols(logistic, noise, index)).toHaveLength(index.length);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptStreamError);
          expect((error as CorruptStreamError).code).toBe('FIELDZIP_CORRUPT_STREAM');
        }
      }),
    );
  });

  it('throw CorruptStreamError as masks too', () => {
    expect(() => decodeMask(new Uint8Array(), 4, 4, 1)).toThrow(CorruptStreamError);
    expect(() => decodeMask(Uint8Array.of(2, 0), 4, 4, 1)).toThrow(CorruptStreamError);
  });
});

describe('latents', () => {
  const shapes: fc.Arbitrary<LatentShape> = fc.oneof(
    fc.record({ layout: fc.constant('blocks8' as const), height: side, width: side, scaleOnly: fc.boolean() }),
    fc.record({
      layout: fc.constant('all' as const),
      channels: fc.integer({ min: 1, max: 20 }),
      gridHeight: fc.integer({ min: 1, max: 6 }),
      gridWidth: fc.integer({ min: 1, max: 6 }),
      scaleOnly: fc.boolean(),
    }),
  );

  function sizeOf(shape: LatentShape): number {
    return shape.layout === 'all'
      ? shape.channels * shape.gridHeight * shape.gridWidth
      : 64 * Math.ceil(shape.height / 8) * Math.ceil(shape.width / 8);
  }

  it('decode to what the encoder said it quantised', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.infiniteStream(fc.float()),
        fc.infiniteStream(fc.nat(255)),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (shape, floats, bytesIn, price) => {
          const size = sizeOf(shape);
          const y = Float32Array.from({ length: size }, () => floats.next().value as number);
          const params = Uint8Array.from(
            { length: shape.scaleOnly ? size : 2 * size },
            () => bytesIn.next().value as number,
          );
          const { bytes, quantised } = encodeLatents(logistic, y, params, shape, price);
          expect(quantiseLatents(logistic, y, params, shape, price)).toEqual(quantised);
          expect(decodeLatents(logistic, bytes, params, shape)).toEqual(quantised);
          expect(Math.abs(latentBits(logistic, quantised, params, shape) - 8 * bytes.length)).toBeLessThan(
            200 + 0.01 * 8 * bytes.length,
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('the wavelet', () => {
  it('is undone by its inverse', () => {
    fc.assert(
      fc.property(side, side, fc.nat(31), fc.boolean(), (height, width, levels, double) => {
        const original = Array.from({ length: height * width }, (_, i) => Math.sin(i * 1.7) * 100);
        const data = double ? Float64Array.from(original) : Float32Array.from(original);
        waveletForward(data, height, width, levels);
        waveletInverse(data, height, width, levels);
        for (const [i, value] of data.entries()) {
          expect(Math.abs(value - original[i]!)).toBeLessThan(double ? 1e-10 : 1e-3);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps all coefficients on the way through latents', () => {
    fc.assert(
      fc.property(side, side, (height, width) => {
        const coefficients = Float32Array.from({ length: height * width }, (_, i) => i - 50);
        const latents = toLatents(coefficients, height, width, new Float32Array(64).fill(4));
        expect(latents).toHaveLength(64 * Math.ceil(height / 8) * Math.ceil(width / 8));
        expect(fromLatents(latents, height, width, new Float32Array(64).fill(0.25))).toEqual(coefficients);
      }),
    );
  });
});

describe('masks', () => {
  it('come back', () => {
    fc.assert(
      fc.property(
        side,
        side,
        fc.integer({ min: 1, max: 255 }),
        fc.infiniteStream(fc.nat(400)),
        (height, width, patterns, stream) => {
          const classes = Uint8Array.from({ length: height * width }, () => {
            const value = stream.next().value as number;
            return value <= patterns && value <= 255 ? value : 0;
          });
          expect(decodeMask(encodeMask(classes, height, width), height, width, patterns)).toEqual(classes);
        },
      ),
    );
  });

  it('are one byte where nothing is missing', () => {
    expect(encodeMask(new Uint8Array(1e6), 1000, 1000)).toHaveLength(1);
  });

  it('let missing values be filled between the present ones', () => {
    const values = Float32Array.of(1, Number.NaN, Number.NaN, 5);
    fillMissing(values, Uint8Array.of(0, 1, 2, 0), 1, 4);
    expect(values[0]).toBe(1);
    expect(values[3]).toBe(5);
    for (const value of values) expect(value >= 1 && value <= 5).toBe(true);
    const empty = Float64Array.of(7, Number.NaN);
    fillMissing(empty, Uint8Array.of(1, 1), 2, 1);
    expect(empty).toEqual(Float64Array.of(0, 0));
  });
});

describe('arguments', () => {
  const index = new Uint8Array(3);

  it.each<[string, () => unknown]>([
    ['symbols of another type', () => encodeSymbols(logistic, new Float32Array(3) as never, index)],
    ['an index of another type', () => encodeSymbols(logistic, new Int32Array(3), [0, 0, 0] as never)],
    ['something else as tables', () => encodeSymbols({} as never, new Int32Array(3), index)],
    ['bytes of another type', () => decodeSymbols(logistic, 'bytes' as never, index)],
    ['an unknown family', () => createScaleTables('cauchy' as never)],
    ['a table set made by hand', () => new TableSet(Symbol('x') as never, 'scale', null)],
    ['an unknown layout', () => decodeLatents(logistic, index, index, { layout: 'rows' } as never)],
    ['a wavelet of integers', () => waveletForward(new Int32Array(4) as never, 2, 2, 1)],
  ])('TypeError for %s', (_, call) => {
    expect(call).toThrow(TypeError);
  });

  it.each<[string, () => unknown]>([
    ['too few indices', () => encodeSymbols(logistic, new Int32Array(4), index)],
    ['a scale above 63', () => encodeSymbols(logistic, new Int32Array(1), Uint8Array.of(64))],
    ['too few means', () => encodeSymbols(logistic, new Int32Array(3), index, new Int32Array(2))],
    [
      'means for factorised tables',
      () =>
        encodeSymbols(
          createFactorisedTables([{ first: 0, frequencies: [1] }]),
          new Int32Array(3),
          index,
          new Int32Array(3),
        ),
    ],
    ['no tables', () => createFactorisedTables([])],
    ['negative frequencies', () => createFactorisedTables([{ first: 0, frequencies: [-1] }])],
    ['fractional frequencies', () => createFactorisedTables([{ first: 0, frequencies: [0.5] }])],
    ['a wrong size', () => waveletForward(new Float32Array(5), 2, 2, 1)],
    ['no rows', () => waveletForward(new Float32Array(0), 0, 2, 1)],
    ['a fractional size', () => waveletForward(new Float32Array(5), 2.5, 2, 1)],
    ['too many levels', () => waveletForward(new Float32Array(4), 2, 2, 32)],
    ['wrong gains', () => toLatents(new Float32Array(4), 2, 2, new Float32Array(63))],
    [
      'wrong parameters',
      () => decodeLatents(logistic, index, new Uint8Array(64), { layout: 'blocks8', height: 8, width: 8 }),
    ],
    [
      'a negative price',
      () =>
        quantiseLatents(
          logistic,
          new Float32Array(64),
          new Uint8Array(128),
          { layout: 'blocks8', height: 8, width: 8 },
          -1,
        ),
    ],
    ['a mask of the wrong size', () => encodeMask(new Uint8Array(3), 2, 2)],
    ['an unknown phase', () => logistic.codeLengths(3, 4)],
  ])('RangeError for %s', (_, call) => {
    expect(call).toThrow(RangeError);
  });
});

describe('the loader', () => {
  it('says what it tried and what can be done', () => {
    expect(() => loadNative(['./no-such-addon.node'])).toThrow(
      /Tried:\n- \.\/no-such-addon\.node: .*\nPossible solutions:/,
    );
  });
});
