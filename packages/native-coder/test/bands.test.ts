import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorruptStreamError, decodeBands, encodeBands, storedStep } from '../dist/index.js';

/** The network that is shipped: what is said here holds for any. */
const folder = new URL('../../models/wavelet-tables/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as {
  graphs: { bands: { file: string } };
};
const network = new Uint8Array(readFileSync(new URL(manifest.graphs.bands.file, folder)));

const field = fc
  .record({
    rows: fc.integer({ min: 1, max: 90 }),
    columns: fc.integer({ min: 1, max: 90 }),
    wide: fc.boolean(),
    exponent: fc.integer({ min: -30, max: 30 }),
    noise: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 5, maxLength: 40 }),
    spikes: fc.array(fc.nat(8099), { maxLength: 4 }),
    masked: fc.boolean(),
  })
  .map(({ rows, columns, wide, exponent, noise, spikes, masked }) => {
    const unit = 10 ** exponent;
    const values = new (wide ? Float64Array : Float32Array)(rows * columns).map(
      (_, i) => unit * (100 * Math.sin(0.1 * (i % columns)) + 3 * Math.cos(i / columns) + noise[i % noise.length]! / 9),
    );
    for (const at of spikes) values[at % values.length] = -500 * unit;
    const mask = masked ? Uint8Array.from(values, (_, i) => (noise[(3 * i) % noise.length]! > 4 ? 1 : 0)) : null;
    return { rows, columns, values, mask, unit };
  });

describe('coefficients in bands', () => {
  it('decode to what the encoder said, bit for bit, near the values', () => {
    fc.assert(
      fc.property(field, fc.constantFrom(0.01, 0.3, 5, 300), fc.constantFrom(0, 0.12), (given, coarse, lambda) => {
        const { rows, columns, values, mask, unit } = given;
        const step = coarse * unit;
        const { bytes, squaredError, reconstruction } = encodeBands(values, rows, columns, mask, step, network, {
          lambda,
        });
        const back = values.slice().fill(0);
        decodeBands(bytes, rows, columns, back, network);
        expect(back).toEqual(reconstruction);
        let squared = 0;
        values.forEach((v, i) => {
          if (!mask?.[i]) squared += ((reconstruction[i]! - v) / storedStep(step)) ** 2;
        });
        expect(squared).toBe(squaredError);
        if (lambda === 0) expect(Math.sqrt(squared / values.length)).toBeLessThan(0.75 + 1e-4 / coarse);
      }),
      { numRuns: 100 },
    );
  });

  it('are left out at missing sites where that saves bytes, and then come back with the mask', () => {
    const [rows, columns] = [70, 90];
    const mask = Uint8Array.from({ length: rows * columns }, (_, i) =>
      Math.sin(i / columns / 5) + Math.cos((i % columns) / 4) > 0.5 ? 2 : 0,
    );
    const values = Float64Array.from(mask, (missing, i) => (missing ? (i * i) % 101 : Math.sin(i / 40)));
    const all = encodeBands(values, rows, columns, mask, 0.01, network);
    const fewer = encodeBands(values, rows, columns, mask, 0.01, network, { mayLeaveOut: true });
    expect(all.leavesOut).toBe(false);
    expect(fewer.leavesOut).toBe(true);
    expect(fewer.bytes.length).toBeLessThan(0.8 * all.bytes.length);
    const back = new Float64Array(values.length);
    decodeBands(fewer.bytes, rows, columns, back, network, {}, mask);
    expect(back).toEqual(fewer.reconstruction);
    expect(() => decodeBands(fewer.bytes, rows, columns, back, network, {}, mask.subarray(1))).toThrow(RangeError);
  });

  it('are chosen for a bound so that fewer values miss it, and decode all the same', () => {
    const waves = (i: number, columns: number) => 100 * Math.sin(0.1 * (i % columns)) + 3 * Math.cos(i / columns);
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: 150 }),
        fc.integer({ min: 16, max: 150 }),
        fc.constantFrom(Float32Array, Float64Array),
        fc.infiniteStream(fc.integer({ min: -1000, max: 1000 })),
        (rows, columns, Type, noise) => {
          const values = Type.from(
            { length: rows * columns },
            (_, i) => waves(i, columns) + noise.next().value! / 1000 + noise.next().value! / 1000,
          );
          const bound = 0.1;
          const missesOf = (chosen: { readonly bound?: number }) => {
            const { bytes, reconstruction } = encodeBands(values, rows, columns, null, 1.9 * bound, network, {
              lambda: 0.08,
              ...chosen,
            });
            const back = values.slice().fill(0);
            decodeBands(bytes, rows, columns, back, network);
            expect(back).toEqual(reconstruction);
            return values.reduce((count, v, i) => count + (Math.abs(reconstruction[i]! - v) > bound ? 1 : 0), 0);
          };
          expect(missesOf({ bound })).toBeLessThan(0.9 * missesOf({}));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('are refused where a stream is damaged, or give other values', () => {
    const { values, rows, columns } = {
      values: Float32Array.from({ length: 2400 }, (_, i) => Math.sin(i / 7)),
      rows: 40,
      columns: 60,
    };
    const { bytes } = encodeBands(values, rows, columns, null, 0.01, network);
    const decode = (stream: Uint8Array) => decodeBands(stream, rows, columns, new Float32Array(2400), network);
    expect(() => decode(bytes.subarray(0, bytes.length - 1))).toThrow(CorruptStreamError);
    expect(() => decode(Uint8Array.of(...bytes, 0, 0, 0, 0))).toThrow(CorruptStreamError);
    expect(() => decode(new Uint8Array(0))).toThrow(CorruptStreamError);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = bytes.slice();
        damaged[at]! ^= change;
        try {
          decode(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptStreamError);
        }
      }),
    );
  });

  it('want a network of the right size, values of the shape, and a step that is not too small', () => {
    const values = Float32Array.from({ length: 400 }, (_, i) => i % 7);
    expect(() => encodeBands(values, 20, 20, null, 0.1, network.subarray(1))).toThrow(RangeError);
    expect(() => encodeBands(values, 20, 21, null, 0.1, network)).toThrow(RangeError);
    expect(() => encodeBands(values, 20, 20, null, 0, network)).toThrow(RangeError);
    for (const bound of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => encodeBands(values, 20, 20, null, 0.1, network, { bound })).toThrow(RangeError);
    }
    expect(() => encodeBands(values, 20, 20, null, 1e-12, network)).toThrow(
      expect.objectContaining({ code: 'FIELDZIP_STEP_TOO_SMALL' }),
    );
  });
});
