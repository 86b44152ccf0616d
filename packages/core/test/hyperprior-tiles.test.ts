import { compress, decompress, dispose, info, measure, type TargetOptions, tileInfo } from '@fieldzip/core';
import { applyCorrections } from '@fieldzip/native-coder';
import { afterAll, describe, expect, it } from 'vitest';
import { hyperprior } from '../dist/codecs/hyperprior/hyperprior.js';
import { levelOf, stepAt, unitsForStep } from '../dist/codecs/hyperprior/level.js';
import { hyperpriorTiles, marginOf, parted } from '../dist/codecs/hyperprior/tiles.js';
import { currentModel, type HyperpriorModel } from '../dist/models.js';
import { missedSites } from '../dist/tiles/pointwise.js';
import { violations } from './adversarial.mjs';
import { bits, randomNumbers, waves } from './fields.js';

const cpu = { device: 'cpu', threads: 2, codec: 'hyperprior' } as const;
const context = {
  device: 'cpu',
  threads: 1,
  effort: 'balanced',
  modelHash: currentModel('hyperprior').hash,
} as const;
afterAll(dispose);

describe.each([Float32Array, Float64Array])('the hyperprior codec, asked for by name, serves (%o)', Type => {
  const field = waves(90, 110, 3, Type);
  // A coast of missing values.
  for (let i = 0; i < field.data.length; i += 110) field.data.fill(Number.NaN, i, i + ((i / 110) % 17));
  const present = field.data.filter(value => !Number.isNaN(value));
  const range = Math.max(...present) - Math.min(...present);

  async function through(target: TargetOptions) {
    const bytes = await compress(field, { ...cpu, ...target });
    expect(tileInfo(bytes)).toMatchObject([[{ codec: 'hyperprior' }]]);
    const restored = (await decompress(bytes, cpu)).data;
    field.data.forEach((value, i) => {
      if (Number.isNaN(value))
        expect(bits(restored.subarray(i, i + 1))[0]).toBe(bits(field.data.subarray(i, i + 1))[0]);
    });
    return { bytes, restored };
  }
  const errors = (restored: ArrayLike<number>) =>
    [...field.data].map((value, i) => (Number.isNaN(value) ? 0 : Math.abs(restored[i]! - value)));

  it.each([0.3, 0.03, 1e-3, 1e-4, 2e-5])('a bound of %f of the value range', async rel => {
    // The offset of float32 values takes part of the bound.
    if (Type === Float32Array && rel < 1e-4) return;
    expect(Math.max(...errors((await through({ rel })).restored))).toBeLessThanOrEqual(rel * range);
    expect(Math.max(...errors((await through({ abs: rel * range })).restored))).toBeLessThanOrEqual(rel * range);
  });

  it('a bound relative to each value', async () => {
    const { restored } = await through({ pwRel: 1e-4 });
    field.data.forEach((value, i) => {
      if (!Number.isNaN(value)) expect(Math.abs(restored[i]! - value)).toBeLessThanOrEqual(1e-4 * Math.abs(value));
    });
  });

  it.each([35, 50, 70, 84])('a PSNR of %i dB, with corrections where that is above all levels', async psnr => {
    const reached = measure(field.data, (await through({ psnr })).restored).psnr;
    expect(reached).toBeGreaterThanOrEqual(psnr);
    expect(reached).toBeLessThanOrEqual(psnr + 0.2);
  });

  it.each([0.7, 2.5, 9])('a size of %f bits a value', async bpp => {
    const { bytes } = await through({ bpp });
    const found = (8 * bytes.length) / field.data.length;
    expect(found).toBeLessThanOrEqual(bpp);
    expect(found).toBeGreaterThanOrEqual(0.97 * bpp);
  });
});

it('keeps every promise on adversarial values', async () => {
  const { found, cases } = await violations({ values: 60_000, seed: 4_000, side: 40, options: cpu });
  expect(found).toEqual([]);
  expect(cases).toBeGreaterThan(50);
});

