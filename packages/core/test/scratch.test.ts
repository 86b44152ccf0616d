import { compress, decompress, dispose } from '@fieldzip/core';
import { afterAll, afterEach, expect, it } from 'vitest';
import { scratch, takeBack } from '../src/scratch.js';
import { bits } from './fields.js';

const LARGE = 2 ** 19;

afterEach(takeBack);
afterAll(dispose);

it('lends memory to one array at a time, and again once it was taken back', () => {
  const first = scratch(Float32Array, LARGE);
  const second = scratch(Float32Array, LARGE);
  expect(second.buffer).not.toBe(first.buffer);
  takeBack();
  const again = [scratch(Float32Array, LARGE), scratch(Int32Array, LARGE)].map(array => array.buffer);
  expect(new Set(again)).toEqual(new Set([first.buffer, second.buffer]));
  expect(scratch(Float32Array, LARGE).buffer).not.toBe(first.buffer);
});

it('keeps three arrays, and neither small nor very large ones', () => {
  const lent = Array.from({ length: 5 }, () => scratch(Float64Array, LARGE).buffer);
  const others = [scratch(Float64Array, 1000), scratch(Float64Array, 2 * LARGE + 1)].map(array => array.buffer);
  takeBack();
  const again = Array.from({ length: 5 }, () => scratch(Float64Array, LARGE).buffer);
  expect(again.filter(buffer => lent.includes(buffer))).toHaveLength(3);
  expect(scratch(Float64Array, 1000).buffer).not.toBe(others[0]);
  takeBack();
  expect(scratch(Float64Array, 2 * LARGE + 1).buffer).not.toBe(others[1]);
});

it.each([{ rel: 1e-2 }, { rel: 1e-2, effort: 'fast' }, { psnr: 50, effort: 'fast' }, { lossless: true }] as const)(
  'slices that follow each other through one worker keep nothing of each other: %j',
  async options => {
    const shape = [3, 520, 530] as const;
    const size = shape[1] * shape[2];
    // Missing values at other sites each time: what is left over there must not come back.
    const data = Float32Array.from({ length: 3 * size }, (_, i) => {
      const [slice, site] = [Math.floor(i / size), i % size];
      return (site + 7 * slice) % 11 === 0 ? Number.NaN : (slice + 1) * Math.sin(site / 400) + slice;
    });
    const slice = (i: number) => ({ data: data.slice(i * size, (i + 1) * size), shape: shape.slice(1) });
    const run = { threads: 1, device: 'cpu' } as const;
    const together = await decompress(await compress({ data, shape }, { ...options, ...run }), run);
    for (let i = 0; i < 3; i++) {
      const alone = await decompress(await compress(slice(i), { ...options, ...run }), run);
      const expected = bits(alone.data);
      const found = bits(together.data.subarray(i * size, (i + 1) * size));
      expect(found.every((word, site) => word === expected[site])).toBe(true);
    }
    expect(together.data.every((value, i) => Number.isNaN(value) === Number.isNaN(data[i]!))).toBe(true);
  },
);
