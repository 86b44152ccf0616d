import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { largestDifference, onCpu, Workplace, waves } from './helpers.js';

const place = new Workplace();
const stack = waves(3, 37, 53);
const land = -9999;
/** The same with a corner of land in each slice, and one value that is not a number. */
const ocean = stack.map((value, i) =>
  i % 53 < 12 && Math.floor(i / 53) % 37 < 9 ? land : i === 1000 ? Number.NaN : value,
);

beforeAll(async () => {
  const dimensions = ['t', 'lat', 'lon'];
  const attributes = { units: 'K', long_name: 'air temperature', _FillValue: land };
  await place.write('ocean.nc', ocean, [3, 37, 53], { name: 'ts', dimensions, attributes });
  await place.write('stack.npy', stack, [3, 37, 53]);
  await place.write('double.npy', Float64Array.from(stack.subarray(0, 37 * 53)), [37, 53]);
  await place.write('big.raw', ocean, [3, 37, 53], { endian: 'big' });
});

afterAll(() => place.remove());

const compressKeys = [
  ...[
    'input',
    'output',
    'variable',
    'shape',
    'dtype',
    'codec',
    'model',
    'target',
    'bytesIn',
    'bytesOut',
    'bitsPerValue',
    'ratio',
  ],
  ...['psnr', 'maxAbsError', 'npme', 'bias', 'seconds'],
];

/** Which of the two a tile takes is a matter of bytes, and of the weights. */
const byTiles = expect.stringMatching(/^(predict|wavelet|predict\+wavelet)$/);

describe('compress --json', () => {
  test('prints the documented object, whose figures agree with the files', async () => {
    const result = place.json('compress', 'stack.npy', '-o', 'stack.fldz', ...onCpu);
    expect(Object.keys(result)).toEqual(compressKeys);
    const bytesOut = statSync(place.path('stack.fldz')).size;
    expect(result).toMatchObject({
      input: 'stack.npy',
      output: 'stack.fldz',
      variable: 'data',
      shape: [3, 37, 53],
      dtype: 'float32',
      codec: byTiles,
      target: { kind: 'rel', rel: 1e-3 },
      bytesIn: stack.byteLength,
      bytesOut,
      bitsPerValue: (8 * bytesOut) / stack.length,
      ratio: stack.byteLength / bytesOut,
      seconds: { read: expect.any(Number), compress: expect.any(Number), write: expect.any(Number) },
    });
    place.json('decompress', 'stack.fldz', '-o', 'stack-back.npy', ...onCpu);
    expect(result.maxAbsError).toBeCloseTo(largestDifference(stack, await place.values('stack-back.npy')), 6);
  });

  test('leaves figures that were not measured null', () => {
    const result = place.json('compress', 'stack.npy', '-o', 'unmeasured.fldz', '--no-measure', ...onCpu);
    expect(result).toMatchObject({ psnr: null, maxAbsError: null, npme: null, bias: null });
  });

  test('keeps a bound, a PSNR, every bit', async () => {
    const compress = (...target: string[]) =>
      place.json('compress', 'stack.npy', '-o', 'bound.fldz', '--force', ...target, ...onCpu);
    const decompressed = async () => {
      place.json('decompress', 'bound.fldz', '-o', 'bound.npy', '--force', ...onCpu);
      return place.values('bound.npy');
    };
    expect(compress('--abs', '0.004')).toMatchObject({ codec: byTiles, target: { kind: 'abs', abs: 0.004 } });
    expect(largestDifference(stack, await decompressed())).toBeLessThanOrEqual(0.004);
    expect(compress('--abs', '0.004', '--codec', 'hyperprior')).toMatchObject({ codec: 'hyperprior' });
    expect(largestDifference(stack, await decompressed())).toBeLessThanOrEqual(0.004);
    const { psnr } = compress('--psnr', '63');
    expect(psnr).toBeGreaterThanOrEqual(63);
    expect(compress('--lossless')).toMatchObject({ psnr: null, maxAbsError: 0 });
    expect(await decompressed()).toEqual(stack);
    expect(place.json('info', 'bound.fldz').target).toEqual({ kind: 'lossless' });
  });

  test('keeps a size, and every value in proportion', async () => {
    const compress = (...target: string[]) =>
      place.json('compress', 'stack.npy', '-o', 'sized.fldz', '--force', ...target, ...onCpu);
    const { bitsPerValue } = compress('--bpp', '3');
    expect(bitsPerValue).toBeLessThanOrEqual(3);
    expect(bitsPerValue).toBeGreaterThanOrEqual(3 * 0.98);
    const { ratio } = compress('--ratio', '12', '--effort', 'fast', '--codec', 'predict');
    expect(ratio).toBeGreaterThanOrEqual(12);
    expect(ratio).toBeLessThanOrEqual(12 / 0.98);
    compress('--pw-rel', '1e-4');
    place.json('decompress', 'sized.fldz', '-o', 'sized.npy', '--force', ...onCpu);
    (await place.values('sized.npy')).forEach((value, i) => {
      expect(Math.abs(value - stack[i]!)).toBeLessThanOrEqual(1e-4 * Math.abs(stack[i]!));
    });
    const { tiles } = place.json('info', 'sized.fldz');
    expect(tiles).toMatchObject([[{ codec: byTiles, pointwise: true, rows: 37, columns: 53 }], [{}], [{}]]);
  });

  test('refuses a size that cannot be reached, and leaves no file', () => {
    const { status, stderr } = place.run('compress', 'stack.npy', '-o', 'tiny.fldz', '--ratio', '100000', ...onCpu);
    expect(status).toBe(7);
    expect(stderr).toMatch(/^fieldzip: Slice 0 takes at least \d+ bytes, and 0 are asked for: .*\n$/);
    expect(place.files()).not.toContain('tiny.fldz');
  });

  test('a higher quality is closer and larger', () => {
    const [low, high] = ['2', '9'].map(quality =>
      place.json('compress', 'stack.npy', '-o', `q${quality}.fldz`, '--quality', quality, ...onCpu),
    );
    expect(high!.psnr).toBeGreaterThan(low!.psnr as number);
    expect(high!.bytesOut).toBeGreaterThan(low!.bytesOut as number);
  });
});

