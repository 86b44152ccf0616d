import { compress, decompress, dispose, type Effort, type Field, info, measure } from '@fieldzip/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { bits, randomNumbers, waves } from './fields.js';

const cpu = { device: 'cpu', threads: 2 } as const;
afterAll(dispose);

type FloatArrayType = typeof Float32Array | typeof Float64Array;

/** Values that codecs have been known to stumble over. */
const kinds: Readonly<Record<string, (random: () => number, i: number) => number>> = {
  noise: random => random(),
  'huge ranges': random => (random() - 0.5) * 10 ** (76 * random() - 38),
  denormals: random => Math.floor(random() * 1000) * 1e-44,
  'single spikes': random => (random() < 0.01 ? 1e30 : random()),
  checkerboards: (_, i) => (i % 2) * 3.3,
  steps: (_, i) => Math.floor(i / 50) * 1e-3,
  integers: random => Math.floor(random() * 300) - 100,
  'signed zeros': random => (random() < 0.5 ? -0 : 0) + (random() < 0.1 ? 1 : 0),
  'a large offset': random => 1e7 + random(),
  'missing among them': random =>
    random() < 0.1 ? [Number.NaN, Infinity, -Infinity][Math.floor(random() * 3)]! : random(),
};

function adversarial(kind: string, Type: FloatArrayType, rows: number, columns: number, seed: number): Field {
  const random = randomNumbers(seed);
  const data = new Type(rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = kinds[kind]!(random, i);
  return { data, shape: [rows, columns] };
}

const fields = fc.record({
  kind: fc.constantFrom(...Object.keys(kinds)),
  Type: fc.constantFrom<FloatArrayType>(Float32Array, Float64Array),
  rows: fc.integer({ min: 1, max: 40 }),
  columns: fc.integer({ min: 1, max: 60 }),
  seed: fc.integer(),
  effort: fc.constantFrom<Effort>('fast', 'balanced', 'best'),
});

function worst(field: Field, restored: Field): number {
  return field.data.reduce((most, value, i) => {
    const found = restored.data[i]!;
    if (!Number.isFinite(value)) return Object.is(value, found) ? most : Number.POSITIVE_INFINITY;
    return Math.max(most, Number.isNaN(found) ? Number.POSITIVE_INFINITY : Math.abs(found - value));
  }, 0);
}

function rangeOf(field: Field): number {
  const present = field.data.filter(Number.isFinite);
  return present.reduce((a, b) => Math.max(a, b), -Infinity) - present.reduce((a, b) => Math.min(a, b), Infinity);
}

describe('a bound holds for every value, in the type the user gets back', () => {
  it('an absolute one', async () => {
    await fc.assert(
      fc.asyncProperty(fields, fc.double({ min: -16, max: 3, noNaN: true }), async (shape, exponent) => {
        const field = adversarial(shape.kind, shape.Type, shape.rows, shape.columns, shape.seed);
        const range = rangeOf(field);
        const abs = Math.max(Number.MIN_VALUE, (range > 0 && Number.isFinite(range) ? range : 1) * 10 ** exponent);
        const restored = await decompress(await compress(field, { ...cpu, effort: shape.effort, abs }), cpu);
        expect(worst(field, restored)).toBeLessThanOrEqual(abs);
      }),
      { numRuns: 150 },
    );
  });

  it('one relative to the value range', async () => {
    await fc.assert(
      fc.asyncProperty(fields, fc.double({ min: -16, max: -0.5, noNaN: true }), async (shape, exponent) => {
        const field = adversarial(shape.kind, shape.Type, shape.rows, shape.columns, shape.seed);
        const rel = 10 ** exponent;
        const restored = await decompress(await compress(field, { ...cpu, effort: shape.effort, rel }), cpu);
        const range = rangeOf(field);
        expect(worst(field, restored)).toBeLessThanOrEqual(Number.isFinite(range) && range > 0 ? rel * range : 0);
      }),
      { numRuns: 150 },
    );
  });
});

describe('lossless', () => {
  it('gives back any bit pattern', async () => {
    await fc.assert(
      fc.asyncProperty(fields, async shape => {
        const field = adversarial(shape.kind, shape.Type, shape.rows, shape.columns, shape.seed);
        const restored = await decompress(await compress(field, { ...cpu, lossless: true }), cpu);
        expect(bits(restored.data)).toEqual(bits(field.data));
      }),
      { numRuns: 80 },
    );
  });

  it.each<FloatArrayType>([Float32Array, Float64Array])('even if all are drawn at random (%o)', async Type => {
    const random = randomNumbers(11);
    const data = new Type(3000);
    const words = new Uint32Array(data.buffer);
    // Every other word is of the kind that makes NaN, so that there are thousands of different payloads.
    for (let i = 0; i < words.length; i++) words[i] = (random() * 2 ** 32) | (i % 2 ? 0x7ff00000 : 0);
    const restored = await decompress(await compress({ data, shape: [50, 60] }, { ...cpu, lossless: true }), cpu);
    expect(bits(restored.data)).toEqual(bits(data));
  });
});

it('a bound below what the data was rounded to costs no more than the data', async () => {
  const { data, shape } = waves(100, 100);
  const rounded = data.map(value => Math.round(value * 100) / 100);
  const lossless = await compress({ data: rounded, shape }, { ...cpu, lossless: true });
  const bounded = await compress({ data: rounded, shape }, { ...cpu, abs: 0.004 });
  expect(bounded.length).toBeLessThanOrEqual(lossless.length + 16);
});

describe('a PSNR', () => {
  it.each([30, 55, 80, 105])('of %i dB is met within 0.2 dB', async psnr => {
    const field = waves(120, 130);
    const bytes = await compress(field, { ...cpu, psnr });
    const reached = measure(field.data, (await decompress(bytes, cpu)).data).psnr;
    expect(reached).toBeGreaterThanOrEqual(psnr);
    expect(reached).toBeLessThanOrEqual(psnr + 0.2);
    expect(info(bytes)).toMatchObject({ codec: 'tiles', target: { kind: 'psnr', psnr } });
  });

  it('beyond what the type can hold gives the values exactly', async () => {
    const field = waves(40, 40);
    const restored = await decompress(await compress(field, { ...cpu, psnr: 250 }), cpu);
    expect(bits(restored.data)).toEqual(bits(field.data));
  });
});

it('a file of a bound is as safe against damage as any', async () => {
  const { predict } = await import('../dist/codecs/predict/predict.js');
  const random = randomNumbers(3);
  const { data } = waves(30, 40);
  const slice = { values: data, rows: 30, columns: 40, minimum: 200, maximum: 300 };
  const context = { device: 'cpu', threads: 1, effort: 'balanced', modelHash: undefined } as const;
  const { bytes: stream } = await predict.encode(slice, { kind: 'bound', bound: 0.1 }, context);
  for (let i = 0; i < 300; i++) {
    const damaged = stream.slice(0, i % 3 === 0 ? Math.floor(random() * stream.length) : stream.length);
    if (damaged.length > 0) damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
    const decoding = predict.decode(damaged, { ...slice, values: new Float32Array(1200) }, context);
    await decoding.catch(error => expect(error).toBeInstanceOf(Error));
  }
});
