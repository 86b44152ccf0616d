import { expect, test } from 'vitest';
import { openSource, type RawLayout } from '../src/index.js';
import { failure, readEverything, temporaryFile } from './helpers.js';

const path = (bytes: Uint8Array) => temporaryFile('a.raw', bytes);
const six = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
const layout: RawLayout = { shape: [2, 3], dtype: 'float32' };

test('reads both byte orders, after an offset', async () => {
  expect(await readEverything(path(six), { raw: layout })).toEqual({ data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  const big = Buffer.from(six).swap32();
  const file = path(Buffer.concat([Buffer.alloc(7), big]));
  const raw = { ...layout, endian: 'big', offset: 7 } as const;
  expect(await readEverything(file, { raw })).toEqual({ data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  const ints = path(new Uint8Array(Int16Array.of(1, -2).buffer));
  expect(await readEverything(ints, { raw: { shape: [1, 2], dtype: 'int16' } })).toEqual({
    data: Float32Array.of(1, -2),
  });
});

test('a stack of slices', async () => {
  const source = await openSource(path(six), { raw: { shape: [3, 1, 2], dtype: 'float32' } });
  expect([...source.read(undefined, 'dim0=1').data]).toEqual([3, 4]);
  expect([...source.slices()].map(slice => [...slice])).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  source.close();
});

test('any other size is refused, saying what was expected and found', async () => {
  for (let length = 0; length < six.length; length++) {
    await failure('wrong-size', () => readEverything(path(six.subarray(0, length)), { raw: layout }));
  }
  const message = await failure('wrong-size', () => readEverything(path(six), { raw: { ...layout, shape: [2, 4] } }));
  expect(message).toMatch(/holds 24 bytes but 2 x 4 values of float32 take 32/);
  await failure('wrong-size', () => readEverything(path(six), { raw: { ...layout, shape: [1e9, 1e9] } }));
});

test.each([
  [{ ...layout, shape: [] }],
  [{ ...layout, shape: [2, 0] }],
  [{ ...layout, shape: [2, -3] }],
  [{ ...layout, shape: [2, 1.5] }],
  [{ ...layout, dtype: 'float' as 'float32' }],
  [{ ...layout, endian: 'middle' as 'big' }],
  [{ ...layout, offset: -1 }],
])('refuses the layout %j', async raw => {
  await failure('bad-layout', () => openSource(path(six), { raw }));
});

test('without a shape, raw values are not guessed at', async () => {
  expect(await failure('not-a-known-format', () => openSource(path(six)))).toContain('give their shape');
});

test('formats that are known but not read are named', async () => {
  for (const [bytes, name] of [
    [[0x1f, 0x8b, 8, 0], 'gzip'],
    [[0x50, 0x4b, 3, 4], 'zip'],
    [[0x47, 0x52, 0x49, 0x42], 'GRIB'],
  ] as const) {
    expect(await failure('not-a-known-format', () => openSource(path(Uint8Array.from(bytes))))).toContain(name);
  }
});

test('what cannot be opened', async () => {
  await failure('no-such-file', () => openSource('/nowhere/at/all.npy'));
  await failure('not-a-file', () => openSource('/'));
  await failure('not-a-file', () => openSource('/dev/null'));
  await failure('truncated', () => openSource(path(new Uint8Array())));
});
