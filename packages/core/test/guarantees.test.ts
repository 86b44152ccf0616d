import {
  ArgumentError,
  type CompressOptions,
  compress,
  compressSlices,
  DeviceError,
  decompress,
  decompressSlices,
  dispose,
  type Field,
  FieldzipError,
  info,
  UnsupportedError,
} from '@fieldzip/core';
import { afterAll, describe, expect, it } from 'vitest';
import { bits, randomNumbers, waves } from './fields.js';

const cpu = { device: 'cpu', threads: 2 } as const;
afterAll(dispose);

function stack(): Field {
  const slices = [1, 2, 3, 4, 5].map(seed => waves(40, 52, seed).data);
  const data = new Float32Array(5 * 40 * 52);
  slices.forEach((slice, i) => {
    data.set(slice, i * slice.length);
  });
  return { data, shape: [5, 40, 52], attributes: { name: 'T', units: 'K', levels: [1, 2] } };
}

describe('a file', () => {
  it('does not depend on the number of threads', async () => {
    const field = stack();
    const one = await compress(field, { device: 'cpu', threads: 1, quality: 6 });
    for (const threads of [2, 3, 8]) {
      expect(await compress(field, { device: 'cpu', threads, quality: 6 })).toEqual(one);
      expect(bits((await decompress(one, { device: 'cpu', threads })).data)).toEqual(
        bits((await decompress(one, { device: 'cpu', threads: 1 })).data),
      );
    }
  });

  it('spends at most 64 bytes on what is not coded data', async () => {
    const field = waves(193, 289);
    for (const target of [{ quality: 6 }, { rel: 1e-3 }]) {
      const bytes = await compress(field, { ...cpu, ...target });
      const { sliceBytes } = info(bytes);
      // A slice's own part of it: length, flags, value range, checksum.
      expect(bytes.length - sliceBytes[0]! + 3 + 1 + 8 + 4).toBeLessThanOrEqual(64);
    }
  });

  it('says what it is without being decoded', async () => {
    const bytes = await compress(stack(), { ...cpu, quality: 4.3 });
    expect(info(bytes)).toMatchObject({
      formatVersion: 1,
      dtype: 'float32',
      shape: [5, 40, 52],
      slices: 5,
      rows: 40,
      columns: 52,
      codec: 'hyperprior',
      model: { name: 'compact' },
      attributes: { name: 'T', units: 'K', levels: [1, 2] },
      bytes: bytes.length,
    });
    expect(info(bytes).target).toEqual({ kind: 'quality', quality: 4.30078125 });
  });

  it('gives single slices, in any order', async () => {
    const bytes = await compress(stack(), cpu);
    const whole = await decompress(bytes, cpu);
    const some = await decompress(bytes, { ...cpu, slices: [4, 0, 4] });
    expect(some.shape).toEqual([3, 40, 52]);
    const size = 40 * 52;
    expect(some.data.subarray(0, size)).toEqual(whole.data.subarray(4 * size));
    expect(some.data.subarray(size, 2 * size)).toEqual(whole.data.subarray(0, size));
    await expect(decompress(bytes, { ...cpu, slices: [5] })).rejects.toThrow('Expected slices from 0 to 4, found 5.');
  });

  it('is the same when written and read slice by slice', async () => {
    const field = stack();
    const { data, ...rest } = field;
    const size = 40 * 52;
    async function* slices() {
      for (let i = 0; i < 5; i++) yield data.slice(i * size, (i + 1) * size);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of compressSlices({ ...rest, dtype: 'float32' }, slices(), cpu)) chunks.push(chunk);
    const bytes = new Uint8Array(Buffer.concat(chunks));
    expect(bytes).toEqual(await compress(field, cpu));
    const whole = await decompress(bytes, cpu);
    for await (const { index, data: slice } of decompressSlices(bytes, cpu)) {
      expect(slice).toEqual(whole.data.subarray(index * size, (index + 1) * size));
    }
  });
});