describe('what comes back', () => {
  test('NetCDF: the variable, its names and attributes, and missing values exactly', async () => {
    place.json('compress', 'ocean.nc', '-o', 'ocean.fldz', ...onCpu);
    place.json('decompress', 'ocean.fldz', '-o', 'back.nc', ...onCpu);
    const back = await place.values('back.nc');
    expect(back.every((value, i) => (value === land) === (ocean[i] === land))).toBe(true);
    expect(Number.isNaN(back[1000]!)).toBe(true);
    const { attributes } = place.json('info', 'ocean.fldz');
    expect(attributes).toEqual({
      name: 'ts',
      dimensions: ['t', 'lat', 'lon'],
      attributes: { units: 'K', long_name: 'air temperature', _FillValue: land },
    });
    // The decoded NetCDF file is read by the same names as the original was.
    place.json('compress', 'back.nc', '-o', 'again.fldz', '--var', 'ts', '--slice', 't=1', ...onCpu);
    expect(place.json('info', 'again.fldz')).toMatchObject({ shape: [37, 53], slices: 1 });
  });

  test('float64 as float64', async () => {
    place.json('compress', 'double.npy', '-o', 'double.fldz', ...onCpu);
    expect(place.json('decompress', 'double.fldz', '-o', 'double.f64', ...onCpu)).toMatchObject({ dtype: 'float64' });
    expect(statSync(place.path('double.f64')).size).toBe(8 * 37 * 53);
  });

  test('one dimension as one dimension', async () => {
    await place.write('line.npy', waves(1, 1, 300), [300]);
    expect(place.json('compress', 'line.npy', '-o', 'line.fldz', ...onCpu)).toMatchObject({ shape: [300] });
    expect(place.json('compare', 'line.npy', 'line.fldz', ...onCpu).all).toMatchObject({ values: 300 });
    for (const part of [[], ['--slice', '0']]) {
      const back = place.json('decompress', 'line.fldz', '-o', 'line-back.npy', '--force', ...part, ...onCpu);
      expect(back).toMatchObject({ shape: [300] });
    }
    expect(place.run('picture', 'line.npy', 'line.fldz', '-o', 'line.png', ...onCpu).status).toBe(0);
  });

  test('raw big-endian values with a fill value given by hand', async () => {
    const raw = ['--shape', '3x37x53', '--dtype', 'f32', '--big-endian'];
    place.json('compress', 'big.raw', '-o', 'raw.fldz', ...raw, '--fill', String(land), ...onCpu);
    expect(place.json('info', 'raw.fldz')).toMatchObject({ fillValues: [land] });
    const all = place.json('compare', 'big.raw', 'raw.fldz', ...onCpu).all;
    expect(all).toMatchObject({ missing: ocean.filter(v => v === land || Number.isNaN(v)).length, missingDiffer: 0 });
    place.json('decompress', 'raw.fldz', '-o', 'raw-back.raw', '--big-endian', ...onCpu);
    const again = place.json(
      'compress',
      'raw-back.raw',
      '-o',
      'raw-again.fldz',
      ...raw,
      '--fill',
      String(land),
      ...onCpu,
    );
    expect(again.psnr).toBeGreaterThan(30);
  });

  test('chosen slices, in the order asked for', async () => {
    place.json('compress', 'stack.npy', '-o', 'chosen.fldz', ...onCpu);
    place.json('decompress', 'chosen.fldz', '-o', 'whole.npy', ...onCpu);
    const part = place.json('decompress', 'chosen.fldz', '-o', 'part.npy', '--slice', '2,0:2', ...onCpu);
    expect(part).toMatchObject({ shape: [3, 37, 53] });
    const [whole, chosen] = [await place.values('whole.npy'), await place.values('part.npy')];
    expect(chosen.subarray(0, 37 * 53)).toEqual(whole.subarray(2 * 37 * 53));
    expect(chosen.subarray(37 * 53)).toEqual(whole.subarray(0, 2 * 37 * 53));
    expect(place.json('decompress', 'chosen.fldz', '-o', 'one.npy', '--slice', '1', ...onCpu)).toMatchObject({
      shape: [37, 53],
    });
  });

  test('a region of every slice', async () => {
    place.json('compress', 'ocean.nc', '-o', 'windowed.fldz', ...onCpu);
    place.json('decompress', 'windowed.fldz', '-o', 'all.npy', ...onCpu);
    const part = place.json('decompress', 'windowed.fldz', '-o', 'window.npy', '--region', '5:20,10:13', ...onCpu);
    expect(part).toMatchObject({ shape: [3, 15, 3] });
    const [whole, window] = [await place.values('all.npy'), await place.values('window.npy')];
    window.forEach((value, i) => {
      const [slice, row, column] = [Math.floor(i / 45), 5 + (Math.floor(i / 3) % 15), 10 + (i % 3)];
      expect(value).toEqual(whole[(slice * 37 + row) * 53 + column]);
    });
    const { status, stderr } = place.run('decompress', 'windowed.fldz', '-o', 'no.npy', '--region', '30:38,0:1');
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: 'fieldzip: The slices are 37 x 53, so no part of them is 30:38,0:1.\n',
    });
  });

  test('the file is the same with one thread and with two', () => {
    const sizes = ['1', '2'].map(threads => {
      place.json('compress', 'stack.npy', '-o', `t${threads}.fldz`, '--device', 'cpu', '--threads', threads);
      return place.bytes(`t${threads}.fldz`);
    });
    expect(sizes[0]).toEqual(sizes[1]);
  });

  test('without attributes the file is smaller and still compares', () => {
    const wanted = ['--var', 'ts', '--slice', 't=0', ...onCpu];
    const full = place.json('compress', 'ocean.nc', '-o', 'full.fldz', ...wanted);
    const lean = place.json('compress', 'ocean.nc', '-o', 'lean.fldz', '--no-attributes', ...wanted);
    expect(lean.bytesOut).toBeLessThan(full.bytesOut as number);
    expect(place.json('info', 'lean.fldz')).not.toHaveProperty('attributes');
    const compared = place.json('compare', 'ocean.nc', 'lean.fldz', '--slice', 't=0', ...onCpu);
    expect(compared.all).toMatchObject({ psnr: lean.psnr });
  });
});

