import { describe, expect, test } from 'vitest';
import { openSource, parseSelection } from '../src/index.js';
import { failure, temporaryFile } from './helpers.js';
import { type NcVariable, netcdf3Bytes } from './netcdf3-bytes.js';

const dimensions: [string, number][] = [
  ['time', 3],
  ['lev', 2],
  ['lat', 2],
  ['lon', 2],
  ['nv', 2],
];

const variable = (name: string, ids: number[], more: Partial<NcVariable> = {}): NcVariable => ({
  name,
  type: 'float32',
  dimensions: ids,
  values: Array.from({ length: ids.reduce((n, id) => n * dimensions[id]![1], 1) }, (_, i) => i),
  ...more,
});

const open = (...variables: NcVariable[]) =>
  openSource(temporaryFile('v.nc', netcdf3Bytes({ version: 1, dimensions, variables }).bytes));

const grid = [
  variable('lat', [2], { attributes: { bounds: 'lat_bnds' } }),
  variable('lat_bnds', [2, 4]),
  variable('geo', [2, 3]),
  variable('mask', [2, 3], { type: 'int32' }),
  variable('label', [2, 3], { type: 'char' }),
];

describe('the variable when none is named', () => {
  test('is the only field, coordinates and their bounds aside', async () => {
    const source = await open(...grid, variable('tas', [0, 2, 3], { attributes: { coordinates: 'geo lon' } }));
    expect(source.chooseVariable()).toBe('tas');
    source.close();
  });
  test('may be packed integers', async () => {
    const packed = variable('p', [2, 3], {
      type: 'int16',
      attributes: { scale_factor: ['float32', [0.5]], coordinates: 'geo' },
    });
    const source = await open(...grid, packed);
    expect(source.chooseVariable()).toBe('p');
    source.close();
  });
  test('has to be named when several fit', async () => {
    const source = await open(...grid, variable('u', [0, 2, 3]));
    const message = await failure('ambiguous-variable', () => source.read());
    expect(message).toContain('geo (float32, 2 x 2)');
    expect(message).toContain('u (float32, 3 x 2 x 2)');
    expect(message).not.toContain('lat_bnds');
    source.close();
  });
  test('has to be named when none fits', async () => {
    const source = await open(grid[0]!, grid[3]!);
    expect(await failure('no-such-variable', () => source.read())).toContain('mask (int32, 2 x 2)');
    expect([...source.read('mask').data]).toEqual([0, 1, 2, 3]);
    source.close();
  });
});

test('a name that is not there lists those that are', async () => {
  const source = await open(...grid);
  expect(await failure('no-such-variable', () => source.read('geoo'))).toContain('geo (float32, 2 x 2)');
  await failure('unsupported-type', () => source.read('label'));
  source.close();
});

describe('selections', () => {
  test('are read', () => {
    expect({ ...parseSelection('t=0, lev=-3') }).toEqual({ t: 0, lev: -3 });
    expect({ ...parseSelection('t=0:10,x=2:,y=:-1,z=:') }).toEqual({
      t: { start: 0, stop: 10 },
      x: { start: 2 },
      y: { stop: -1 },
      z: {},
    });
    expect({ ...parseSelection(' ') }).toEqual({});
  });
  test.each(['t', 't=', 't=1.5', 't=a', '=1', 't=1:2:3', 't=0,,', 't=1,t=2'])("'%s' is refused", async text => {
    await failure('bad-selection', () => parseSelection(text));
  });

  test('pick slices', async () => {
    const source = await open(variable('f', [0, 1, 2, 3]));
    const at = (selection: string) => [...source.read('f', selection).data];
    const slice = (t: number, l: number) => [0, 1, 2, 3].map(i => (t * 2 + l) * 4 + i);
    expect(at('time=1,lev=1')).toEqual(slice(1, 1));
    expect(at('time=-1,lev=-2')).toEqual(slice(2, 0));
    expect(at('lev=1')).toEqual([...slice(0, 1), ...slice(1, 1), ...slice(2, 1)]);
    expect(at('time=1:')).toEqual([...slice(1, 0), ...slice(1, 1), ...slice(2, 0), ...slice(2, 1)]);
    expect(source.stack('f', 'lev=1')).toMatchObject({ shape: [3, 2, 2], dimensions: ['time', 'lat', 'lon'] });
    expect(source.stack('f', { time: { stop: -1 } }).count).toBe(4);
    await failure('out-of-range', () => source.stack('f').read(6));
    source.close();
  });
  test('that cannot be met say why', async () => {
    const source = await open(variable('f', [0, 1, 2, 3]));
    const message = (selection: string, code: Parameters<typeof failure>[0]) =>
      failure(code, () => source.stack('f', selection));
    expect(await message('t=0', 'no-such-dimension')).toContain('time, lev, lat, lon');
    expect(await message('lat=0', 'bad-selection')).toContain('only time, lev can');
    expect(await message('time=3', 'out-of-range')).toBe(
      'Index 3 is out of range: dimension time has 3 entries (0 to 2).',
    );
    await message('time=-4', 'out-of-range');
    await message('time=0:4', 'out-of-range');
    await message('time=-4:', 'out-of-range');
    expect(await message('time=2:1', 'out-of-range')).toContain('holds nothing');
    source.close();
  });
});