describe('the hyperprior codec', () => {
  const field = waves(40, 40);

  it('takes a quality level for whole slices, and is that if nothing is asked for', async () => {
    expect(info(await compress(field, cpu))).toMatchObject({ codec: 'hyperprior', target: { kind: 'quality' } });
    expect(info(await compress(field, { ...cpu, quality: 3 }))).toMatchObject({ codec: 'hyperprior' });
  });

  it('leaves to another what has to be exact', async () => {
    const bytes = await compress(field, { ...cpu, lossless: true });
    expect(tileInfo(bytes)).toMatchObject([[{ codec: 'predict' }]]);
    expect(bits((await decompress(bytes, cpu)).data)).toEqual(bits(field.data));
    // Nearer than machines agree on floats.
    expect(tileInfo(await compress(field, { ...cpu, rel: 1e-6 }))).toMatchObject([[{ codec: 'predict' }]]);
  });

  it('refuses a size below that of its coarsest level', async () => {
    await expect(compress(field, { ...cpu, ratio: 5000 })).rejects.toMatchObject({ code: 'target' });
  });

  it('finds the level of a step', () => {
    const model = currentModel('hyperprior') as HyperpriorModel;
    for (const units of [256, 257, 700, 1024, 2047, 2559, 2560]) {
      expect(unitsForStep(model, levelOf(model, units / 256).step)).toBe(units);
    }
    expect(unitsForStep(model, 5)).toBe(256);
    expect(unitsForStep(model, 1e-9)).toBe(2560);
  });
});

describe('where another machine decodes another base', () => {
  const model = currentModel('hyperprior') as HyperpriorModel;

  it.each([
    [Float32Array, 0.02],
    [Float32Array, 3e-4],
    [Float64Array, 0.1],
    [Float64Array, 2e-5],
  ] as const)('the bound still holds, as far as the margin goes (%o, %f)', async (Type, rel) => {
    const { data } = waves(64, 72, 9, Type);
    // float32 values are given no offset, so that their spacing leaves the bound its room.
    const values = data.map(value => value - 280) as typeof data;
    const [minimum, maximum] = [Math.min(...values), Math.max(...values)];
    const tile = { values, rows: 64, columns: 72, minimum, maximum };
    const bound = rel * (maximum - minimum);
    const { bytes } = (await hyperpriorTiles.encode(tile, { kind: 'bound', bound }, context))!;
    const { units, stream, corrections } = parted(bytes);
    const margin = marginOf(tile, stepAt(model, units));
    expect(corrections.length).toBeGreaterThan(1);
    const base = new Type(values.length);
    const target = { kind: 'quality', quality: units / 256 } as const;
    await hyperprior.decode(stream, { ...tile, values: base }, target, context.modelHash, context);
    const random = randomNumbers(5);
    // What is added and the roundings after it stay within the margin together.
    const reach = 0.9 * margin;
    for (const change of [() => reach, () => -reach, () => (random() < 0.5 ? -reach : reach)]) {
      const other = base.map(value => value + change()) as typeof base;
      expect(Math.max(...other.map((value, i) => Math.abs(value - base[i]!)))).toBeGreaterThan(0.5 * margin);
      applyCorrections(corrections, other, 64, 72);
      expect(Math.max(...[...other].map((value, i) => Math.abs(value - values[i]!)))).toBeLessThanOrEqual(bound);
    }
  });
});

it('a tile from before keeps decoding, within its bound', async () => {
  // 30 x 41 values with a bound of 1.5, written when there first were such tiles; to be written anew only with a new model, before a release has carried the old one.
  const written =
    '3QPWAt3/aREBOx4TAB8TpX+143HmPQCchAH+f1ATpbX///nk4P/8SBfAKFbcosU11UD3uBArzTm5Qtpo4i2dNkm4d8eNSo7USxmagLIAA969fyx6' +
    'Y/9l/0H/gAZEVUAANgA2AEZ7w39nfxv/F/E/gC+AC4D//hN+VX8R/6i8VoAugAQA3f5k/cT/Z/8r72hb2ox0AFWUZoDVDgQAy1h1r7TAjOqtiM8P' +
    'KAfHChcZ7cDSM+szf7nwRyC8kLNDyGMuJrOP76J9lihAkCc+OLh/sboenjhXE5MzO7oXQfk5cbHSUCKtGwAKAP7/Ay3GgKKAAgAJ/W9/AK50+wmu' +
    'TIASgG4ASACe/o97GfnkQ0MADYAjAEYAW/+de6Rs7cRNgEaANgDcAA+A23vrfwf1OIZfgXoCvoYHAHwHsQfB4YfEL2H6g+cIeIPRETakFTv+aKej' +
    'KlKAQ7ZETl5BvwH7B0AArsDaiDm36wCgeyjQECmVSfu3Dq0PqxqBufecV2U3+ptOYXEh6VcSduSe1g1gbT1l9BjwwtOV9X9kvyPV2VgTiILD7eZe' +
    'pCmED6kyYGGQy6JKirAELf4CPsvNjddFlVhf0h4VZWpxnyY4N3DR';
  const values = new Float32Array(30 * 41);
  const tile = { values, rows: 30, columns: 41, minimum: 0, maximum: 98 };
  await hyperpriorTiles.decode(new Uint8Array(Buffer.from(written, 'base64')), tile, context);
  values.forEach((value, i) => {
    const original = Math.abs((i % 41) - 17) * 3 + ((Math.floor(i / 41) * 7) % 30);
    expect(Math.abs(value - original)).toBeLessThanOrEqual(1.5);
  });
});

