import { compress, decompress, dispose, type Field, type FieldData } from '@fieldzip/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { boundBeforeSnap, findLattice, snap } from '../dist/codecs/wavelet/lattice.js';
import { wavelet } from '../dist/codecs/wavelet/wavelet.js';
import { currentModel } from '../dist/models.js';
import { randomNumbers, waves } from './fields.js';

const cpu = { device: 'cpu', threads: 2, codec: 'wavelet' } as const;
afterAll(dispose);

type FloatArrayType = typeof Float32Array | typeof Float64Array;

/** Waves as someone packed them: `unpack` gives the value of an integer. */
function packed(unpack: (k: number) => number, levels = 1000, Type: FloatArrayType = Float32Array, rows = 90): Field {
  const columns = 110;
  const { data } = waves(rows, columns);
  return { data: Type.from(data, value => unpack(Math.round(((value - 280) / 8) * levels))), shape: [rows, columns] };
}

function tileOf(
  { data, shape }: { readonly data: FieldData; readonly shape: readonly number[] },
  missing?: Uint8Array,
) {
  const [rows, columns] = shape as [number, number];
  const [minimum, maximum] = [Math.min(...data), Math.max(...data)];
  return { values: data, rows, columns, minimum, maximum, missing };
}

const found = (field: Field, least = 0) => findLattice(tileOf(field as never), least);

function worst(field: Field, restored: Field): number {
  return field.data.reduce((most, value, i) => Math.max(most, Math.abs(restored.data[i]! - value)), 0);
}

describe('the lattice of a tile', () => {
  it.each<[string, number, number, Field]>([
    ['integers', 1, 0, packed(k => k)],
    ['integers of double precision', 1, 0, packed(k => k, 1e6, Float64Array)],
    ['even numbers', 2, 0, packed(k => 2 * k + 40)],
    ['two decimals', 0.01, 0, packed(k => k / 100)],
    ['decimals far from 0', 0.01, 0, packed(k => 1013.25 + k / 100)],
    ['decimals of double precision', 0.001, 4e-15, packed(k => k / 1000, 4000, Float64Array)],
    ['feet made of metres in single precision', Math.fround(3.28), 0, packed(k => Math.fround(k) * Math.fround(3.28))],
    ['what has few bits', 2 ** -9, 0, packed(k => 270 + k / 512)],
    ['packed values', 0.0011606689, 3.1e-5, packed(k => 271.61634 + k * 0.0011606689, 20_000)],
    [
      'values unpacked in single precision',
      0.0011606689,
      3.1e-5,
      packed(k => Math.fround(k * Math.fround(0.0011606689)) + Math.fround(271.6), 20_000),
    ],
    ['two values', 5, 0, packed(k => (k > 0 ? 7 : 2))],
  ])('is found: %s', (_, spacing, error, field) => {
    const lattice = found(field)!;
    expect(lattice.spacing / spacing).toBeCloseTo(1, 6);
    expect(lattice.error).toBeLessThanOrEqual(error);
  });

  it('is that of the present values', () => {
    const field = packed(k => k / 4);
    const missing = Uint8Array.from(field.data, (_, i) => (i % 7 === 0 ? 1 : 0));
    const data = field.data.map((value, i) => (missing[i] ? Math.PI : value));
    expect(findLattice(tileOf({ data, shape: field.shape }, missing), 0)).toMatchObject({ spacing: 0.25, error: 0 });
  });

  it('is none if a single value is off it', () => {
    const field = packed(k => k);
    expect(found(field)).toBeDefined();
    field.data[4321]! += 0.4;
    expect(found(field)).toBeUndefined();
  });

  it('is none for values that are only rounded to their type, and not one of a smaller spacing than is asked for', () => {
    expect(found(waves(90, 110))).toBeUndefined();
    expect(found(waves(90, 110, 1, Float64Array))).toBeUndefined();
    const random = randomNumbers(5);
    expect(found({ data: Float32Array.from({ length: 5000 }, random), shape: [50, 100] })).toBeUndefined();
    expect(
      found(
        packed(k => k),
        1.01,
      ),
    ).toBeUndefined();
    expect(
      found(
        packed(k => k),
        0.99,
      ),
    ).toBeDefined();
  });

  it('allows a wider bound before values are snapped to it, which the bound then holds after', () => {
    const random = randomNumbers(7);
    for (const [field, bound] of [
      [packed(k => k), 0.1],
      [packed(k => Math.fround(k) * Math.fround(3.28), 2500), 0.1],
      [packed(k => k), 1],
      [packed(k => k), 2.3],
      [packed(k => k / 100, 1000, Float64Array), 0.001],
    ] as const) {
      const tile = tileOf(field as never);
      const wide = boundBeforeSnap(found(field)!, bound)!;
      const data = field.data.map(value => value + wide * (random() < 0.5 ? -1 : 1));
      snap(data, found(field)!, tile);
      expect(worst(field, { data, shape: field.shape })).toBeLessThanOrEqual(bound);
    }
    expect(boundBeforeSnap(found(packed(k => k))!, 0.1)).toBeCloseTo(0.5);
    expect(boundBeforeSnap(found(packed(k => k))!, 1)).toBeCloseTo(1.5);
  });
});

