import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openSource, writeSlices } from '../src/index.js';
import { failure, floats, mutations, readEverything, survives, temporaryFile, temporaryPath } from './helpers.js';

function npy(descr: string, shape: number[], data: Uint8Array, { fortran = false, version = 1 } = {}): Buffer {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${sizes}), }\n`;
  const prefix = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(dict.length);
  else length.writeUInt32LE(dict.length);
  return Buffer.concat([prefix, length, Buffer.from(dict, 'latin1'), data]);
}

const bytes = (values: ArrayBufferView) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const read = async (content: Buffer) => {
  const source = await openSource(temporaryFile('a.npy', content));
  const slab = source.read();
  source.close();
  return slab;
};

const cases: [descr: string, data: ArrayBufferView, dtype: string, expected: number[]][] = [
  ['<f4', Float32Array.of(1.5, -2, 3, 4, 5, 6), 'float32', [1.5, -2, 3, 4, 5, 6]],
  ['<f8', Float64Array.of(1e300, -2, 3, 4, 5, 6), 'float64', [1e300, -2, 3, 4, 5, 6]],
  ['=f4', Float32Array.of(1, 2, 3, 4, 5, 6), 'float32', [1, 2, 3, 4, 5, 6]],
  ['>f4', Buffer.from('3fc00000c0000000404000004080000040a0000040c00000', 'hex'), 'float32', [1.5, -2, 3, 4, 5, 6]],
  [
    '<f2',
    Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x8000),
    'float32',
    [1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, -0],
  ],
  ['>f2', Buffer.from('3c00c000000103ff7bff8000', 'hex'), 'float32', [1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, -0]],
  ['|i1', Int8Array.of(-128, -1, 0, 1, 2, 127), 'float32', [-128, -1, 0, 1, 2, 127]],
  ['|u1', Uint8Array.of(0, 1, 2, 3, 254, 255), 'float32', [0, 1, 2, 3, 254, 255]],
  ['|b1', Uint8Array.of(0, 1, 0, 1, 1, 1), 'float32', [0, 1, 0, 1, 1, 1]],
  ['>i2', Buffer.from('8000ffff00000001010000ff', 'hex'), 'float32', [-32768, -1, 0, 1, 256, 255]],
  ['<u2', Uint16Array.of(0, 1, 2, 3, 65534, 65535), 'float32', [0, 1, 2, 3, 65534, 65535]],
  ['<i4', Int32Array.of(-(2 ** 31), -1, 0, 1, 2, 2 ** 31 - 1), 'float64', [-(2 ** 31), -1, 0, 1, 2, 2 ** 31 - 1]],
  ['<u4', Uint32Array.of(0, 1, 2, 3, 4, 2 ** 32 - 1), 'float64', [0, 1, 2, 3, 4, 2 ** 32 - 1]],
  ['<i8', BigInt64Array.of(-(2n ** 53n), -1n, 0n, 1n, 2n, 2n ** 53n), 'float64', [-(2 ** 53), -1, 0, 1, 2, 2 ** 53]],
];

test.each(cases)('reads %s exactly', async (descr, data, dtype, expected) => {
  for (const version of [1, 2, 3]) {
    const slab = await read(npy(descr, [2, 3], bytes(data), { version }));
    expect(slab.dtype).toBe(dtype);
    expect(slab.shape).toEqual([2, 3]);
    expect([...slab.data]).toEqual(expected);
  }
});

test('keeps an array of one dimension as it is, a slice of one row', async () => {
  const slab = await read(npy('<f4', [5], bytes(Float32Array.of(1, 2, 3, 4, 5))));
  expect(slab).toMatchObject({ shape: [5], dimensions: ['dim0'], rows: 1, columns: 5, count: 1 });
  const path = temporaryPath('line.npy');
  await writeSlices(path, slab, [slab.data]);
  const source = await openSource(path);
  expect(source.read()).toEqual(slab);
  source.close();
});

test('keeps the payload of NaNs, converted or not', async () => {
  const odd = [0x7fc12345, 0x7f800001, 0xffc00000, 0x80000000];
  const slab = await read(npy('<f4', [2, 2], bytes(floats(odd))));
  expect([...new Uint32Array(slab.data.buffer)]).toEqual(odd);
  const half = await read(npy('<f2', [1, 2], bytes(Uint16Array.of(0x7c01, 0xfe00))));
  expect([...new Uint32Array(half.data.buffer)]).toEqual([0x7f802000, 0xffc00000]);
});

test.each([[[4, 5]], [[3, 4, 5]], [[2, 3, 4, 5]], [[2, 3, 1, 5]]])('puts Fortran order %j right', async shape => {
  const total = shape.reduce((a, b) => a * b);
  const data = new Float32Array(total);
  for (let i = 0; i < total; i++) {
    let rest = i;
    let position = 0;
    let stride = total;
    for (let d = shape.length - 1; d >= 0; d--) {
      stride /= shape[d]!;
      position += (rest % shape[d]!) * stride;
      rest = Math.floor(rest / shape[d]!);
    }
    data[position] = i;
  }
  const path = temporaryFile('f.npy', npy('<f4', shape, bytes(data), { fortran: true }));
  const source = await openSource(path);
  expect([...source.read().data]).toEqual(Array.from({ length: total }, (_, i) => i));
  if (shape.length > 2) expect(source.read(undefined, { dim0: -1 }).data[0]).toBe(total - total / shape[0]!);
  source.close();
});

test('refuses an array of no dimension, and one of no values', async () => {
  await failure('wrong-size', () => read(npy('<f4', [], bytes(Float32Array.of(1)))));
  await failure('empty', () => read(npy('<f4', [0, 3], new Uint8Array())));
});

describe('refuses', () => {
  const data = bytes(new Float32Array(6));
  test('types that are not numbers', async () => {
    for (const descr of ['<c8', '|O', '<U3', '<f16', '|V8', '<M8[s]', '<f3']) {
      await failure('unsupported-type', () => read(npy(descr, [2, 3], data)));
    }
    const record = Buffer.from(
      npy('<f4', [2, 3], data).toString('latin1').replace("'<f4'", "[('a', '<f4')]"),
      'latin1',
    );
    await failure(undefined, () => read(record));
  });
  test('64-bit integers beyond float64', async () => {
    await failure('not-exact', () => read(npy('<i8', [1, 1], bytes(BigInt64Array.of(2n ** 53n + 1n)))));
  });
  test('a file longer than its array', async () => {
    expect(await failure('wrong-size', () => read(npy('<f4', [1, 3], data)))).toContain('1 x 3');
  });
  test('hostile shapes at once', async () => {
    for (const shape of [[1e9, 1e9, 1e9], [1e15, 1e15], [1e23], [2 ** 40, 2]]) {
      await failure(undefined, () => read(npy('<f4', shape, data)));
    }
    await failure('truncated', () => read(npy('<f4', [3e9, 1], data)));
    await failure('bad-header', () =>
      read(Buffer.from(npy('<f4', [2, 3], data).toString('latin1').replace('(2,', '(-2,'), 'latin1')),
    );
  });
});

test('a file cut anywhere gives an InputError', async () => {
  const whole = npy('<f4', [2, 3], bytes(Float32Array.of(1, 2, 3, 4, 5, 6)));
  for (let length = 0; length < whole.length; length++) {
    await failure(undefined, () => read(whole.subarray(0, length)));
  }
});

test('a damaged header never does worse than an InputError', async () => {
  const whole = npy('<f4', [2, 3], bytes(Float32Array.of(1, 2, 3, 4, 5, 6)));
  for (const mutant of mutations(whole, whole.length - 24, 400)) await survives(temporaryFile('m.npy', mutant));
});

test('what is written is read back, bit by bit', async () => {
  const array = fc
    .record({
      double: fc.boolean(),
      shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 }),
      seed: fc.uint8Array({ minLength: 2048, maxLength: 2048 }),
    })
    .map(({ double, shape, seed }) => {
      const total = shape.reduce((a, b) => a * b);
      return {
        shape,
        data: double ? new Float64Array(seed.buffer, 0, total) : new Float32Array(seed.buffer, 0, total),
      };
    });
  await fc.assert(
    fc.asyncProperty(array, async ({ shape, data }) => {
      const path = temporaryPath('r.npy');
      await writeSlices(path, { dtype: data instanceof Float32Array ? 'float32' : 'float64', shape }, [data]);
      const source = await openSource(path);
      const slab = source.read();
      source.close();
      expect(slab.shape).toEqual(shape);
      expect(bytes(slab.data)).toEqual(bytes(data));
    }),
    { numRuns: 60 },
  );
});

test('numpy can map what is written: values start at a multiple of 64', async () => {
  const path = temporaryPath('m.npy');
  await writeSlices(path, { dtype: 'float32', shape: [3] }, [Float32Array.of(1, 2, 3)]);
  const { readFileSync } = await import('node:fs');
  const content = readFileSync(path);
  expect((content.length - 12) % 64).toBe(0);
  expect(content.toString('latin1')).toContain("'shape': (3,), }");
  expect(await readEverything(path)).toEqual({ data: Float32Array.of(1, 2, 3) });
});