it('values that logarithms alone do not keep are stored as they are, where another machine may have other logarithms', () => {
  const values = Float32Array.of(1, 1e-40, 0, 3.4e38, -2);
  const tile = { values, rows: 1, columns: 5, minimum: -2, maximum: 3.4e38 };
  // All are as they should be here; the second has few bits, and the fourth may become infinite.
  expect(missedSites(values, tile, 0.01, true)).toEqual([]);
  expect(missedSites(values, tile, 0.01, false)).toEqual([1, 3]);
});

describe('a slice of several hyperprior tiles', () => {
  it('is the same for any number of threads, and a region of it is the crop of the whole', async () => {
    const field = waves(1030, 1100);
    const target = { ...cpu, effort: 'fast', rel: 0.01 } as const;
    const bytes = await compress(field, target);
    expect(tileInfo(bytes)).toMatchObject([[{ codec: 'hyperprior' }, { codec: 'hyperprior' }]]);
    expect(Buffer.compare(await compress(field, { ...target, threads: 1 }), bytes)).toBe(0);
    const whole = await decompress(bytes, cpu);
    const region = { rows: [510, 520], columns: [7, 1100] } as const;
    const part = await decompress(bytes, { ...cpu, threads: 1, region });
    const crop = part.data.map((_, i) => whole.data[(510 + Math.floor(i / 1093)) * 1100 + 7 + (i % 1093)]!);
    expect(bits(part.data)).toEqual(bits(crop));
  });
});

describe('a tile of it that is damaged', () => {
  const { data } = waves(30, 40);
  const tile = { values: data, rows: 30, columns: 40, minimum: 270, maximum: 290 };
  const coded = hyperpriorTiles.encode(tile, { kind: 'bound', bound: 0.1 }, context);
  const decoded = (bytes: Uint8Array) =>
    hyperpriorTiles.decode(bytes, { ...tile, values: new Float32Array(1200) }, context);

  it('is refused, or decodes to something', async () => {
    const { bytes } = (await coded)!;
    const random = randomNumbers(3);
    for (let i = 0; i < 200; i++) {
      const damaged = bytes.slice(0, i % 3 === 0 ? Math.floor(random() * bytes.length) : bytes.length);
      const at = Math.floor(random() * (i % 2 ? damaged.length : Math.min(12, damaged.length)));
      if (damaged.length > 0) damaged[at] = Math.floor(random() * 256);
      await decoded(damaged).catch(error => expect(error).toBeInstanceOf(Error));
    }
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array, string]>([
    ['no bytes', () => new Uint8Array(0), 'cut off'],
    ['a length beyond the end', bytes => Uint8Array.of(bytes[0]!, bytes[1]!, 0xff, 0x7f, 0), 'cut off'],
    ['a level of 0', bytes => Uint8Array.of(0, 0, ...bytes.subarray(2)), 'from 1 to 10 in a tile, found 0'],
    ['a level above 10', bytes => Uint8Array.of(1, 10, ...bytes.subarray(2)), 'found 10.00390625'],
  ])('%s is said', async (_, damage, message) => {
    const decoding = decoded(damage((await coded)!.bytes));
    await expect(decoding).rejects.toThrow(message);
  });
});
