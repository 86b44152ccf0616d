import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openContainer, type SliceParts } from '../src/container/index.js';
import { FieldzipError, FormatError, UnsupportedError } from '../src/errors.js';
import { varintBytes } from '../src/varint.js';
import { chunksOf, example, exampleBytes, joined, modelHash, plainHeader } from './container-examples.js';

/** Opens a file and reads every slice, as a decoder of the whole file does. */
function readAll(file: Uint8Array): SliceParts[] {
  const container = openContainer(file);
  return Array.from({ length: container.stack.slices }, (_, i) => container.readSlice(i));
}

function little32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

/** A header with a correct checksum around any fields at all. */
function headerAround(fields: readonly number[]): Uint8Array {
  const body = Uint8Array.of(0xc6, 0x4c, 0x44, 0x5a, 1, ...varintBytes(fields.length), ...fields);
  return joined([body, little32(crc32(body))]);
}

/** A section with a correct checksum around any payload, after bytes that end with a checksum. */
function sectionAfter(before: Uint8Array, payload: Uint8Array): Uint8Array {
  const seed = new DataView(before.buffer, before.byteOffset, before.length).getUint32(before.length - 4, true);
  const body = joined([varintBytes(payload.length), payload]);
  return joined([body, little32(crc32(body, seed))]);
}

describe('a damaged file is refused', () => {
  const file = exampleBytes();

  it('whichever byte is changed, in one bit or in all', () => {
    for (let at = 0; at < file.length; at++) {
      for (const change of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const damaged = file.slice();
        damaged[at]! ^= change;
        expect(() => readAll(damaged), `byte ${at}`).toThrow(FieldzipError);
      }
    }
  });

  it('wherever it is cut off', () => {
    for (let length = 0; length < file.length; length++) {
      expect(() => openContainer(file.slice(0, length)), `${length} bytes`).toThrow(FormatError);
    }
  });

  it('whatever is put after its end', () => {
    expect(() => openContainer(joined([file, Uint8Array.of(0)]))).toThrow(
      'Expected the file to end after its last section, found 1 more bytes.',
    );
    expect(() => openContainer(joined([file, file]))).toThrow(FormatError);
  });

  it('whatever is inserted or left out', () => {
    fc.assert(
      fc.property(fc.nat(file.length), fc.uint8Array({ minLength: 1, maxLength: 9 }), (at, inserted) => {
        const longer = joined([file.subarray(0, at), inserted, file.subarray(at)]);
        expect(() => readAll(longer)).toThrow(FieldzipError);
        const shorter = joined([file.subarray(0, at), file.subarray(at + inserted.length)]);
        if (shorter.length < file.length) expect(() => readAll(shorter)).toThrow(FieldzipError);
      }),
    );
  });

  it('and only the damaged slice is, unless it is the checksum that the next one goes on from', () => {
    const slices = [1, 2, 3].map((value): SliceParts => ({ content: 'constant', value }));
    const chunks = chunksOf(plainHeader([3, 4, 4]), slices);
    const start = chunks[0]!.length;
    const damaged = joined(chunks);
    damaged[start + 3]! ^= 1;
    const container = openContainer(damaged);
    expect(() => container.readSlice(0)).toThrow(
      'Damaged, or not where it belongs: the section of slice 0 (of 0 to 2)',
    );
    expect(container.readSlice(1)).toMatchObject({ value: 2 });
    expect(container.readSlice(2)).toMatchObject({ value: 3 });
  });
});

describe('a section in the wrong place is refused', () => {
  const coded = (seed: number): SliceParts => ({
    content: 'coded',
    minimum: 0,
    maximum: 1,
    stream: Uint8Array.from({ length: 12 }, (_, i) => (seed * 31 + i * 7) & 255),
  });
  const file = (seeds: readonly number[]) => chunksOf(plainHeader([4, 8, 8]), seeds.map(coded));
  const ours = file([1, 2, 3, 4]);

  it('when two of one file are swapped', () => {
    for (let i = 1; i < 4; i++) {
      for (let j = i + 1; j <= 4; j++) {
        const swapped = ours.slice();
        [swapped[i], swapped[j]] = [ours[j]!, ours[i]!];
        expect(() => readAll(joined(swapped))).toThrow('Damaged, or not where it belongs');
      }
    }
  });

  it('when one stands in for another', () => {
    expect(() => readAll(joined([ours[0]!, ours[1]!, ours[1]!, ours[3]!, ours[4]!]))).toThrow(FormatError);
  });

  it('when it comes from another file, even one with the very same header', () => {
    const theirs = file([5, 6, 7, 8]);
    expect(theirs[0]).toEqual(ours[0]);
    for (let i = 1; i <= 4; i++) {
      const crossed = ours.slice();
      crossed[i] = theirs[i]!;
      // Of the first section alone it is the next that tells; a last section has none and tells itself.
      expect(() => readAll(joined(crossed))).toThrow(FormatError);
      const tail = [...ours.slice(0, i), ...theirs.slice(i)];
      if (i > 1) expect(() => readAll(joined(tail))).toThrow(FormatError);
    }
  });

  it('when the header comes from another file', () => {
    const other = chunksOf(plainHeader([4, 8, 8], { parameters: Uint8Array.of(0, 7) }), [1, 2, 3, 4].map(coded));
    expect(() => readAll(joined([other[0]!, ...ours.slice(1)]))).toThrow(FormatError);
  });
});

