import * as fs from 'node:fs';
import * as h5wasm from 'h5wasm/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { openSource } from '../src/index.js';
import { failure, mutations, readEverything, survives, temporaryFile, temporaryPath } from './helpers.js';

beforeAll(async () => {
  await h5wasm.ready;
});

const count = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);

/** Opens under its full path, as h5wasm works on the host's own files. */
function write(fill: (file: h5wasm.File) => void): string {
  const path = temporaryPath('a.h5');
  const file = new h5wasm.File(path, 'w');
  fill(file);
  file.close();
  return path;
}

function netcdf4Like(): string {
  return write(file => {
    for (const [name, size] of [
      ['time', 5],
      ['lat', 4],
      ['lon', 6],
    ] as const) {
      file.create_dataset({ name, data: new Float64Array(count(size)) }).make_scale(name);
    }
    const field = file.create_dataset({
      name: 'TS',
      data: Float32Array.from(count(120, 0.5)),
      shape: [5, 4, 6],
      chunks: [2, 4, 6],
      compression: 4,
    });
    ['time', 'lat', 'lon'].forEach((name, i) => void field.attach_scale(i, name));
    field.create_attribute('units', 'K');
    field.create_attribute('_FillValue', 1e20, null, '<f');
    field.create_attribute('missing_value', 1e20, null, '<d');
    field.create_attribute('levels', Int32Array.of(1, 2, 3));
    field.create_attribute('label', 'abc', null, 'S5');
    file.create_attribute('title', 'made by a test');
  });
}

test('a NetCDF-4 file: names of dimensions, attributes, compressed chunks', async () => {
  const source = await openSource(netcdf4Like());
  expect(source.format).toBe('hdf5');
  expect(source.attributes).toEqual({ title: 'made by a test' });
  const info = source.variables().find(v => v.name === 'TS');
  expect(info).toMatchObject({ dtype: 'float32', shape: [5, 4, 6], dimensions: ['time', 'lat', 'lon'] });
  expect(info!.attributes).toEqual({
    units: 'K',
    _FillValue: Math.fround(1e20),
    missing_value: 1e20,
    levels: [1, 2, 3],
    label: 'abc',
  });
  expect(source.variables().map(v => v.dimensions)).toContainEqual(['lat']);
  expect(source.chooseVariable()).toBe('TS');
  const slab = source.read();
  expect([...slab.data]).toEqual(count(120, 0.5));
  expect(slab.fillValues).toEqual([Math.fround(1e20)]);
  // Chunks of two records: read in one direction, the other, and again.
  const stack = source.stack();
  for (const i of [4, 0, 1, 1, 3, 2]) expect([...stack.read(i)]).toEqual(count(24, i * 24 + 0.5));
  expect([...source.read('TS', 'time=1:3').data]).toEqual(count(48, 24.5));
  source.close();
  await failure('closed', () => stack.read(0));
});

test('plain HDF5: groups, other types, no dimension names', async () => {
  const path = write(file => {
    const group = file.create_group('run');
    group.create_dataset({ name: 'u', data: Float64Array.from(count(6)), shape: [2, 3] });
    group.create_dataset({ name: 'v', data: Float64Array.from(count(6)), shape: [2, 3] });
    file.create_dataset({ name: 'i', data: Int16Array.of(1, -2), shape: [1, 2] });
    file.create_dataset({ name: 'long', data: BigInt64Array.of(2n ** 60n), shape: [1, 1] });
    file.create_dataset({ name: 'line', data: Float32Array.of(1, 2, 3) });
    file.create_dataset({ name: 'text', data: ['one', 'two'] });
    file.create_dataset({ name: 'single', data: 5 });
  });
  const source = await openSource(path);
  expect(source.variables().find(v => v.name === 'run/u')!.dimensions).toEqual(['dim0', 'dim1']);
  for (const name of ['run/u', '/run/u']) expect([...source.read(name).data]).toEqual(count(6));
  expect(source.read('i')).toMatchObject({ dtype: 'float32', data: Float32Array.of(1, -2) });
  expect(source.read('line')).toMatchObject({ shape: [3], rows: 1, columns: 3, count: 1 });
  await failure('not-exact', () => source.read('long'));
  await failure('unsupported-type', () => source.read('text'));
  await failure('wrong-size', () => source.read('single'));
  await failure('ambiguous-variable', () => source.read());
  source.close();
});

describe('damaged files', () => {
  const small = () =>
    fs.readFileSync(
      write(file => {
        const data = Float32Array.from(count(24));
        const f = file.create_dataset({ name: 'f', data, shape: [2, 3, 4], chunks: [1, 3, 4], compression: 1 });
        f.create_attribute('units', 'K');
        f.create_attribute('label', 'abc', null, 'S5');
      }),
    );

  test('cut anywhere, it gives an InputError', async () => {
    const whole = small();
    expect(await survives(temporaryFile('whole.h5', whole))).toBe(true);
    for (let length = 0; length < whole.length; length += length < 600 || whole.length - length < 600 ? 1 : 53) {
      await failure(undefined, () => readEverything(temporaryFile('cut.h5', whole.subarray(0, length))));
    }
  });

  test('changed bytes never do worse than an InputError', async () => {
    const whole = small();
    for (const mutant of mutations(whole, whole.length, 400)) await survives(temporaryFile('m.h5', mutant));
  });

  test('a heap that would keep the library busy for ever is found first', async () => {
    const whole = small();
    const heap = whole.indexOf('GCOL');
    expect(heap).toBeGreaterThan(0);
    whole.fill(0, heap + 16, heap + 32);
    expect(await failure('damaged', () => readEverything(temporaryFile('heap.h5', whole)))).toContain('heap');
  });

  test('a chunk that does not decompress is an error, not garbage', async () => {
    const whole = small();
    const zlib = Buffer.from([0x78, 0x01]);
    let at = whole.indexOf(zlib);
    expect(at).toBeGreaterThan(0);
    for (; at >= 0; at = whole.indexOf(zlib, at + 1)) whole.fill(0x55, at, at + 8);
    const path = temporaryFile('chunk.h5', whole);
    const message = await failure('damaged', () => readEverything(path));
    expect(message).toContain('variable f');
  });
});

test('HDF5 behind a block of the user is found', async () => {
  const plain = fs.readFileSync(netcdf4Like());
  const path = temporaryFile('user.mat', Buffer.concat([Buffer.alloc(512, 0x20), plain]));
  expect((await readEverything(path)).TS!.length).toBe(120);
});
