import { describe, expect, test } from 'vitest';
import { openSource } from '../src/index.js';
import { failure, mutations, readEverything, survives, temporaryFile } from './helpers.js';
import { type NcFile, type NcVariable, netcdf3Bytes } from './netcdf3-bytes.js';

const count = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);

const fixed: NcVariable = { name: 'relief', type: 'float32', dimensions: [1, 2], values: count(6, 0.5) };
const hourly: NcVariable = {
  name: 'temperature',
  type: 'float64',
  dimensions: [0, 1, 2],
  values: count(24, -7.25),
  attributes: { units: 'K', long_name: 'air temperature', _FillValue: ['float64', [-999]] },
};
/** Three bytes a record: padded to four where it is not alone. */
const flags: NcVariable = { name: 'flags', type: 'int8', dimensions: [0, 2], values: count(12, -3) };
const time: NcVariable = { name: 'time', type: 'int32', dimensions: [0], values: count(4, 10) };

const file = (version: 1 | 2 | 5, variables: NcVariable[], more: Partial<NcFile> = {}): NcFile => ({
  version,
  dimensions: [
    ['time', 0],
    ['lat', 2],
    ['lon', 3],
  ],
  records: 4,
  variables,
  ...more,
});

const write = (what: NcFile) => temporaryFile('a.nc', netcdf3Bytes(what).bytes);

describe.each([1, 2, 5] as const)('CDF-%i', version => {
  test('fixed and record variables, side by side', async () => {
    const path = write(file(version, [fixed, time, hourly, flags]));
    const all = await readEverything(path);
    expect([...all.relief!]).toEqual(fixed.values);
    expect([...all.temperature!]).toEqual(hourly.values);
    expect([...all.flags!]).toEqual(flags.values);
    expect([...all.time!]).toEqual(time.values);
  });

  test('what it says of a variable', async () => {
    const source = await openSource(write(file(version, [fixed, time, hourly, flags])));
    expect(source.format).toBe('netcdf3');
    expect(source.attributes).toEqual({ title: 'made by hand' });
    expect(source.variables().find(v => v.name === 'temperature')).toEqual({
      name: 'temperature',
      dtype: 'float64',
      shape: [4, 2, 3],
      dimensions: ['time', 'lat', 'lon'],
      attributes: { units: 'K', long_name: 'air temperature', _FillValue: -999 },
    });
    const stack = source.stack('temperature', 'time=1:3');
    expect(stack).toMatchObject({ count: 2, rows: 2, columns: 3, shape: [2, 2, 3], units: 'K', fillValues: [-999] });
    expect([...stack.read(1)]).toEqual(hourly.values.slice(12, 18));
    expect([...source.slices('temperature')].length).toBe(4);
    expect([...source.read('temperature', 'time=-1').data]).toEqual(hourly.values.slice(18));
    expect(source.read('temperature', 'time=-1').dimensions).toEqual(['lat', 'lon']);
    source.close();
    await failure('closed', () => source.read('relief'));
  });

  test('a lone record variable, which is not padded', async () => {
    expect([...(await readEverything(write(file(version, [fixed, flags])))).flags!]).toEqual(flags.values);
  });

  test('a file still being streamed', async () => {
    const all = await readEverything(write(file(version, [fixed, hourly, flags], { streaming: true })));
    expect([...all.temperature!]).toEqual(hourly.values);
  });

  test('cut anywhere, it gives an InputError', async () => {
    // Ends in whole values: what is cut from padding would not be missed.
    const { bytes } = netcdf3Bytes(file(version, [fixed, time, hourly]));
    for (let length = 0; length < bytes.length; length++) {
      await failure(undefined, () => readEverything(temporaryFile('cut.nc', bytes.subarray(0, length))));
    }
  });

  test('a damaged header never does worse than an InputError', async () => {
    const { bytes, headerLength } = netcdf3Bytes(file(version, [fixed, time, hourly, flags]));
    for (const mutant of mutations(bytes, headerLength, 500, version)) await survives(temporaryFile('m.nc', mutant));
  });
});

test('the types that CDF-5 adds', async () => {
  const variables: NcVariable[] = [
    { name: 'a', type: 'uint8', dimensions: [1, 2], values: [0, 1, 2, 3, 254, 255] },
    { name: 'b', type: 'uint16', dimensions: [1, 2], values: [0, 1, 2, 3, 4, 65535] },
    { name: 'c', type: 'int64', dimensions: [1, 2], values: [0, 1, 2, 3, -4, 2 ** 53] },
  ];
  const all = await readEverything(write(file(5, variables)));
  for (const { name, values } of variables) expect([...all[name]!]).toEqual(values);
  const { bytes } = netcdf3Bytes(file(5, variables));
  bytes[3] = 2;
  await failure(undefined, () => readEverything(temporaryFile('no.nc', bytes)));
});

test('records lie apart, each row of a slice in its own', async () => {
  const wide: NcVariable = { name: 'wide', type: 'float32', dimensions: [0, 3], values: count(4 * 20000) };
  const rows: NcVariable = { name: 'rows', type: 'float32', dimensions: [0, 2], values: count(12, 0.25) };
  const dimensions: [string, number][] = [
    ['time', 0],
    ['lat', 2],
    ['lon', 3],
    ['x', 20000],
  ];
  const all = await readEverything(write(file(2, [rows, wide], { dimensions })));
  expect([...all.rows!]).toEqual(rows.values);
  expect([...all.wide!]).toEqual(wide.values);
});

test('no records yet', async () => {
  const empty = { ...hourly, values: [] };
  const source = await openSource(write(file(1, [fixed, empty], { records: 0 })));
  expect(source.variables()[1]!.shape).toEqual([0, 2, 3]);
  expect(source.chooseVariable()).toBe('relief');
  await failure('empty', () => source.read('temperature'));
  source.close();
});

describe('hostile headers fail at once', () => {
  const { bytes } = netcdf3Bytes(file(1, [fixed]));
  const words = (change: (words: DataView) => void) => {
    const copy = Buffer.from(bytes);
    change(new DataView(copy.buffer, copy.byteOffset, copy.length));
    return temporaryFile('h.nc', copy);
  };
  test('a billion dimensions', () => failure('truncated', () => openSource(words(w => w.setUint32(12, 1e9)))));
  test('a name of four gigabytes', () =>
    failure('bad-header', () => openSource(words(w => w.setUint32(16, 0xffffffff)))));
  test('dimensions whose product overflows', async () => {
    const huge: NcFile = {
      version: 1,
      dimensions: [
        ['a', 2 ** 31],
        ['b', 2 ** 31],
        ['c', 2 ** 31],
      ],
      variables: [{ name: 'v', type: 'float32', dimensions: [0, 1, 2], values: [1] }],
    };
    await failure('too-large', () => readEverything(temporaryFile('o.nc', netcdf3Bytes(huge).bytes)));
  });
  test('more records than the file has', () =>
    failure('truncated', async () => {
      const copy = netcdf3Bytes(file(1, [hourly])).bytes;
      copy.writeUInt32BE(0x7fffffff, 4);
      await readEverything(temporaryFile('r.nc', copy));
    }));
  test('an attribute called __proto__ is only an attribute', async () => {
    const odd = { ...fixed, attributes: { ['__proto__']: ['float32', [1]] as ['float32', number[]] } };
    const source = await openSource(write(file(1, [odd])));
    expect(Object.getPrototypeOf(source.variables()[0]!.attributes)).toBe(Object.prototype);
    source.close();
  });
});