describe('damage', () => {
  it('never gives wrong values: any byte flipped', async () => {
    const bytes = await compress(waves(24, 24), { ...cpu, quality: 3 });
    for (let i = 0; i < bytes.length; i++) {
      const damaged = bytes.slice();
      damaged[i] = damaged[i]! ^ (1 << (i % 8));
      await expect(decompress(damaged, cpu), `byte ${i}`).rejects.toBeInstanceOf(FieldzipError);
    }
  });

  it('never gives wrong values: cut anywhere, or longer', async () => {
    const bytes = await compress(waves(24, 24), { ...cpu, quality: 3 });
    for (let length = 0; length < bytes.length; length++) {
      await expect(decompress(bytes.subarray(0, length), cpu), `length ${length}`).rejects.toBeInstanceOf(
        FieldzipError,
      );
    }
    await expect(decompress(Buffer.concat([bytes, Buffer.of(0)]), cpu)).rejects.toBeInstanceOf(FieldzipError);
  });

  it('that passes the checksums is refused or decodes, and never crashes', async () => {
    // What the codec itself says of streams that no encoder wrote.
    const { hyperprior } = await import('../dist/codecs/hyperprior/hyperprior.js');
    const random = randomNumbers(9);
    const field = waves(40, 40);
    const slice = { values: field.data, rows: 40, columns: 40, minimum: 200, maximum: 300 };
    const target = { kind: 'quality', quality: 4 } as const;
    const context = { device: 'cpu', threads: 1 } as const;
    const stream = await hyperprior.encode(slice, target, hyperprior.modelHash(), context);
    for (let i = 0; i < 150; i++) {
      const damaged = stream.slice(0, i % 3 === 0 ? Math.floor(random() * stream.length) : stream.length);
      for (let j = 0; j <= i % 4 && damaged.length > 0; j++) {
        damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      }
      const values = new Float32Array(1600);
      await hyperprior.decode(damaged, { ...slice, values }, target, hyperprior.modelHash(), context).then(
        () => expect(values.every(value => value >= 200 && value <= 300)).toBe(true),
        error => expect(error).toBeInstanceOf(Error),
      );
    }
  });

  it('of the model hash is told from damage of the file', async () => {
    const { crc32 } = await import('node:zlib');
    const bytes = await compress({ data: new Float32Array(4).fill(1), shape: [2, 2] }, { ...cpu, quality: 6 });
    const other = Buffer.from(bytes);
    const at = other.indexOf(Buffer.from(info(bytes).model?.hash ?? '', 'hex'));
    other.fill(0xab, at, at + 8);
    const end = 6 + other[5]!;
    other.writeUInt32LE(crc32(other.subarray(0, end)), end);
    expect(info(new Uint8Array(other)).model).toEqual({
      codec: 'hyperprior',
      name: undefined,
      hash: 'ab'.repeat(8),
    });
    const coded = await compress(waves(8, 8), { ...cpu, quality: 6 });
    const foreign = Buffer.from(coded);
    foreign.fill(0xab, at, at + 8);
    foreign.writeUInt32LE(crc32(foreign.subarray(0, end)), end);
    await expect(decompress(foreign, cpu)).rejects.toBeInstanceOf(FieldzipError);
  });
});

