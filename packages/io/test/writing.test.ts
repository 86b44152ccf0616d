import * as fs from 'node:fs';
import { dirname } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type FloatArray,
  openSource,
  outputFormatOf,
  removeUnfinished,
  writeSlices,
  writeWhole,
} from '../src/index.js';
import { failure, floats, temporaryFile, temporaryPath } from './helpers.js';

const bytesOf = (values: FloatArray) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
const beside = (path: string) => fs.readdirSync(dirname(path)).filter(name => name.includes('.tmp'));

describe('a file is written whole or not at all', () => {
  const bytes = Buffer.from('hello');
  test('appears at the end', async () => {
    const path = temporaryPath('w');
    const answer = await writeWhole(path, async out => {
      out.write(bytes);
      await Promise.resolve();
      expect(fs.existsSync(path)).toBe(false);
      out.write(bytes);
      out.writeAt(Buffer.from('J'), 5);
      expect(out.position).toBe(10);
      return 42;
    });
    expect(answer).toBe(42);
    expect(fs.readFileSync(path, 'utf8')).toBe('helloJello');
    expect(beside(path)).toEqual([]);
  });
  test('a failure leaves nothing, and the old file as it was', async () => {
    for (const path of [temporaryPath('w'), temporaryFile('w', bytes)]) {
      const before = fs.existsSync(path);
      const failing = writeWhole(path, out => {
        out.write(Buffer.alloc(100));
        throw new Error('on purpose');
      });
      await expect(failing).rejects.toThrow('on purpose');
      expect(beside(path)).toEqual([]);
      expect(fs.existsSync(path)).toBe(before);
      if (before) expect(fs.readFileSync(path)).toEqual(bytes);
    }
  });
  test('what a signal interrupts can be removed', async () => {
    const path = temporaryPath('w');
    await writeWhole(path, out => {
      out.write(bytes);
      expect(beside(path).length).toBe(1);
      removeUnfinished();
      expect(beside(path)).toEqual([]);
    }).catch(() => {});
  });
  test('never over its own input, by any name', async () => {
    const path = temporaryFile('in', bytes);
    const link = temporaryPath('link');
    fs.symlinkSync(path, link);
    const hard = temporaryPath('hard');
    fs.linkSync(path, hard);
    for (const name of [path, link, hard]) {
      await failure('same-file', () => writeWhole(name, () => {}, { inputs: [path] }));
    }
    expect(fs.readFileSync(path)).toEqual(bytes);
  });
  test('an existing file: kept if so asked, else replaced with its mode, through links', async () => {
    const path = temporaryFile('old', bytes);
    fs.chmodSync(path, 0o640);
    const link = temporaryPath('link');
    fs.symlinkSync(path, link);
    await failure('exists', () => writeWhole(path, () => {}, { overwrite: false }));
    await writeWhole(link, out => out.write(Buffer.from('new')));
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(path, 'utf8')).toBe('new');
    expect(fs.statSync(path).mode & 0o777).toBe(0o640);
  });
  test('a file that another writer finished in the meantime is kept, if so asked', async () => {
    const path = temporaryPath('w');
    const late = writeWhole(
      path,
      async out => {
        out.write(bytes);
        await writeWhole(path, other => other.write(Buffer.from('first')), { overwrite: false });
      },
      { overwrite: false },
    );
    await failure('exists', () => late);
    expect(fs.readFileSync(path, 'utf8')).toBe('first');
    expect(beside(path)).toEqual([]);
  });

  test('places that cannot be written', async () => {
    await failure('cannot-write', () => writeWhole('/nowhere/at/all', () => {}));
    await failure('cannot-write', () => writeWhole(dirname(temporaryPath('x')), () => {}));
    const file = temporaryFile('file', bytes);
    await failure('cannot-write', () => writeWhole(`${file}/below`, () => {}));
  });
  test('a device is written to and not replaced', async () => {
    await writeWhole('/dev/null', out => out.write(bytes));
    expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});

describe('arrays', () => {
  const data = Float32Array.from({ length: 24 }, (_, i) => i / 3);
  const slices = [data.subarray(0, 12), data.subarray(12)];
  const layout = { dtype: 'float32', shape: [2, 3, 4] } as const;

  test.each(['a.npy', 'a.nc'])('%s, slice by slice', async name => {
    const path = temporaryPath(name);
    async function* later() {
      yield* slices;
    }
    await writeSlices(path, layout, later());
    const source = await openSource(path);
    expect(source.read()).toMatchObject({ data, shape: [2, 3, 4], dtype: 'float32' });
    source.close();
  });
  test.each(['little', 'big'] as const)('raw, %s endian', async endian => {
    const path = temporaryPath('a.raw');
    await writeSlices(path, { ...layout, endian }, slices);
    const source = await openSource(path, { raw: { ...layout, endian } });
    expect(source.read().data).toEqual(data);
    source.close();
  });
  test('the values given are left alone', async () => {
    const mine = data.slice();
    await writeSlices(temporaryPath('a.nc'), layout, [mine]);
    expect(mine).toEqual(data);
  });
  test('too few, too many, or of another type', async () => {
    for (const given of [[slices[0]!], [...slices, slices[0]!]]) {
      const path = temporaryPath('a.npy');
      await failure('wrong-size', () => writeSlices(path, layout, given));
      expect(fs.existsSync(path)).toBe(false);
    }
    await expect(writeSlices(temporaryPath('a.npy'), layout, [new Float64Array(24)])).rejects.toThrow(TypeError);
  });
  test('the format comes from the name', async () => {
    expect(outputFormatOf('x/y.NC')).toBe('netcdf3');
    await failure('not-a-known-format', () => outputFormatOf('x.h5'));
  });
});

describe('NetCDF-3', () => {
  test('keeps names, attributes and coordinates', async () => {
    const path = temporaryPath('a.nc');
    await writeSlices(
      path,
      {
        name: 'sst',
        dtype: 'float32',
        shape: [2, 3],
        dimensions: ['lat', 'lon'],
        attributes: { units: 'degC', _FillValue: -1e34, valid_range: [-2, 40], offset_used: 273.15, note: 'größer' },
        coordinates: [{ name: 'lon', values: Float64Array.of(10, 20, 30), attributes: { units: 'degrees_east' } }],
        globalAttributes: { title: 'a test' },
      },
      [Float32Array.of(1, 2, 3, 4, 5, 6)],
    );
    const source = await openSource(path);
    expect(source.attributes).toEqual({ title: 'a test' });
    expect(source.chooseVariable()).toBe('sst');
    expect(source.variables()).toEqual([
      { name: 'lon', dtype: 'float64', shape: [3], dimensions: ['lon'], attributes: { units: 'degrees_east' } },
      {
        name: 'sst',
        dtype: 'float32',
        shape: [2, 3],
        dimensions: ['lat', 'lon'],
        attributes: {
          units: 'degC',
          _FillValue: Math.fround(-1e34),
          valid_range: [-2, 40],
          offset_used: 273.15,
          note: 'größer',
        },
      },
    ]);
    expect([...source.read('lon').data]).toEqual([10, 20, 30]);
    source.close();
  });
  test('names that NetCDF does not allow, and one name for two sizes', async () => {
    const path = temporaryPath('a.nc');
    const dimensions = ['x', 'x', 'x'];
    await writeSlices(path, { name: '/run/u', dtype: 'float32', shape: [2, 3, 2], dimensions }, [new Float32Array(12)]);
    const source = await openSource(path);
    expect(source.variables()[0]).toMatchObject({ name: 'run_u', dimensions: ['x', 'x_2', 'x'] });
    source.close();
  });
  test('bits survive, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 0xffffffff }), { minLength: 1, maxLength: 40 }), async bits => {
        const values = floats(bits);
        const path = temporaryPath('b.nc');
        await writeSlices(path, { dtype: 'float32', shape: [1, bits.length] }, [values]);
        const source = await openSource(path);
        expect(bytesOf(source.read().data)).toEqual(bytesOf(values));
        source.close();
      }),
      { numRuns: 40 },
    );
  });
});
