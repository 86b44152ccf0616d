import { type CompressOptions, compress, decompress, dispose } from '@fieldzip/core';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeCoefficients, encodeCoefficients } from '../dist/codecs/wavelet/coefficients.js';
import { currentModel, installedModels } from '../dist/models.js';
import { waves } from './fields.js';

afterAll(dispose);

const [rows, columns] = [90, 110];
const values = waves(rows, columns, 3).data as Float32Array;
const [minimum, maximum] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
const tile = { values, rows, columns, minimum, maximum };
const contextOf = (modelHash: string) => ({ device: 'cpu', threads: 1, effort: 'balanced', modelHash }) as const;
const today = contextOf(currentModel('wavelet').hash);
const before = contextOf(installedModels().find(({ manifest }) => manifest.name === 'wavelet')!.hash);

const coded = async (context: typeof today, trellis: boolean) =>
  (await encodeCoefficients(tile, 0.01 * (maximum - minimum), { lambda: 0.1, trellis }, context))!;

async function decoded(bytes: Uint8Array, context: typeof today) {
  const target = { ...tile, values: new Float32Array(values.length) };
  await decodeCoefficients(bytes, target, context);
  return target.values;
}

describe('coefficients of the wavelet codec', () => {
  it('are in bands, and where a trellis quantises them in passes; a byte says so', async () => {
    for (const [trellis, form] of [
      [false, 2],
      [true, 0],
    ] as const) {
      const { bytes, reconstruction } = await coded(today, trellis);
      expect(bytes[0]).toBe(form);
      expect(await decoded(bytes, today)).toEqual(reconstruction);
    }
  });

  it('are in passes, without such a byte, in files that name the model from before', async () => {
    const { bytes, reconstruction } = await coded(before, true);
    expect(Uint8Array.of(0, ...bytes)).toEqual((await coded(today, true)).bytes);
    expect(await decoded(bytes, before)).toEqual(reconstruction);
  });

  it('are refused in a form that is not known, and cut off', async () => {
    const { bytes } = await coded(today, false);
    await expect(decoded(Uint8Array.of(3, ...bytes.subarray(1)), today)).rejects.toThrow('found 3');
    await expect(decoded(Uint8Array.of(4, ...bytes.subarray(1)), today)).rejects.toThrow('found 4');
    await expect(decoded(bytes.subarray(0, bytes.length - 3), today)).rejects.toThrow();
    await expect(decoded(new Uint8Array(0), today)).rejects.toThrow();
  });

  it('are left out where values are missing, if that saves bytes', async () => {
    const missing = Uint8Array.from(values, (_, i) =>
      Math.sin(i / columns / 5) + Math.cos((i % columns) / 4) > 0.5 ? 1 : 0,
    );
    const gaps = { ...tile, missing };
    const step = 1e-5 * (maximum - minimum);
    const { bytes, reconstruction } = (await encodeCoefficients(gaps, step, { lambda: 0.1, trellis: false }, today))!;
    expect(bytes[0]).toBe(3);
    const target = { ...gaps, values: new Float32Array(values.length) };
    await decodeCoefficients(bytes, target, today);
    expect(target.values).toEqual(reconstruction);
  });

  it('take the same bytes on any number of threads', async () => {
    const field = waves(600, 500, 2);
    const asked: CompressOptions = { rel: 1e-3, codec: 'wavelet', device: 'cpu' };
    const one = await compress(field, { ...asked, threads: 1 });
    expect(await compress(field, { ...asked, threads: 3 })).toEqual(one);
    const { data } = await decompress(one, { device: 'cpu', threads: 1 });
    expect((await decompress(one, { device: 'cpu', threads: 3 })).data).toEqual(data);
  });
});
