import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyCorrections,
  CoefficientDecoder,
  CoefficientEncoder,
  CorruptStreamError,
  encodeCorrections,
  estimateCoefficients,
  storedStep,
} from '../dist/index.js';
import { runPasses } from './synthetic.js';

type Values = Float32Array | Float64Array;

// Hills at any magnitude, with noise and now and then a spike.
const field = fc
  .record({
    rows: fc.integer({ min: 1, max: 70 }),
    columns: fc.integer({ min: 1, max: 50 }),
    wide: fc.boolean(),
    exponent: fc.integer({ min: -300, max: 300 }),
    noise: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 5, maxLength: 40 }),
    spikes: fc.array(fc.nat(3499), { maxLength: 4 }),
    masked: fc.boolean(),
  })
  .map(({ rows, columns, wide, exponent, noise, spikes, masked }) => {
    const size = rows * columns;
    const unit = wide ? 10 ** exponent : 10 ** (exponent / 9);
    const values = new (wide ? Float64Array : Float32Array)(size).map(
      (_, i) => unit * (100 * Math.sin(0.1 * (i % columns)) + 3 * Math.cos(i / columns) + noise[i % noise.length]! / 9),
    );
    for (const at of spikes) values[at % size] = -500 * unit;
    const mask = masked ? Uint8Array.from(values, (_, i) => (noise[(3 * i) % noise.length]! > 4 ? 1 : 0)) : null;
    return { rows, columns, values, mask, unit };
  });

const lambda = fc.constantFrom(0, 0.12, 1);
/** Of the step, in units of the field. */
const coarseness = fc.constantFrom(0.01, 0.3, 5, 300);

function encode(
  given: { values: Values; rows: number; columns: number; mask?: Uint8Array | null },
  step: number,
  weight = 0,
  trellis = false,
) {
  const encoder = new CoefficientEncoder(given.values, given.rows, given.columns, given.mask ?? null, step, {
    lambda: weight,
    trellis,
  });
  runPasses(encoder);
  return encoder.finish();
}

function decode<T extends Values>(bytes: Uint8Array, rows: number, columns: number, target: T): T {
  const decoder = new CoefficientDecoder(bytes, rows, columns, target);
  runPasses(decoder);
  return decoder.finish();
}