describe('what this version does not know is refused with what was found', () => {
  const refusal = (file: Uint8Array): FieldzipError => {
    try {
      readAll(file);
    } catch (error) {
      if (error instanceof FieldzipError) return error;
      throw error;
    }
    throw new Error('expected a refusal');
  };
  const [unsupported, format] = [UnsupportedError, FormatError];
  const hash = Array.from(modelHash);

  it.each([
    [
      'another kind of file',
      Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'),
      format,
      /not a fieldzip file: found 89 48 44 46, expected c6 4c 44 5a\./,
    ],
    ['an empty file', new Uint8Array(0), format, /not a fieldzip file: found no bytes/],
    [
      'a newer version',
      Uint8Array.of(0xc6, 0x4c, 0x44, 0x5a, 2, 0),
      unsupported,
      /format version 2; .* reads version 1/,
    ],
    ['version 0', Uint8Array.of(0xc6, 0x4c, 0x44, 0x5a, 0, 0), format, /found 0/],
    ['unknown header flags', headerAround([0x10, 1, 1, 4, 0]), unsupported, /found 00010000/],
    ['an unknown type', headerAround([2, 1, 1, 4, 0]), unsupported, /float32\) or 1 \(float64\), found type 2/],
    ['no dimensions', headerAround([0, 1, 0, 0]), format, /1 to 32 dimensions, found 0/],
    ['33 dimensions', headerAround([0, 1, 33, ...Array(33).fill(1), 0]), format, /1 to 32 dimensions, found 33/],
    ['more dimensions than bytes', headerAround([0, 1, ...varintBytes(2 ** 50), 1]), format, /extents/],
    ['an extent of 0', headerAround([0, 1, 2, 4, 0, 0]), format, /positive integer/],
    ['a huge slice', headerAround([0, 1, 2, ...varintBytes(2 ** 24), ...varintBytes(2 ** 24), 0]), format, /limit/],
    ['a huge extent', headerAround([0, 1, 1, ...varintBytes(2 ** 52), 0]), format, /limit/],
    [
      'a huge stack',
      headerAround([0, 1, 3, ...varintBytes(2 ** 52), 1, 1, 0]),
      format,
      /at least \d+ bytes, 0 are there/,
    ],
    ['a stack beyond counting', headerAround([0, 1, 4, ...varintBytes(2 ** 52), 9, 1, 1, 0]), format, /limit/],
    ['a model hash cut short', headerAround([8, 1, ...hash.slice(0, 5)]), format, /8 bytes for the model hash/],
    ['parameters beyond the header', headerAround([0, 1, 1, 4, 9, 1, 2]), format, /9 bytes for the codec parameters/],
    ['half a fill value', headerAround([0, 1, 1, 4, 0, 1, 2]), format, /whole fill values of 4 bytes/],
    [
      'a huge header',
      Uint8Array.of(0xc6, 0x4c, 0x44, 0x5a, 1, ...varintBytes(2 ** 40)),
      format,
      /at most 65536 bytes, found/,
    ],
    ['a cut header', headerAround([0, 1, 1, 4, 0]).subarray(0, 12), format, /its header needs 15 bytes, 12 are there/],
  ])('%s', (_, file, type, message) => {
    const error = refusal(file);
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
  });

  const oneSlice = headerAround([0, 1, 1, 4, 0]);
  it.each([
    ['unknown flags', [0x08, 0, 0, 0, 0], unsupported, /Found flags 00001000 in the section of slice 0/],
    ['unknown content', [0x06, 0, 0, 0, 0], unsupported, /Found flags 00000110/],
    ['no missing patterns', [0x05, 0, 0, 0, 0], format, /1 to 255 missing patterns .* found 0/],
    ['too many missing patterns', [0x05, ...varintBytes(256), 1, 1], format, /found 256/],
    ['an unknown missing pattern', [0x05, 1, 2, 0, 0], format, /pattern from 0 to 1 .* found 2/],
    ['a mask beyond the section', [0x05, 1, 1, ...varintBytes(2 ** 50)], format, /bytes for the mask/],
    ['no values and no mask', [0x04, ...Array(4)].map(Number), format, /.*/],
    ['nothing but missing values, and a rest', [0x05, 1, 1, 0, 7], format, /found 1 more bytes/],
    ['a constant NaN', [0x02, 0, 0, 0xc0, 0x7f], format, /finite value .* found NaN/],
    ['a constant and a rest', [0x02, 0, 0, 0, 0, 0], format, /found 1 more bytes/],
    ['an infinite range', [0x00, 0, 0, 0, 0, 0, 0, 0x80, 0x7f], format, /0 to Infinity/],
    ['a range upside down', [0x00, 0, 0, 0x80, 0x3f, 0, 0, 0, 0], format, /1 to 0/],
    ['a range cut short', [0x00, 0, 0, 0, 0, 0, 0], format, /4 bytes for the value range .* found 2/],
  ])('a slice with %s', (_, payload, type, message) => {
    const error = refusal(joined([oneSlice, sectionAfter(oneSlice, Uint8Array.from(payload))]));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
  });

  it('a slice section that is cut off', () => {
    const file = joined([oneSlice, varintBytes(1228), new Uint8Array(798)]);
    expect(refusal(file).message).toBe(
      'The file is cut off: the section of slice 0 (of 0 to 0) needs 1234 bytes, 800 are there.',
    );
  });

  it('a section whose length is beyond any file', () => {
    const lengths = [varintBytes(Number.MAX_SAFE_INTEGER), new Uint8Array(12).fill(0x80)];
    for (const length of lengths) expect(refusal(joined([oneSlice, length, new Uint8Array(9)]))).toBeInstanceOf(format);
  });

  const withAttributes = headerAround([4, 1, 1, 4, 0]);
  it.each([
    ['that are not deflated', new TextEncoder().encode('{"units":"K"}')],
    ['that are not JSON', deflateRawSync('{units}')],
    ['that are not UTF-8', deflateRawSync(Uint8Array.of(0x22, 0xff, 0x22))],
    ['that are no object', deflateRawSync('[1]')],
    ['that unfold without end', deflateRawSync(new Uint8Array(2 ** 25))],
  ])('attributes %s', (_, payload) => {
    expect(refusal(joined([withAttributes, sectionAfter(withAttributes, payload)]))).toBeInstanceOf(format);
  });
});

