import { compress, decompress, dispose, FieldzipError, info, type TargetOptions, tileInfo } from '@fieldzip/core';
import { afterAll, describe, expect, it } from 'vitest';
import { openContainer } from '../src/container/index.js';
import { gridOf, tilesOf } from '../src/tiles/layout.js';
import { chunksOf, joined } from './container-examples.js';
import { bits, randomNumbers, waves } from './fields.js';

const cpu = { device: 'cpu', threads: 2 } as const;
const fast = { ...cpu, effort: 'fast' } as const;
afterAll(dispose);

describe('a slice is cut in tiles', () => {
  it.each([
    [1, 1, 1, 1],
    [1024, 1024, 1, 1],
    [721, 1440, 1, 1],
    [1025, 1025, 2, 1],
    [1800, 3600, 2, 4],
    [2048, 2048, 2, 2],
    [1, 1_048_576, 1, 1],
    [1, 1_048_577, 1, 2],
    [3_000_000, 1, 3, 1],
  ])('%i x %i: %i down, %i across', (rows, columns, down, across) => {
    expect(gridOf(rows, columns)).toEqual({ down, across });
  });

  it('that cover it, are at most 2^20 values, and differ by a row and a column at most', () => {
    const random = randomNumbers(5);
    for (let i = 0; i < 200; i++) {
      const [rows, columns] = [Math.ceil(2 ** (14 * random())), Math.ceil(2 ** (14 * random()))];
      const tiles = tilesOf(rows, columns);
      expect(tiles.reduce((sum, tile) => sum + tile.rows * tile.columns, 0)).toBe(rows * columns);
      for (const extent of ['rows', 'columns'] as const) {
        const extents = tiles.map(tile => tile[extent]);
        expect(Math.max(...extents) - Math.min(...extents)).toBeLessThanOrEqual(1);
      }
      expect(Math.max(...tiles.map(tile => tile.rows * tile.columns))).toBeLessThanOrEqual(2 ** 20);
    }
  });
});

describe('a slice of several tiles', () => {
  const { data, shape } = waves(1030, 1100);
  // A coast, and a corner of the first tile; the second tile holds the rest.
  for (let i = 0; i < data.length; i += 7) if (i % 1100 < 90) data[i] = Number.NaN;
  const field = { data, shape };
  const written = compress(field, { ...fast, abs: 0.01 });

  it('keeps its bound in all of them', async () => {
    const bytes = await written;
    expect(tileInfo(bytes)[0]).toMatchObject([
      { row: 0, column: 0, rows: 515, columns: 1100, codec: 'predict' },
      { row: 515, column: 0, rows: 515, columns: 1100, codec: 'predict' },
    ]);
    const back = await decompress(bytes, cpu);
    expect(
      data.every((value, i) =>
        Number.isNaN(value) ? Object.is(back.data[i], value) : Math.abs(back.data[i]! - value) <= 0.01,
      ),
    ).toBe(true);
  });

  it('is the same file for 1, 2 and 3 threads', async () => {
    const bytes = await written;
    for (const threads of [1, 3]) {
      expect(Buffer.compare(await compress(field, { ...fast, threads, abs: 0.01 }), bytes)).toBe(0);
    }
  });

  it.each([
    ['within a tile', [3, 40], [80, 100]],
    ['across tiles', [510, 520], [0, 1100]],
    ['of one value', [515, 516], [1099, 1100]],
  ] as const)('gives a region %s like the crop of the whole', async (_, rows, columns) => {
    const bytes = await written;
    const whole = await decompress(bytes, cpu);
    const part = await decompress(bytes, { ...cpu, region: { rows, columns } });
    const [height, width] = [rows[1] - rows[0], columns[1] - columns[0]];
    expect(part.shape).toEqual([height, width]);
    expect(part.attributes).toEqual({ region: { rows, columns } });
    const crop = part.data.map(
      (_, i) => whole.data[(rows[0] + Math.floor(i / width)) * 1100 + columns[0] + (i % width)]!,
    );
    expect(bits(part.data)).toEqual(bits(crop));
  });

  it('decodes a region from its tiles alone', async () => {
    const { header, readSlice } = openContainer(await written);
    const parts = readSlice(0);
    if (parts.content !== 'coded') throw new Error('expected values');
    const stream = parts.stream.slice();
    // The second tile is ruined; the checksum is made to fit.
    stream.fill(0xff, stream.length - 3000);
    const ruined = joined(chunksOf(header, [{ ...parts, stream }]));
    const region = { rows: [0, 515], columns: [0, 10] } as const;
    expect((await decompress(ruined, { ...cpu, region })).shape).toEqual([515, 10]);
    await expect(decompress(ruined, cpu)).rejects.toBeInstanceOf(FieldzipError);
  });

  it('meets a PSNR over all its tiles', async () => {
    const values = data.map((value, i) => (i < 515 * 1100 ? 280 : Number.isNaN(value) ? 270 : value));
    const bytes = await compress({ data: values, shape }, { ...fast, psnr: 50 });
    const back = await decompress(bytes, cpu);
    let [least, most, squares] = [Infinity, -Infinity, 0];
    values.forEach((value, i) => {
      [least, most] = [Math.min(least, value), Math.max(most, value)];
      squares += (back.data[i]! - value) ** 2;
    });
    const psnr = 10 * Math.log10((most - least) ** 2 / (squares / values.length));
    expect(psnr).toBeGreaterThanOrEqual(50);
    expect(psnr).toBeLessThanOrEqual(50.2);
  });
});