describe('the wavelet codec on a lattice', () => {
  it('gives integers and decimals back exactly, whatever is asked for below half the spacing', async () => {
    for (const [field, bound] of [
      [packed(k => k), 0.4],
      [packed(k => k / 100), 4e-3],
    ] as const) {
      const bytes = await compress(field, { ...cpu, abs: bound });
      expect((await decompress(bytes, cpu)).data).toEqual(field.data);
      expect((await compress(field, { ...cpu, abs: bound / 1000 })).length).toBe(bytes.length);
      // A value off the lattice takes it away; what that costs is a bit a value for every halving of the bound.
      field.data[50]! += bound / 3;
      expect((await compress(field, { ...cpu, abs: bound / 8 })).length).toBeGreaterThan(
        bytes.length + (2 * field.data.length) / 8,
      );
    }
  });

  it('takes fewer bytes at a bound of one spacing than just below', async () => {
    const field = packed(k => k);
    const [at, below] = [await compress(field, { ...cpu, abs: 1 }), await compress(field, { ...cpu, abs: 0.99 })];
    expect(at.length).toBeLessThan(below.length - (0.3 * field.data.length) / 8);
    expect(worst(field, await decompress(at, cpu))).toBe(1);
  });

  it('meets a PSNR with exact values where those take fewer bytes', async () => {
    const field = packed(k => k);
    const exact = await compress(field, { ...cpu, abs: 0.4 });
    const [high, low] = [await compress(field, { ...cpu, psnr: 100 }), await compress(field, { ...cpu, psnr: 50 })];
    expect(high.length).toBeLessThan(exact.length + 16);
    expect((await decompress(high, cpu)).data).toEqual(field.data);
    expect(low.length).toBeLessThan(0.7 * exact.length);
    expect((await decompress(await compress(field, { ...cpu, bpp: 16 }), cpu)).data).toEqual(field.data);
  });

  it('keeps any bound, also of values that are nearly on a lattice', async () => {
    const fields = fc.record({
      levels: fc.integer({ min: 2, max: 3000 }),
      // Doubles of fast-check crowd around 0: decades are drawn evenly so.
      spacing: fc.integer({ min: -30, max: 30 }).map(tenths => 10 ** (tenths / 10)),
      offset: fc.integer({ min: -3, max: 3 }).map(n => n * 333.3),
      off: fc.integer({ min: 0, max: 10 }).map(tenths => tenths / 10),
      share: fc.constantFrom(0, 0, 1e-4, 0.01, 1),
      Type: fc.constantFrom<FloatArrayType>(Float32Array, Float64Array),
      bound: fc.integer({ min: -40, max: 10 }).map(tenths => tenths / 10),
      seed: fc.integer(),
    });
    let exact = 0;
    await fc.assert(
      fc.asyncProperty(fields, async ({ levels, spacing, offset, off, share, Type, bound, seed }) => {
        const random = randomNumbers(seed);
        const field = packed(k => offset + spacing * (k + (random() < share ? off : 0)), levels, Type, 25);
        const abs = spacing * 10 ** bound;
        const error = worst(field, await decompress(await compress(field, { ...cpu, abs }), cpu));
        expect(error).toBeLessThanOrEqual(abs);
        exact += bound > -2 && error < 1e-3 * spacing ? 1 : 0;
      }),
      { numRuns: 100 },
    );
    expect(exact).toBeGreaterThan(0);
  });

  it('refuses what is no lattice, and takes damage like any stream', async () => {
    const context = { device: 'cpu', threads: 1, effort: 'balanced', modelHash: currentModel('wavelet').hash } as const;
    const tile = tileOf(packed(k => k / 4) as never);
    const { bytes } = (await wavelet.encode(tile, { kind: 'bound', bound: 0.1 }, context))!;
    const decode = async (stream: Uint8Array) => {
      const values = new Float32Array(tile.values.length);
      await wavelet.decode(stream, { ...tile, values }, context);
      return values;
    };
    expect(await decode(bytes)).toEqual(tile.values);
    expect(bytes[0]).toBe(0);
    await expect(decode(bytes.slice(0, 16))).rejects.toThrow('cut off');
    await expect(decode(bytes.slice(0, 17))).rejects.toThrow('cut off');
    for (const [at, value] of [
      [1, Number.NaN],
      [1, Infinity],
      [9, 0],
      [9, -1],
      [9, Number.NaN],
      [9, Infinity],
    ] as const) {
      const changed = bytes.slice();
      new DataView(changed.buffer).setFloat64(at, value, true);
      await expect(decode(changed)).rejects.toThrow('Expected a lattice');
    }
    // The largest distances a stream can claim leave values within the range that is known of them.
    for (const [origin, spacing] of [
      [1.7e308, 5e-324],
      [-1.7e308, 1.7e308],
    ] as const) {
      const changed = bytes.slice();
      new DataView(changed.buffer).setFloat64(1, origin, true);
      new DataView(changed.buffer).setFloat64(9, spacing, true);
      const values = await decode(changed);
      expect(values.every(value => value >= tile.minimum && value <= tile.maximum)).toBe(true);
    }
  });
});
