import { compress, decompress, dispose, type Field, measure } from '@fieldzip/core';
import { encodeLattice } from '@fieldzip/native-coder';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Goal, PreparedTile } from '../src/codecs/codec.js';
import { latticeFor, latticeOfStep } from '../src/codecs/predict/lattice.js';
import { predict } from '../src/codecs/predict/predict.js';
import { bits, randomNumbers } from './fields.js';

const cpu = { device: 'cpu', threads: 2 } as const;
const context = { ...cpu, effort: 'balanced', modelHash: predict.modelHash() } as const;
afterAll(dispose);

const LATTICE = 1;
const WIDE_LATTICE = 3;

/** Smooth double values with noise, both in units of about the value range. */
function smooth(noise: number, offset = 0, rows = 50, columns = 60, seed = 1) {
  const random = randomNumbers(seed);
  const data = Float64Array.from({ length: rows * columns }, (_, i) => {
    const [y, x] = [Math.floor(i / columns), i % columns];
    return offset + 0.3 * Math.sin(x / 9 + seed) * Math.cos(y / 7) + 0.2 * Math.sin((x + y) / 23) + noise * random();
  });
  return { data, shape: [rows, columns] as const };
}

function tileOf({ data, shape }: { readonly data: Float32Array | Float64Array; readonly shape: readonly number[] }) {
  const [minimum, maximum] = [Math.min(...data), Math.max(...data)];
  return { values: data, rows: shape[0]!, columns: shape[1]!, minimum, maximum } satisfies PreparedTile;
}

const rangeOf = ({ minimum, maximum }: PreparedTile) => maximum - minimum;