describe('a region', () => {
  it('of a stack has its slices', async () => {
    const stack = { data: new Float64Array(3 * 20 * 30).map((_, i) => Math.sin(i)), shape: [3, 1, 20, 30] };
    for (const target of [{ quality: 6 }, { lossless: true }]) {
      const bytes = await compress(stack, { ...cpu, ...target });
      const region = { rows: [2, 7], columns: [29, 30] } as const;
      expect((await decompress(bytes, { ...cpu, region })).shape).toEqual([3, 1, 5, 1]);
      expect((await decompress(bytes, { ...cpu, region, slices: [2] })).shape).toEqual([1, 5, 1]);
    }
  });

  it('of a field of one dimension is a part of its row', async () => {
    const bytes = await compress(
      { data: new Float32Array(50).map((_, i) => i), shape: [50] },
      { ...cpu, lossless: true },
    );
    const part = await decompress(bytes, { ...cpu, region: { rows: [0, 1], columns: [7, 10] } });
    expect([part.shape, [...part.data]]).toEqual([[3], [7, 8, 9]]);
  });

  it('must lie within the slice', async () => {
    const bytes = await compress(waves(8, 8), cpu);
    await expect(decompress(bytes, { ...cpu, region: { rows: [0, 9], columns: [0, 1] } })).rejects.toThrow(
      'Expected rows of the region within 0 to 8, found 0 to 9.',
    );
    await expect(decompress(bytes, { ...cpu, region: { rows: [3, 3], columns: [0, 1] } })).rejects.toThrow();
  });
});

describe('a size is met within 2 % and never exceeded', () => {
  const field = waves(300, 320);
  const bitsOf = async (target: TargetOptions) =>
    (8 * (await compress(field, { ...cpu, ...target })).length) / field.data.length;

  it.each([0.3, 1, 3, 7, 9])('%f bits a value', async bpp => {
    const found = await bitsOf({ bpp });
    expect(found).toBeLessThanOrEqual(bpp);
    expect(found).toBeGreaterThanOrEqual(0.98 * bpp);
  });

  it('but where every value comes back exactly in less', async () => {
    const file = await compress(field, { ...cpu, bpp: 10 });
    expect((8 * file.length) / field.data.length).toBeLessThanOrEqual(10);
    expect((await decompress(file, cpu)).data).toEqual(field.data);
  });

  it.each([4, 25, 150])('a ratio of %i', async ratio => {
    const found = 32 / (await bitsOf({ ratio }));
    expect(found).toBeGreaterThanOrEqual(ratio);
    expect(found).toBeLessThanOrEqual(ratio / 0.98);
  });

  it('by every slice of a stack, of which each has its share of the header', async () => {
    const data = new Float32Array(3 * 100 * 100);
    for (const slice of [0, 1, 2]) data.set(waves(100, 100, slice).data, slice * 10_000);
    const attributes = { history: 'x'.repeat(3000).replace(/x/g, (_, i) => String(i)) };
    const bytes = await compress({ data, shape: [3, 100, 100], attributes }, { ...fast, ratio: 8 });
    expect(data.byteLength / bytes.length).toBeGreaterThanOrEqual(8);
    expect(data.byteLength / bytes.length).toBeLessThanOrEqual(8 / 0.98);
    const sizes = info(bytes).sliceBytes;
    expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.min(...sizes) / 0.97);
  });

  it('or the values are stored without loss where that is smaller, which is said', async () => {
    const notices: string[] = [];
    const bytes = await compress(field, { ...fast, bpp: 31, onNotice: notice => notices.push(notice) });
    expect(bits((await decompress(bytes, cpu)).data)).toEqual(bits(field.data));
    expect(notices).toEqual(['The slice was stored without loss: that takes fewer bytes than were asked for.']);
  });

  it('or refused where nothing is so small', async () => {
    await expect(compress(field, { ...fast, ratio: 1e6 })).rejects.toMatchObject({
      code: 'target',
      message: expect.stringMatching(/^The slice takes at least \d+ bytes, and 0 are asked for: /),
    });
  });
});

describe('what no encoder wrote', () => {
  it('is refused, or decodes, and soon', async () => {
    const random = randomNumbers(77);
    const targets: TargetOptions[] = [{ rel: 1e-3 }, { pwRel: 1e-3 }, { lossless: true }];
    const files = await Promise.all(targets.map(target => compress(waves(60, 50), { ...fast, ...target })));
    const opened = files.map(openContainer);
    const streams = opened.map(({ readSlice }) => {
      const parts = readSlice(0);
      if (parts.content !== 'coded') throw new Error('expected values');
      return parts;
    });
    const started = performance.now();
    for (let i = 0; i < 400; i++) {
      const which = i % 3;
      const parts = streams[which]!;
      const other = streams[(which + 1) % 3]!.stream;
      const at = Math.floor(random() * parts.stream.length);
      const stream =
        i % 4 === 0
          ? parts.stream.slice(0, at)
          : i % 4 === 1
            ? Buffer.concat([parts.stream.subarray(0, at), other.subarray(at)])
            : parts.stream.slice();
      if (i % 4 > 1) stream[i % 8 > 5 ? at % 40 : at] = Math.floor(random() * 256);
      const file = joined(chunksOf(opened[which]!.header, [{ ...parts, stream: new Uint8Array(stream) }]));
      await decompress(file, cpu).catch(error => expect(error).toBeInstanceOf(FieldzipError));
    }
    expect(performance.now() - started).toBeLessThan(60_000);
  });
});
