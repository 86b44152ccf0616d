import { compress, decompress, dispose, type Field, measure } from '@fieldzip/core';
import { afterAll, describe, expect, it } from 'vitest';
import { bits, randomNumbers, waves } from './fields.js';

const cpu = { device: 'cpu', threads: 2 } as const;
afterAll(dispose);

async function roundTrip(field: Field, quality = 6): Promise<{ bytes: Uint8Array; restored: Field }> {
  const bytes = await compress(field, { ...cpu, quality });
  const restored = await decompress(bytes, cpu);
  expect(restored.shape).toEqual(field.shape);
  expect(restored.data.constructor).toBe(field.data.constructor);
  return { bytes, restored };
}

describe('a slice comes back', () => {
  it.each([
    [1, 1],
    [1, 2],
    [2, 1],
    [1, 64],
    [64, 1],
    [3, 5],
    [7, 8],
    [8, 9],
    [16, 33],
    [31, 32],
    [33, 31],
    [65, 127],
    [100, 1000],
    [193, 289],
  ])('of %i x %i values', async (rows, columns) => {
    const field = waves(rows, columns);
    const { restored } = await roundTrip(field);
    const { psnr } = measure(field.data, restored.data);
    // Level 6 is made for about 50 dB; tiny slices have little to average over.
    expect(psnr).toBeGreaterThan(rows * columns < 100 ? 40 : 47);
  });

  it('as float64, with float64 precision of its range', async () => {
    const field = waves(60, 70, 3, Float64Array);
    const { restored } = await roundTrip(field, 10);
    expect(measure(field.data, restored.data).psnr).toBeGreaterThan(80);
  });

  it('with values at the ends of the type', async () => {
    const random = randomNumbers(5);
    for (const scale of [3e38, 1e-38, 1e-45]) {
      const data = Float32Array.from({ length: 900 }, () => (2 * random() - 1) * scale);
      const { restored } = await roundTrip({ data, shape: [30, 30] }, 9);
      const range = Math.max(...data) - Math.min(...data);
      const worst = Math.max(...data.map((value, i) => Math.abs(value / range - restored.data[i]! / range)));
      expect(worst).toBeLessThan(scale > 1e-40 ? 0.01 : 0.5);
    }
    const wide = Float64Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? -1 : 1) * (i / 400) * Number.MAX_VALUE);
    const { restored } = await roundTrip({ data: wide, shape: [20, 20] }, 9);
    expect(restored.data.every(Number.isFinite)).toBe(true);
  });

  it('within the range of its values', async () => {
    const field = waves(64, 64);
    const { restored } = await roundTrip(field, 1);
    const { minimum, maximum } = measure(field.data, field.data);
    expect(Math.min(...restored.data)).toBeGreaterThanOrEqual(minimum);
    expect(Math.max(...restored.data)).toBeLessThanOrEqual(maximum);
  });

  it('exactly, where it is constant', async () => {
    for (const value of [0, -0, 1.5, -3e38, 1e-45]) {
      const field = { data: new Float32Array(77).fill(value), shape: [7, 11] };
      const { bytes, restored } = await roundTrip(field);
      expect(bits(restored.data)).toEqual(bits(field.data));
      expect(bytes.length).toBeLessThan(64);
    }
  });
});

describe('missing values come back bit for bit', () => {
  it('NaN with payloads, infinities and fill values', async () => {
    const field = waves(50, 60);
    const data = field.data.slice();
    const view = new Uint32Array(data.buffer as ArrayBuffer);
    for (let i = 0; i < 1000; i++) data[i] = Number.NaN;
    view[1500] = 0xffc12345;
    view[1501] = 0x7f800001;
    data[2000] = Number.POSITIVE_INFINITY;
    data[2001] = Number.NEGATIVE_INFINITY;
    data.fill(1e20, 2500, 2600);
    const marked = { data, shape: field.shape, fillValues: [1e20] };
    const { restored } = await roundTrip(marked);
    expect(restored.fillValues).toEqual([Math.fround(1e20)]);
    data.forEach((value, i) => {
      if (!Number.isFinite(value) || value === Math.fround(1e20)) {
        expect(bits(restored.data)[i]).toBe(bits(data)[i]);
      }
    });
    const { psnr, missingDiffer } = measure(data, restored.data, [1e20]);
    expect(missingDiffer).toBe(0);
    expect(psnr).toBeGreaterThan(45);
  });

  it('in float64', async () => {
    const field = waves(30, 30, 2, Float64Array);
    const data = field.data.slice();
    new BigUint64Array(data.buffer as ArrayBuffer)[17] = 0x7ff0dead_beef0001n;
    const { restored } = await roundTrip({ data, shape: [30, 30] });
    expect(bits(restored.data).subarray(34, 36)).toEqual(bits(data).subarray(34, 36));
  });

  it('where nothing else is there, or one value is', async () => {
    const nothing = { data: new Float32Array(100).fill(Number.NaN), shape: [10, 10] };
    expect((await roundTrip(nothing)).restored.data).toEqual(nothing.data);
    const one = { data: nothing.data.slice(), shape: [10, 10] };
    one.data[42] = 7;
    expect((await roundTrip(one)).restored.data).toEqual(one.data);
  });

  it('cost few bits: land does not spoil the sea', async () => {
    const field = waves(128, 128);
    const whole = await compress(field, { ...cpu, quality: 6 });
    const data = field.data.slice();
    for (let i = 0; i < data.length; i++) {
      if (Math.hypot((i >> 7) - 40, (i & 127) - 70) < 30) data[i] = Number.NaN;
    }
    const masked = await compress({ data, shape: [128, 128] }, { ...cpu, quality: 6 });
    expect(masked.length).toBeLessThan(whole.length * 1.05);
  });
});