function worst({ data }: Field, restored: Field): number {
  return data.reduce((most, value, i) => {
    const error = Math.abs(restored.data[i]! - value);
    return Number.isNaN(value) ? most : Math.max(most, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }, 0);
}

/** The tile's stream, and its values as they come back from it, which are those that the encoder said. */
async function through(tile: PreparedTile, goal: Goal) {
  const { bytes, restored } = (await predict.encode(tile, goal, context))!;
  const values = tile.values.slice();
  await predict.decode(bytes, { ...tile, values: values.fill(Number.NaN) }, context);
  expect(bits(values)).toEqual(bits(restored));
  return { bytes, values };
}

describe('a lattice', () => {
  const tile = tileOf(smooth(1e-3));
  const bound = (points: number) => rangeOf(tile) / points / 2;

  it('has integers of 32 bits as long as they suffice, and doubles beyond', async () => {
    expect(latticeFor(tile, bound(2 ** 30.9))!.integers).toBeInstanceOf(Int32Array);
    expect(latticeFor(tile, bound(2 ** 31.1))!.integers).toBeInstanceOf(Float64Array);
    const narrow = await through(tile, { kind: 'bound', bound: bound(2 ** 30.9) });
    const wide = await through(tile, { kind: 'bound', bound: bound(2 ** 31.1) });
    expect([narrow.bytes[0], wide.bytes[0]]).toEqual([LATTICE, WIDE_LATTICE]);
    // A fifth of an octave is a fifth of a bit a value.
    expect(Math.abs(wide.bytes.length - narrow.bytes.length)).toBeLessThan((0.3 * tile.values.length) / 8);
  });

  it('has no more than 2^53 points, and those of single precision no more than 2^31', () => {
    expect(latticeOfStep(tile, rangeOf(tile) / 2 ** 52.9)!.integers.some(integer => integer > 2 ** 52)).toBe(true);
    expect(latticeOfStep(tile, rangeOf(tile) / 2 ** 53.1)).toBeUndefined();
    const single = { ...tile, values: Float32Array.from(tile.values) };
    expect(latticeOfStep(single, rangeOf(tile) / 2 ** 30.9)).toBeDefined();
    expect(latticeOfStep(single, rangeOf(tile) / 2 ** 31.1)).toBeUndefined();
  });

  // Indices beyond 52 bits have their low bits coded apart.
  it.each([2 ** 40, 2 ** 50, 2 ** 51.5, 2 ** 52.9])('of %d points comes back', async points => {
    const random = randomNumbers(4);
    const noise = tileOf({
      data: Float64Array.from({ length: 3000 }, () => random() + 2 ** -32 * random() - 0.5),
      shape: [50, 60],
    });
    const step = rangeOf(noise) / points;
    const { bytes, values } = await through(noise, { kind: 'near', rmse: step / Math.sqrt(12) });
    expect(bytes[0]).toBe(WIDE_LATTICE);
    expect(values.every((value, i) => Math.abs(value - noise.values[i]!) <= step / 2 + 2 ** -52)).toBe(true);
  });
});

describe('a bound of 1e-10 to 1e-14 of the range of double values', () => {
  it('holds for every value, in fewer bytes than the exact values wherever those tell more apart', async () => {
    const fields = fc.record({
      noise: fc.integer({ min: -150, max: -20 }).map(tenths => 10 ** (tenths / 10)),
      offset: fc.constantFrom(0, 0, -0.5, 1, 300, -1e5),
      exponent: fc.integer({ min: -140, max: -100 }).map(tenths => tenths / 10),
      rows: fc.integer({ min: 20, max: 50 }),
      missing: fc.boolean(),
      seed: fc.integer(),
    });
    let wide = 0;
    await fc.assert(
      fc.asyncProperty(fields, async ({ noise, offset, exponent, rows, missing, seed }) => {
        const field = smooth(noise, offset, rows, 60, seed % 1000);
        const range = rangeOf(tileOf(field));
        const abs = range * 10 ** exponent;
        for (let i = 0; missing && i < field.data.length; i += 7) field.data[i] = Number.NaN;
        const bytes = await compress(field, { ...cpu, abs });
        expect(worst(field, await decompress(bytes, cpu))).toBeLessThanOrEqual(abs);
        const lossless = await compress(field, { ...cpu, lossless: true });
        expect(bytes.length).toBeLessThanOrEqual(lossless.length + 16);
        if (abs > 16 * 2 ** -52 * (range + Math.abs(offset))) {
          expect(bytes.length).toBeLessThan(lossless.length);
          wide++;
        }
      }),
      { numRuns: 60 },
    );
    expect(wide).toBeGreaterThan(20);
  });

  it('saves what the lattice does not tell apart', async () => {
    const field = smooth(1e-2);
    const at = async (rel: number) => (8 * (await compress(field, { ...cpu, rel })).length) / field.data.length;
    // From one decade to the next it is log2(10) bits a value.
    for (const rel of [1e-10, 1e-11, 1e-12, 1e-13]) {
      expect((await at(rel / 10)) - (await at(rel))).toBeCloseTo(Math.log2(10), 0);
    }
  });

  it('keeps the exact values where those take fewer bytes', async () => {
    const { data, shape } = smooth(1e-2, 3);
    const field = { data: data.map(value => Math.round(1e4 * value) / 1e4), shape };
    const before = bits(field.data.slice());
    const lossless = await compress(field, { ...cpu, lossless: true });
    const bytes = await compress(field, { ...cpu, rel: 1e-12 });
    expect(bytes.length).toBeLessThanOrEqual(lossless.length + 16);
    expect(bits((await decompress(bytes, cpu)).data)).toEqual(before);
  });
});

it.each([200, 230, 260])('a PSNR of %i dB is met within 0.2 dB', async psnr => {
  const field = smooth(1e-3);
  const { data } = await decompress(await compress(field, { ...cpu, psnr }), cpu);
  const reached = measure(field.data, data).psnr;
  expect(reached).toBeGreaterThanOrEqual(psnr);
  expect(reached).toBeLessThanOrEqual(psnr + 0.2);
});

it('a size above that of 2^31 points is used', async () => {
  const field = smooth(1e-2, 0, 100, 120);
  for (const bpp of [28, 33, 38]) {
    const taken = (8 * (await compress(field, { ...cpu, bpp })).length) / field.data.length;
    expect(taken).toBeLessThanOrEqual(bpp);
    expect(taken).toBeGreaterThanOrEqual(0.98 * bpp);
  }
});

it('a bound of 1e-10 of every value takes fewer bytes than the exact values', async () => {
  const field = smooth(1e-3, -0.1);
  const lossless = await compress(field, { ...cpu, lossless: true });
  const bytes = await compress(field, { ...cpu, pwRel: 1e-10 });
  expect(bytes.length).toBeLessThan(0.8 * lossless.length);
  const { data } = await decompress(bytes, cpu);
  field.data.forEach((value, i) => {
    expect(Math.abs(data[i]! - value)).toBeLessThanOrEqual(1e-10 * Math.abs(value));
  });
});

it('a stream may have any integers of 64 bits, which are taken as the nearest doubles', async () => {
  const random = randomNumbers(6);
  const integers = BigInt64Array.from({ length: 600 }, (_, i) => {
    const any = BigInt(Math.floor(random() * 2 ** 32) - 2 ** 31) * 2n ** 32n + BigInt(Math.floor(random() * 2 ** 32));
    return [2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, -1n][i] ?? any >> BigInt(i % 64);
  });
  const head = new Uint8Array(9);
  head[0] = WIDE_LATTICE;
  new DataView(head.buffer).setFloat64(1, 0.3, true);
  const stream = Uint8Array.of(...head, ...encodeLattice(integers, 20, 30));
  const values = new Float64Array(600);
  await predict.decode(stream, { values, rows: 20, columns: 30, minimum: 7, maximum: 8 }, context);
  expect(values).toEqual(Float64Array.from(integers, integer => 7 + Number(integer) * 0.3));
});

it('a damaged stream of integers of 64 bits gives an error or other values', async () => {
  const random = randomNumbers(3);
  const tile = tileOf(smooth(1e-3));
  const { bytes } = await through(tile, { kind: 'bound', bound: 1e-12 });
  expect(bytes[0]).toBe(WIDE_LATTICE);
  const decode = (stream: Uint8Array) =>
    predict.decode(stream, { ...tile, values: new Float64Array(tile.values.length) }, context);
  for (let i = 0; i < 300; i++) {
    const damaged = bytes.slice(0, i % 3 === 0 ? Math.floor(random() * bytes.length) : bytes.length);
    if (damaged.length > 0) damaged[Math.floor(random() * Math.min(damaged.length, 80))] = Math.floor(random() * 256);
    await decode(damaged).catch(error => expect(error).toBeInstanceOf(Error));
  }
  await expect(decode(bytes.subarray(0, 8))).rejects.toThrow('Expected a stream');
  await expect(decode(Uint8Array.of(4, ...bytes.subarray(1)))).rejects.toThrow('Expected a stream');
  await expect(decode(bytes.subarray(0, bytes.length - 1))).rejects.toThrow();
});
