import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ByteSource,
  ContainerWriter,
  type Header,
  openContainer,
  type SliceMask,
  type SliceParts,
} from '../src/container/index.js';
import { ArgumentError, FormatError } from '../src/errors.js';
import { stackOf } from '../src/field.js';
import { readVarint, varintBytes } from '../src/varint.js';
import { chunksOf, example, exampleBytes, joined, modelHash, plainHeader } from './container-examples.js';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

const headers: fc.Arbitrary<Header> = fc.constantFrom('float32' as const, 'float64' as const).chain(dtype => {
  const value = dtype === 'float32' ? fc.float() : fc.double();
  return fc.record({
    dtype: fc.constant(dtype),
    shape: fc.oneof(
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 }),
      fc.tuple(fc.integer({ min: 1, max: 2 ** 14 }), fc.integer({ min: 1, max: 2 ** 14 })),
    ),
    codec: fc.integer({ min: 0, max: 255 }),
    modelHash: fc.option(fc.uint8Array({ minLength: 8, maxLength: 8 }), { nil: undefined }),
    parameters: bytes(200),
    fillValues: fc.array(value, { maxLength: 4 }),
  });
});

function slicesOf(header: Header): fc.Arbitrary<SliceParts> {
  const float32 = header.dtype === 'float32';
  const value = float32
    ? fc.float({ noDefaultInfinity: true, noNaN: true })
    : fc.double({ noDefaultInfinity: true, noNaN: true });
  const nan = float32 ? 0x7fc00000n : 0x7ff8000000000000n;
  const pattern = fc.oneof(fc.constant(nan), fc.bigInt(0n, (1n << (float32 ? 32n : 64n)) - 1n));
  const mask: fc.Arbitrary<SliceMask> = fc.record({
    patterns: fc.array(pattern, { minLength: 1, maxLength: 5 }),
    bytes: bytes(200),
  });
  const maybeMask = fc.option(mask, { nil: undefined });
  return fc.oneof(
    fc.tuple(maybeMask, value, value, bytes(300)).map(([mask, a, b, stream]): SliceParts => {
      return { content: 'coded', mask, minimum: Math.min(a, b), maximum: Math.max(a, b), stream };
    }),
    fc.record({ content: fc.constant('constant' as const), mask: maybeMask, value }),
    fc.record({ content: fc.constant('missing' as const), mask }),
  );
}

const files = headers.chain(header => {
  const { slices } = stackOf(header.shape);
  return fc.record({
    header: fc.constant(header),
    slices: fc.array(slicesOf(header), { minLength: slices, maxLength: slices }),
    attributes: fc.option(
      fc
        .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 })
        // JSON has no -0 that a reader gives back, and no say in an object's prototype.
        .map(found => JSON.parse(JSON.stringify(found)) as Record<string, unknown>),
      { nil: undefined },
    ),
  });
});