describe('arguments are checked at the door', () => {
  const field = waves(4, 4);
  it.each<[string, Field, CompressOptions, string]>([
    [
      'data of another length',
      { ...field, shape: [4, 5] },
      {},
      'The shape [4, 5] stands for 20 values, but the data holds 16.',
    ],
    [
      'an extent of 0',
      { ...field, shape: [0, 16] },
      {},
      'Expected every extent of the shape to be a positive integer, found [0, 16].',
    ],
    [
      'data of another type',
      { ...field, data: [1, 2] as never },
      {},
      'Expected the data of a field to be a Float32Array or a Float64Array.',
    ],
    ['no field', undefined as never, {}, 'Expected a field with data and shape, found undefined.'],
    [
      'a shape that is text',
      { ...field, shape: '44' as never },
      {},
      'Expected a shape to be an array of numbers, found string.',
    ],
    [
      'one fill value',
      { ...field, fillValues: -9999 as never },
      {},
      'Expected the fill values to be an array of numbers.',
    ],
    ['lossless as text', field, { lossless: 'yes' as never }, 'Expected lossless to be true or false, found yes.'],
    ['a level beyond 10', field, { quality: 11 }, 'Expected a quality level from 1 to 10, found 11.'],
    ['a level that is no number', field, { quality: Number.NaN }, 'Expected a quality level from 1 to 10, found NaN.'],
    ['two targets', field, { quality: 3, abs: 1 }, 'Expected one target, found quality and abs: choose one.'],
    ['a bound of 0', field, { abs: 0 }, 'Expected an absolute error above 0, found 0.'],
    ['a bound beyond the range', field, { rel: 2 }, 'Expected a relative error above 0 and at most 1, found 2.'],
    ['a PSNR that is no number', field, { psnr: Number.NaN }, 'Expected a PSNR from 10 to 300 dB, found NaN.'],
    ['no thread', field, { threads: 0 }, 'Expected a number of threads from 1 to 1024, found 0.'],
    [
      'a device that there is not',
      field,
      { device: 'gpu' as never },
      'Expected a device of cpu, cuda or auto, found gpu.',
    ],
  ])('%s', async (_, wrong, options, message) => {
    await expect(compress(wrong, options)).rejects.toThrow(new ArgumentError(message));
  });

  it('fewer or more slices than the shape says', async () => {
    const drain = async (count: number) => {
      const slices = Array.from({ length: count }, () => field.data);
      for await (const _ of compressSlices({ shape: [2, 4, 4], dtype: 'float32' }, slices, cpu)) {
      }
    };
    await expect(drain(1)).rejects.toThrow('stands for 2 slices, but only 1 were given');
    await expect(drain(3)).rejects.toThrow('stands for 2 slices, but there are more');
  });
});

describe('the machine', () => {
  it('says that CUDA is not there, or uses it', async () => {
    const notices: string[] = [];
    const field = waves(8, 8);
    await compress(field, { device: 'auto', quality: 6, onNotice: notice => notices.push(notice) });
    if (notices.length > 0) {
      expect(notices[0]).toBe('Running on the CPU: CUDA is not available here (device cuda says why).');
      await expect(compress(field, { device: 'cuda', quality: 6 })).rejects.toBeInstanceOf(DeviceError);
    }
  });

  it('keeps its event loop turning', async () => {
    const field = waves(512, 512);
    await compress(field, cpu);
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const started = performance.now();
    await compress(field, cpu);
    const whole = performance.now() - started;
    clearInterval(timer);
    expect(longest).toBeLessThan(Math.max(50, whole));
    expect(last).toBeGreaterThan(started);
  });

  it('stops when told to', async () => {
    const controller = new AbortController();
    const progress: number[] = [];
    const run = compress(stack(), {
      device: 'cpu',
      threads: 1,
      signal: controller.signal,
      onProgress: done => {
        progress.push(done);
        if (done === 2) controller.abort(new Error('enough'));
      },
    });
    await expect(run).rejects.toThrow('enough');
    expect(progress).toEqual([1, 2]);
  });
});

it('has this public face', async () => {
  expect(Object.keys(await import('@fieldzip/core')).sort()).toMatchInlineSnapshot(`
    [
      "ArgumentError",
      "CodecError",
      "DEFAULT_QUALITY",
      "DEFAULT_REL",
      "DeviceError",
      "ErrorMeter",
      "FieldzipError",
      "FormatError",
      "MAX_QUALITY",
      "MIN_QUALITY",
      "TARGET_LIMITS",
      "TargetError",
      "UnsupportedError",
      "codecNames",
      "compress",
      "compressSlices",
      "decompress",
      "decompressSlices",
      "dispose",
      "info",
      "measure",
      "tileInfo",
    ]
  `);
});

it('tells an unknown model from damage', () => {
  expect(new UnsupportedError('x').code).toBe('unsupported');
});