describe('quality', () => {
  it('rises with the level, in PSNR and in size', async () => {
    const field = waves(160, 200);
    let last = { psnr: 0, length: 0 };
    for (let quality = 1; quality <= 10; quality += 0.5) {
      const { bytes, restored } = await roundTrip(field, quality);
      const { psnr } = measure(field.data, restored.data);
      expect(psnr).toBeGreaterThan(last.psnr);
      expect(bytes.length).toBeGreaterThan(last.length);
      last = { psnr, length: bytes.length };
    }
  });

  it('keeps the mean of the present values: no bias for sums over a domain to show', async () => {
    const { data, shape } = waves(90, 110, 4);
    for (let i = 0; i < 2000; i++) data[3 * i] = Number.NaN;
    // Half of it at the lower end of the range, where values are clamped.
    const rain = data.map(value => Math.max(value - 281, 0));
    for (const values of [data, rain]) {
      for (const quality of [1, 3, 6, 9]) {
        const { restored } = await roundTrip({ data: values, shape }, quality);
        const { bias, errorDeviation } = measure(values, restored.data);
        expect(Math.abs(bias)).toBeLessThan(0.02 * errorDeviation);
      }
    }
  });

  it('keeps the mean of a large slice too, of which the encoder decodes a part', async () => {
    const { data, shape } = waves(600, 907, 4);
    for (let i = 0; i < 90000; i++) data[3 * i] = Number.NaN;
    const rain = data.map(value => Math.max(value - 281, 0));
    for (const quality of [2, 7]) {
      const { restored } = await roundTrip({ data: rain, shape }, quality);
      const { bias, errorDeviation } = measure(rain, restored.data);
      expect(Math.abs(bias)).toBeLessThan(0.02 * errorDeviation);
    }
  });

  it('is no worse at the edges of an odd slice than inside', async () => {
    const field = waves(193, 289);
    const { restored } = await roundTrip(field, 5);
    const [rows, columns] = [193, 289];
    const sums = { edge: 0, edges: 0, inside: 0, insides: 0 };
    restored.data.forEach((value, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      const square = (value - field.data[i]!) ** 2;
      if (Math.min(row, column, rows - 1 - row, columns - 1 - column) < 4) {
        sums.edge += square;
        sums.edges++;
      } else {
        sums.inside += square;
        sums.insides++;
      }
    });
    const ratio = Math.sqrt(sums.edge / sums.edges / (sums.inside / sums.insides));
    expect(ratio).toBeLessThan(1.6);
  });
});

describe('a slice larger than a tile', () => {
  it('has no seams: its tiles decode to what the whole would', async () => {
    // 1296 columns are 162 blocks, which are done in two tiles.
    const field = waves(64, 1296);
    const { restored } = await roundTrip(field, 4);
    const jump = (column: number): number => {
      let sum = 0;
      for (let row = 0; row < 64; row++) {
        const error = (c: number) => restored.data[row * 1296 + c]! - field.data[row * 1296 + c]!;
        sum += (error(column) - error(column - 1)) ** 2;
      }
      return sum;
    };
    const others = Array.from({ length: 40 }, (_, i) => jump(400 + 8 * i)).sort((a, b) => a - b);
    expect(jump(648)).toBeLessThan(1.5 * others.at(-1)!);
  });
});