describe('coefficients', () => {
  it('decode to what the encoder said, bit for bit, near the values', () => {
    fc.assert(
      fc.property(field, coarseness, lambda, fc.boolean(), (given, coarse, weight, trellis) => {
        const { rows, columns, values, mask, unit } = given;
        const step = coarse * unit;
        const { bytes, squaredError, reconstruction } = encode(given, step, weight, trellis);
        expect(decode(bytes, rows, columns, values.slice())).toEqual(reconstruction);
        let squared = 0;
        values.forEach((v, i) => {
          if (!mask?.[i]) squared += ((reconstruction[i]! - v) / storedStep(step)) ** 2;
        });
        expect(squared).toBe(squaredError);
        // Rounding alone leaves less than a quarter of a squared step in every coefficient; the transform is not quite orthogonal.
        if (weight === 0) expect(Math.sqrt(squared / values.length)).toBeLessThan(0.75 + 1e-4 / coarse);
      }),
      { numRuns: 100 },
    );
  });

  it('give an error or other values when damaged, and never a crash', () => {
    fc.assert(
      fc.property(
        field,
        coarseness,
        fc.boolean(),
        fc.nat(),
        fc.nat(255),
        fc.nat(),
        (given, coarse, trellis, at, byte, cut) => {
          const { bytes } = encode(given, coarse * given.unit, 0, trellis);
          const damaged = bytes.slice();
          damaged[at % damaged.length] = byte;
          for (const stream of [damaged, bytes.subarray(0, cut % bytes.length), Uint8Array.of(...bytes, byte)]) {
            try {
              decode(stream, given.rows, given.columns, given.values.slice());
              expect(stream).toBe(damaged);
            } catch (error) {
              expect(error).toBeInstanceOf(CorruptStreamError);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('go through two passes a level, on grids of blocks', () => {
    const encoder = new CoefficientEncoder(new Float32Array(50 * 21), 50, 21, null, 1);
    const shapes = [];
    for (let pass = encoder.next(); pass; pass = encoder.next()) {
      shapes.push([pass.channels, pass.rows, pass.columns]);
      encoder.code(new Uint8Array(18 * pass.rows * pass.columns));
    }
    expect(encoder.passes).toBe(6);
    expect(shapes).toEqual([
      [36, 4, 2],
      [42, 4, 2],
      [36, 7, 3],
      [42, 7, 3],
      [36, 13, 6],
      [42, 13, 6],
    ]);
  });

  it('give the network the same inputs as bytes and as floats, and take its parameters as either', () => {
    const values = Float32Array.from({ length: 900 }, (_, i) => Math.sin(i * 0.3) * 40);
    const asBytes = new CoefficientEncoder(values, 30, 30, null, 0.5);
    const asFloats = new CoefficientEncoder(values, 30, 30, null, 0.5);
    for (let pass = asBytes.next(); pass; pass = asBytes.next()) {
      asFloats.next();
      const bytes = new Uint8Array(pass.channels * pass.rows * pass.columns);
      const floats = new Float32Array(bytes.length);
      asBytes.inputs(bytes);
      asFloats.inputs(floats);
      expect(Array.from(floats)).toEqual(Array.from(bytes, b => b - 128));
      const parameters = Uint8Array.from({ length: 18 * pass.rows * pass.columns }, (_, i) => 80 + (i % 50));
      asBytes.code(parameters);
      asFloats.code(Float32Array.from(parameters));
    }
    expect(asFloats.finish()).toEqual(asBytes.finish());
  });

  it('leave a tile of at most 12 x 12 to its low-pass', () => {
    const values = Float64Array.from({ length: 144 }, (_, i) => i % 17);
    const { bytes, reconstruction } = encode({ values, rows: 12, columns: 12 }, 0.5);
    expect(Math.max(...values.map((v, i) => Math.abs(v - reconstruction[i]!)))).toBeLessThanOrEqual(0.25);
    expect(decode(bytes, 12, 12, new Float64Array(144))).toEqual(reconstruction);
    expect(new CoefficientDecoder(bytes, 12, 12, new Float64Array(144)).next()).toBeUndefined();
  });

  it('stay within the range that is known of the values', () => {
    const values = Float32Array.from({ length: 4096 }, (_, i) => (i % 64 < 20 ? 0 : 1));
    const range = { lowest: 0, highest: 1 };
    const encoder = new CoefficientEncoder(values, 64, 64, null, 0.4, { range });
    runPasses(encoder);
    const { bytes, reconstruction } = encoder.finish();
    expect(Math.min(...reconstruction)).toBe(0);
    expect(Math.max(...reconstruction)).toBe(1);
    const decoder = new CoefficientDecoder(bytes, 64, 64, new Float32Array(4096), range);
    runPasses(decoder);
    expect(decoder.finish()).toEqual(reconstruction);
  });

  it('spend fewer bits for a higher lambda', () => {
    const values = Float32Array.from(
      { length: 128 * 128 },
      (_, i) => Math.sin((i % 128) * 0.2) * 9 + ((i * 7919) % 101) / 25,
    );
    const sizes = [0, 0.1, 0.5].map(weight => encode({ values, rows: 128, columns: 128 }, 1.5, weight).bytes.length);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(sizes[2]).toBeLessThan(0.8 * sizes[0]!);
  });

  it('take fewer bytes by a trellis, at a smaller error', () => {
    const values = Float32Array.from(
      { length: 128 * 128 },
      (_, i) => Math.sin((i % 128) * 0.2) * 9 + 4 * ((Math.sin(i) * 9e4) % 1),
    );
    const at = (step: number, trellis: boolean) => {
      const { bytes, squaredError } = encode({ values, rows: 128, columns: 128 }, step, 0.12, trellis);
      // Bit 7 of the byte after step, offset and deltas says which it is.
      expect(bytes[8]! >> 7).toBe(trellis ? 1 : 0);
      return { bytes: bytes.length, error: squaredError * storedStep(step) ** 2 };
    };
    const [plain, trellis] = [at(0.5, false), at(0.52, true)];
    expect(trellis.bytes).toBeLessThan(0.99 * plain.bytes);
    expect(trellis.error).toBeLessThan(plain.error);
  });

  it('refuse steps at which coefficients do not fit', () => {
    const attempt = (values: Values, step: number) => () => new CoefficientEncoder(values, 20, 20, null, step);
    const noise = new Float64Array(400).map((_, i) => (i * 7919) % 13);
    const code = 'FIELDZIP_STEP_TOO_SMALL';
    expect(attempt(noise, 1e-12)).toThrow(expect.objectContaining({ code }));
    expect(attempt(noise, 5e-324)).toThrow(expect.objectContaining({ code }));
    expect(
      attempt(
        noise.map(v => v * 1e307),
        1e-300,
      ),
    ).toThrow(expect.objectContaining({ code }));
    expect(
      attempt(
        noise.map(v => v * 1e307),
        1e306,
      ),
    ).not.toThrow();
    expect(attempt(noise.with(9, Number.NaN), 1)).toThrow(expect.objectContaining({ code }));
    expect(attempt(noise.with(9, -Infinity), 1)).toThrow(expect.objectContaining({ code }));
    expect(attempt(new Float32Array(400).fill(3e38).with(7, -3e38), 1e30)).not.toThrow();
    expect(attempt(noise, 0)).toThrow(RangeError);
    expect(attempt(noise, Number.NaN)).toThrow(RangeError);
    expect(storedStep(1)).toBe(1);
    expect(storedStep(0.1)).toBeCloseTo(0.1, 4);
  });

  it('refuse calls out of turn and wrong arguments', () => {
    const values = new Float32Array(400);
    const encoder = new CoefficientEncoder(values, 20, 20, null, 1);
    expect(() => encoder.code(new Uint8Array(18 * 25))).toThrow(RangeError);
    expect(() => encoder.inputs(new Uint8Array(36 * 25))).toThrow(RangeError);
    encoder.next();
    expect(() => encoder.next()).toThrow(RangeError);
    expect(() => encoder.finish()).toThrow(RangeError);
    expect(() => encoder.inputs(new Uint8Array(36))).toThrow(RangeError);
    expect(() => encoder.inputs(new Int8Array(36 * 25) as never)).toThrow(TypeError);
    expect(() => encoder.code(new Uint8Array(18))).toThrow(RangeError);
    encoder.code(new Uint8Array(18 * 25));
    encoder.next();
    encoder.code(new Float32Array(18 * 25).fill(Number.NaN));
    expect(encoder.next()).toBeUndefined();
    encoder.finish();
    expect(() => encoder.finish()).toThrow(RangeError);
    expect(() => new CoefficientEncoder(values, 20, 21, null, 1)).toThrow(RangeError);
    expect(() => new CoefficientEncoder(new Int32Array(400) as never, 20, 20, null, 1)).toThrow(TypeError);
    expect(() => new CoefficientEncoder(values, 20, 20, new Uint8Array(3), 1)).toThrow(RangeError);
    expect(() => new CoefficientDecoder(new Uint8Array(3), 20, 20, values)).toThrow(CorruptStreamError);
  });
});

describe('estimates', () => {
  it('are near what an encoder gives', () => {
    const values = Float32Array.from({ length: 512 * 512 }, (_, i) => {
      const [x, y] = [i % 512, Math.floor(i / 512)];
      return 40 * Math.sin(x / 30) * Math.cos(y / 20) + ((i * 7919) % 101) / 50;
    });
    const [fine, coarse] = estimateCoefficients(values, 512, 512, [0.1, 0.4]);
    expect(estimateCoefficients(values, 512, 512, [0.1, 0.4], 3)).toEqual([fine, coarse]);
    for (const [estimate, step] of [
      [fine!, 0.1],
      [coarse!, 0.4],
    ] as const) {
      const { bytes, squaredError } = encode({ values, rows: 512, columns: 512 }, step, 0.12);
      expect(estimate.bits / (8 * bytes.length)).toBeGreaterThan(0.6);
      expect(estimate.bits / (8 * bytes.length)).toBeLessThan(1.3);
      expect(estimate.squaredError / squaredError).toBeGreaterThan(0.7);
      expect(estimate.squaredError / squaredError).toBeLessThan(1.3);
    }
  });

  it('are of any size, and infinite where coefficients do not fit', () => {
    fc.assert(
      fc.property(field, ({ values, rows, columns, unit }) => {
        const [fits, not] = estimateCoefficients(values, rows, columns, [unit, unit * 1e-12]);
        expect(fits!.bits).toBeGreaterThan(0);
        expect(fits!.bits).toBeLessThan(1e6);
        if (Math.max(rows, columns) > 12) expect(not!.bits).toBeGreaterThan(fits!.bits);
      }),
      { numRuns: 50 },
    );
    expect(estimateCoefficients(new Float64Array(400).fill(Number.NaN), 20, 20, [1])[0]!.bits).toBe(Infinity);
  });
});

describe('corrections', () => {
  const options = fc.record({ baseIsExact: fc.boolean(), margin: fc.constantFrom(0, 0.2) });

  it('bring every value within the bound', () => {
    fc.assert(
      fc.property(
        field,
        fc.constantFrom(1e-9, 0.05, 1, 20, 1e6),
        fc.constantFrom(0, 0.01, 3, 1000),
        options,
        (given, part, off, chosen) => {
          const { rows, columns, values, mask, unit } = given;
          const bound = part * unit;
          const base = values.map((v, i) => v + unit * off * Math.sin(i * i) ** 9);
          const result = base.slice();
          const bytes = encodeCorrections(values, base, rows, columns, mask, bound, {
            ...chosen,
            margin: chosen.margin * bound,
            corrected: result,
          });
          const corrected = base.slice();
          applyCorrections(bytes, corrected, rows, columns, mask);
          expect(result).toEqual(corrected);
          const isKept = (v: number, i: number) =>
            mask?.[i] ? corrected[i] === base[i] : Math.abs(corrected[i]! - v) <= bound * (1 - chosen.margin);
          expect(Array.from(values).every(isKept)).toBe(true);
          if (off * unit <= 0.8 * bound) expect(bytes).toEqual(Uint8Array.of(0));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('hold the bound for huge, tiny, infinite and missing values', () => {
    const values = Float64Array.of(0, -0, 5e-324, 1e-310, 1.7e308, -1.7e308, 1, Infinity, Number.NaN);
    const base = Float64Array.of(1, 1, 1, 1, -1.7e308, 1.7e308, 1e300, 1, 1);
    const inPlace = base.slice();
    const bytes = encodeCorrections(values, inPlace, 3, 3, null, 1e-3, { corrected: inPlace });
    applyCorrections(bytes, base, 3, 3);
    expect(inPlace).toEqual(base);
    for (const [i, v] of values.entries()) {
      if (Number.isFinite(v)) expect(Math.abs(base[i]! - v)).toBeLessThanOrEqual(1e-3);
      else expect(base[i]).toBe(v);
    }
  });

  it('give an error or other values when damaged, and never a crash', () => {
    fc.assert(
      fc.property(field, options, fc.nat(), fc.nat(255), fc.nat(), (given, { baseIsExact }, at, byte, cut) => {
        const { rows, columns, values, unit } = given;
        const base = values.map((v, i) => v + 3 * unit * Math.sin(i * i));
        const bytes = encodeCorrections(values, base, rows, columns, null, unit, { baseIsExact });
        const damaged = bytes.slice();
        damaged[at % damaged.length] = byte;
        for (const stream of [damaged, bytes.subarray(0, cut % bytes.length), Uint8Array.of(...bytes, byte)]) {
          try {
            applyCorrections(stream, base.slice(), rows, columns);
          } catch (error) {
            expect(error).toBeInstanceOf(CorruptStreamError);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('refuse impossible bounds and margins', () => {
    const values = new Float32Array(4);
    expect(() => encodeCorrections(values, values, 2, 2, null, 0)).toThrow(RangeError);
    expect(() => encodeCorrections(values, values, 2, 2, null, 1, { margin: 1 })).toThrow(RangeError);
    expect(() => encodeCorrections(values, new Float64Array(4) as never, 2, 2, null, 1)).toThrow(TypeError);
    expect(() => applyCorrections(new Uint8Array(0), values, 2, 2)).toThrow(CorruptStreamError);
  });
});