describe('container', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(files, ({ header, slices, attributes }) => {
        const chunks = chunksOf(header, slices, attributes);
        const file = joined(chunks);
        const container = openContainer(file);
        expect(container.formatVersion).toBe(1);
        expect(container.header).toEqual(header);
        expect(container.stack).toEqual(stackOf(header.shape));
        expect(container.attributes).toEqual(attributes);
        expect(container.bytes).toBe(file.length);
        expect(container.sliceBytes()).toEqual(chunks.slice(1).map(chunk => chunk.length));
        expect(slices.map((_, i) => container.readSlice(i))).toEqual(slices);
      }),
    );
  });

  it('reads through a source without reading sections that nobody asked for', () => {
    const slice = (i: number): SliceParts => {
      return { content: 'coded', minimum: 0, maximum: i + 1, stream: new Uint8Array(20000).fill(i) };
    };
    const file = joined(
      chunksOf(
        plainHeader([50, 8, 8]),
        Array.from({ length: 50 }, (_, i) => slice(i)),
      ),
    );
    let read = 0;
    const source: ByteSource = {
      size: file.length,
      read(offset, length) {
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset + length).toBeLessThanOrEqual(file.length);
        read += length;
        return Buffer.from(file.subarray(offset, offset + length));
      },
    };
    const container = openContainer(source);
    expect(read).toBeLessThan(1000);
    expect(container.readSlice(49)).toEqual(slice(49));
    expect(read).toBeLessThan(22000);
  });

  it('indexes a million slices quickly', () => {
    const count = 1_000_000;
    const start = new ContainerWriter(plainHeader([count, 1, 1])).writeHeader();
    const file = new Uint8Array(start.length + 10 * count);
    file.set(start);
    // Sections of constant slices by hand, which takes less time than the writer's checks.
    const view = new DataView(file.buffer);
    for (let i = 0, at = start.length; i < count; i++, at += 10) {
      file.set([5, 2], at);
      view.setFloat32(at + 2, i, true);
      view.setUint32(at + 6, crc32(file.subarray(at, at + 6), view.getUint32(at - 4, true)), true);
    }
    let reads = 0;
    const source = {
      size: file.length,
      read: (offset: number, length: number) => {
        reads++;
        return file.subarray(offset, offset + length);
      },
    };
    const begun = performance.now();
    const container = openContainer(source);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(reads).toBeLessThan(200);
    expect(container.readSlice(777_777)).toEqual({ content: 'constant', mask: undefined, value: 777_777 });
  }, 60_000);

  it('does not keep views of a Buffer that the caller may reuse', () => {
    const file = Buffer.from(exampleBytes());
    const { header } = openContainer(file);
    file.fill(0);
    expect(header).toEqual(example.header);
  });

  it('writes well-known missing patterns by number and others in full', () => {
    const length = (pattern: bigint) => {
      const mask = { patterns: [pattern], bytes: new Uint8Array(0) };
      return chunksOf(plainHeader([1, 4], { fillValues: [-9999] }), [{ content: 'missing', mask }])[1]!.length;
    };
    expect([0x7fc00000n, 0xc61c3c00n, 0x7fc00001n].map(length)).toEqual([9, 9, 13]);
  });

  describe('writer', () => {
    const constant: SliceParts = { content: 'constant', value: 1 };

    it('takes slices in order, all of them, after the header', () => {
      const writer = new ContainerWriter(plainHeader([2, 4, 4]));
      expect(() => writer.writeSlice(0, constant)).toThrow(ArgumentError);
      writer.writeHeader();
      expect(() => writer.writeHeader()).toThrow(ArgumentError);
      expect(() => writer.writeSlice(1, constant)).toThrow('Expected slice 0 of 2, found slice 1.');
      writer.writeSlice(0, constant);
      expect(() => writer.finish()).toThrow('Expected 2 slices, found 1.');
      writer.writeSlice(1, constant);
      writer.finish();
      expect(() => writer.writeSlice(2, constant)).toThrow(ArgumentError);
    });

    it.each<[string, SliceParts]>([
      ['a value that float32 cannot hold', { content: 'constant', value: 0.1 }],
      ['a value that is not finite', { content: 'constant', value: Number.NaN }],
      ['a range upside down', { content: 'coded', minimum: 1, maximum: 0, stream: new Uint8Array(1) }],
      ['a mask without patterns', { content: 'missing', mask: { patterns: [], bytes: new Uint8Array(0) } }],
      ['too many patterns', { content: 'missing', mask: { patterns: Array(256).fill(1n), bytes: new Uint8Array(0) } }],
      ['a pattern too wide', { content: 'missing', mask: { patterns: [1n << 32n], bytes: new Uint8Array(0) } }],
    ])('refuses %s', (_, parts) => {
      const writer = new ContainerWriter(plainHeader([4, 4]));
      writer.writeHeader();
      expect(() => writer.writeSlice(0, parts)).toThrow(ArgumentError);
      // The refused slice left no trace: the next one is still the first.
      writer.writeSlice(0, constant);
      writer.finish();
    });

    it.each<[string, Partial<Header>]>([
      ['an empty shape', { shape: [] }],
      ['an extent of zero', { shape: [0, 3] }],
      ['a codec number beyond a byte', { codec: 256 }],
      ['a short model hash', { modelHash: modelHash.subarray(1) }],
      ['a header beyond the limit', { parameters: new Uint8Array(70_000) }],
    ])('refuses %s', (_, changes) => {
      expect(() => new ContainerWriter(plainHeader([4, 4], changes))).toThrow(ArgumentError);
    });

    it('refuses attributes that would not come back', () => {
      const write = (attributes: Record<string, unknown>) => new ContainerWriter(plainHeader([1]), attributes);
      expect(() => write({ range: [0, Number.NaN] })).toThrow(
        'Expected attributes that JSON can hold, found NaN in "1".',
      );
      expect(() => write({ size: 1n })).toThrow(ArgumentError);
      expect(() => write({ text: 'x'.repeat(2 ** 24) })).toThrow(ArgumentError);
    });
  });
});