describe('hostile bytes are refused and nothing else happens', () => {
  it('random ones after a good start', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(30), (noise, kept) => {
        const file = joined([exampleBytes().subarray(0, kept), noise]);
        expect(() => readAll(file)).toThrow(FieldzipError);
      }),
      { numRuns: 2000 },
    );
  });

  it('random header fields with a good checksum', () => {
    const begun = performance.now();
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined }),
        fc.uint8Array({ maxLength: 40 }),
        (fields, kind, after) => {
          const file = joined([headerAround(kind === undefined ? [...fields] : [kind, ...fields]), after]);
          try {
            readAll(file);
          } catch (error) {
            expect(error).toBeInstanceOf(FieldzipError);
          }
        },
      ),
      { numRuns: 5000 },
    );
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('random slice payloads with a good checksum', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const start = chunksOf(plainHeader([4, 4], { dtype, fillValues: [0, 1] }), [
        { content: 'constant', value: 0 },
      ])[0]!;
      fc.assert(
        fc.property(fc.nat(7), fc.uint8Array({ maxLength: 40 }), (flags, rest) => {
          const file = joined([start, sectionAfter(start, Uint8Array.of(flags, ...rest))]);
          let parts: SliceParts[];
          try {
            parts = readAll(file);
          } catch (error) {
            expect(error).toBeInstanceOf(FieldzipError);
            return;
          }
          // What is read is what a writer can write, and comes back again.
          const again = joined(chunksOf(openContainer(file).header, parts));
          expect(readAll(again)).toEqual(parts);
        }),
        { numRuns: 2000 },
      );
    }
  });

  it('a source that gives less than it said', () => {
    const file = exampleBytes();
    const source = { size: file.length, read: (at: number, length: number) => file.subarray(at, at + length - 1) };
    expect(() => openContainer(source)).toThrow(FormatError);
  });

  it('slices that are not there', () => {
    const container = openContainer(exampleBytes());
    for (const index of [-1, 2, 0.5, Number.NaN]) {
      expect(() => container.readSlice(index)).toThrow(`Expected a slice from 0 to 1, found ${index}.`);
    }
    expect(example.slices).toHaveLength(2);
  });
});