describe('compare', () => {
  test('finds variable and slices by itself, and measures what compress measured', () => {
    const written = place.json('compress', 'ocean.nc', '-o', 'two.fldz', '--slice', 't=1:3', ...onCpu);
    const { slices, all, shape } = place.json('compare', 'ocean.nc', 'two.fldz', ...onCpu);
    expect(shape).toEqual([2, 37, 53]);
    expect(slices).toHaveLength(2);
    const { psnr, maxAbsError, npme, bias } = written;
    expect(all).toMatchObject({ psnr, maxAbsError, npme, bias, missingDiffer: 0 });
  });

  test('measures a decoded array as well', () => {
    const written = place.json('compress', 'stack.npy', '-o', 'array.fldz', ...onCpu);
    place.json('decompress', 'array.fldz', '-o', 'array.npy', ...onCpu);
    expect(place.json('compare', 'stack.npy', 'array.npy').all).toMatchObject({ psnr: written.psnr });
  });

  test('a perfect copy has no error and, in JSON, no PSNR', () => {
    expect(place.json('compare', 'stack.npy', 'stack.npy').all).toMatchObject({ psnr: null, rmse: 0, maxAbsError: 0 });
    expect(place.run('compare', 'stack.npy', 'stack.npy').stdout).toContain('infinite');
  });

  test('a wrong copy of a constant field has no perfect PSNR', async () => {
    await place.write('seven.npy', new Float32Array(20).fill(7), [4, 5]);
    await place.write('nine.npy', new Float32Array(20).fill(9), [4, 5]);
    expect(place.run('compare', 'seven.npy', 'nine.npy').stdout).toMatch(/^PSNR +-infinite$/m);
    expect(place.run('compare', 'seven.npy', 'seven.npy').stdout).toMatch(/^PSNR +infinite$/m);
  });
});