describe('overhead of a single-slice file', () => {
  const overhead = (header: Header, parts: SliceParts) => {
    const coded = (parts.mask?.bytes.length ?? 0) + (parts.content === 'coded' ? parts.stream.length : 0);
    return chunksOf(header, [parts]).reduce((sum, chunk) => sum + chunk.length, 0) - coded;
  };
  const stream = new Uint8Array(300_000);
  const mask = (patterns: bigint[]): SliceMask => ({ patterns, bytes: new Uint8Array(2000) });

  it('is 44 bytes for 1024 x 1024 float32 values', () => {
    expect(overhead(plainHeader([1024, 1024]), { content: 'coded', minimum: 0, maximum: 1, stream })).toBe(44);
  });

  it('is at most 64 bytes with a mask, a fill value, double precision and the largest slice', () => {
    const large = new Uint8Array(2 ** 21);
    for (const dtype of ['float32', 'float64'] as const) {
      const pattern = dtype === 'float32' ? 0xc61c3c00n : 0xc0c3878000000000n;
      const header = plainHeader([1024, 1024], { dtype, fillValues: [-9999] });
      const parts: SliceParts = { content: 'coded', mask: mask([pattern]), minimum: 0, maximum: 1, stream };
      expect(overhead(header, parts)).toBe(dtype === 'float32' ? 52 : 64);
      const largest = plainHeader([2 ** 21, 2 ** 7], { dtype });
      expect(overhead(largest, { content: 'coded', minimum: 0, maximum: 1, stream: large })).toBeLessThanOrEqual(64);
      const nan = dtype === 'float32' ? 0x7fc00000n : 0x7ff8000000000000n;
      expect(
        overhead(largest, { content: 'coded', mask: mask([nan]), minimum: 0, maximum: 1, stream: large }),
      ).toBeLessThanOrEqual(64);
    }
  });
});

describe('varint', () => {
  it('gives back every number below 2^53 and says where it ends', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), value => {
        const written = varintBytes(value);
        expect(readVarint(joined([Uint8Array.of(7), written, Uint8Array.of(9)]), 1)).toEqual({
          value,
          next: 1 + written.length,
        });
        expect(readVarint(written.subarray(0, -1), 0)).toBeUndefined();
      }),
    );
  });

  it('knows its own edges', () => {
    const edges = [0, 127, 128, 16383, 16384, 2 ** 32, Number.MAX_SAFE_INTEGER];
    expect(edges.map(value => varintBytes(value).length)).toEqual([1, 1, 2, 2, 3, 5, 8]);
    expect(Array.from(varintBytes(300))).toEqual([0xac, 0x02]);
  });

  it.each([
    ['padding', [0x80, 0x00]],
    ['a number of 2^53', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ['a ninth byte', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  ])('refuses %s', (_, found) => {
    expect(() => readVarint(Uint8Array.from(found), 0)).toThrow(FormatError);
  });
});