describe('missing values and packing', () => {
  const read = async (v: NcVariable) => {
    const source = await open(v);
    const slab = source.read(v.name);
    source.close();
    return slab;
  };
  test('fill values are those that occur in the data: rounded to its type', async () => {
    const slab = await read(
      variable('f', [2, 3], {
        attributes: { _FillValue: ['float32', [1e20]], missing_value: ['float64', [1e20, -0.1]] },
      }),
    );
    expect(slab.fillValues).toEqual([Math.fround(1e20), Math.fround(-0.1)]);
    expect([...slab.data]).toEqual([0, 1, 2, 3]);
  });
  test('floats are left as they are, whatever scale the file names', async () => {
    const slab = await read(variable('f', [2, 3], { attributes: { scale_factor: ['float32', [10]] } }));
    expect([...slab.data]).toEqual([0, 1, 2, 3]);
    expect(slab.attributes.scale_factor).toBe(10);
  });
  test('short packed integers become float32, rounded once', async () => {
    const slab = await read(
      variable('p', [2, 3], {
        type: 'int16',
        values: [-32768, 0, 1, 30001],
        attributes: {
          scale_factor: ['float64', [0.01]],
          add_offset: ['float64', [273.15]],
          _FillValue: ['int16', [-32768]],
          units: 'K',
        },
      }),
    );
    expect(slab.dtype).toBe('float32');
    expect([...slab.data]).toEqual([Number.NaN, 273.15, 0.01 + 273.15, 30001 * 0.01 + 273.15].map(Math.fround));
    expect(slab.fillValues).toEqual([Number.NaN]);
    expect(Object.keys(slab.attributes)).toEqual(['units', 'fieldzip_conversion']);
    expect(slab.attributes.fieldzip_conversion).toBe(
      'stored as int16; unpacked with scale_factor 0.01 and add_offset 273.15; fill value -32768 became NaN',
    );
  });
  test('long ones become float64', async () => {
    const slab = await read(
      variable('p', [2, 3], {
        type: 'int32',
        values: [1, 2, 3, 16777217],
        attributes: { add_offset: ['float32', [0.5]] },
      }),
    );
    expect(slab.dtype).toBe('float64');
    expect([...slab.data]).toEqual([1.5, 2.5, 3.5, 16777217.5]);
  });
  test('_Unsigned gives bytes and their fill value back their sign', async () => {
    const slab = await read(
      variable('p', [2, 3], {
        type: 'int8',
        values: [-1, -2, 0, 127],
        attributes: { _Unsigned: 'true', scale_factor: ['float32', [2]], _FillValue: ['int8', [-1]] },
      }),
    );
    expect([...slab.data]).toEqual([Number.NaN, 508, 0, 254]);
  });
  test('plain integers with a fill value', async () => {
    const slab = await read(
      variable('p', [2, 3], { type: 'int16', values: [1, -9, 3, 4], attributes: { missing_value: ['int16', [-9]] } }),
    );
    expect([...slab.data]).toEqual([1, Number.NaN, 3, 4]);
  });
});