describe('for people', () => {
  test('compress says what it did and which default it took', () => {
    const { status, stdout, stderr } = place.run('compress', 'ocean.nc', '-o', 'people.fldz', ...onCpu);
    expect(status).toBe(0);
    expect(stderr).toBe(
      "fieldzip: No target was given, so every value within 0.001 of its slice's value range (--help lists the targets).\n",
    );
    expect(stdout).toMatch(/^ts \[K\], 3 x 37 x 53 float32 -> people\.fldz\n/);
    expect(stdout).toMatch(/\nsize {11}23,532 bytes -> [\d,]+ bytes\nratio {10}/);
    expect(stdout).toMatch(/\nPSNR {11}\d+\.\d\d dB\nlargest error {2}/);
    expect(stdout).toContain("\ntarget         every value within 0.001 of its slice's value range, the default\n");
    expect(stdout).toMatch(/\nmissing {8}\d+ values, all came back\n/);
  });

  test('picture draws a PNG', () => {
    place.json('compress', 'ocean.nc', '-o', 'seen.fldz', ...onCpu);
    const { status, stderr } = place.run(
      'picture',
      'ocean.nc',
      'seen.fldz',
      '-o',
      'seen.png',
      '--index',
      '2',
      ...onCpu,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(place.bytes('seen.png').subarray(1, 4).toString()).toBe('PNG');
  });
});
