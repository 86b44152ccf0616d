import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applyCorrections, CoefficientDecoder, decodeExact, decodeLattice, encodeLattice } from '../dist/index.js';
import { type GoldenCase, maskOf, valuesOf } from './golden.js';
import { runPasses } from './synthetic.js';

const example = { values: Int32Array.of(0, 1, 2, 1, 3, 4), rows: 2, columns: 3 };

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/\s+/g, ''), 'hex'));
}

/** The bytes of the predict codec's example: lines of an offset, bytes, and what they are. */
function documentedBytes(): Uint8Array {
  const document = readFileSync(new URL('../../../docs/format.md', import.meta.url), 'utf8');
  const listing = /### Example: one residual[\s\S]*?```text\n([\s\S]*?)```/.exec(document)?.[1] ?? '';
  const bytes: number[] = [];
  for (const line of listing.split('\n')) {
    const found = /^([0-9a-f]{4}) {2}((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: {2}|$)/.exec(line);
    if (!found) continue;
    expect(Number.parseInt(found[1]!, 16), `offset of "${line}"`).toBe(bytes.length);
    bytes.push(...fromHex(found[2]!));
  }
  return Uint8Array.from(bytes);
}

describe("the predict codec's example in the documentation", () => {
  const documented = documentedBytes();

  it('is a lattice with a step of a half', () => {
    expect(documented[0]).toBe(1);
    expect(new DataView(documented.buffer).getFloat64(1, true)).toBe(0.5);
  });

  it('is what the code writes and reads', () => {
    const { values, rows, columns } = example;
    expect(encodeLattice(values, rows, columns)).toEqual(documented.subarray(9));
    expect(decodeLattice(documented.subarray(9), rows, columns)).toEqual(values);
  });
});

describe('streams of the predict codec written at version 1', () => {
  // Never to be made anew: an encoder may change what it writes, but these are in files.
  const streams: (GoldenCase & { stream: string })[] = JSON.parse(
    readFileSync(new URL('./golden-streams.json', import.meta.url), 'utf8'),
  );

  it.each(streams)('still decode: $name, $type, $rows x $columns', ({ stream, ...golden }) => {
    const [bytes, mask] = [new Uint8Array(Buffer.from(stream, 'base64')), maskOf(golden)];
    const expected = valuesOf(golden).map((value, i) => (mask?.[i] ? 0 : value));
    if (expected instanceof Int32Array) {
      expect(decodeLattice(bytes, golden.rows, golden.columns, mask)).toEqual(expected);
      return;
    }
    const values = expected.slice().fill(1);
    decodeExact(bytes, values, golden.rows, golden.columns, mask);
    expect(Buffer.from(values.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
  });
});

describe('streams of the wavelet codec made before', () => {
  interface Golden extends Omit<GoldenCase, 'masked'> {
    readonly stream: string;
    /** Hashes, for the values are not what was coded. */
    readonly reconstruction: string;
    readonly corrections: string;
    readonly corrected: string;
  }
  const streams: Golden[] = JSON.parse(readFileSync(new URL('./golden-coefficients.json', import.meta.url), 'utf8'));
  const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
  const hash = (values: Float32Array | Float64Array) =>
    createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex').slice(0, 32);

  it.each(streams)('still decode to the same bits: $name, $type, $rows x $columns', golden => {
    const { rows, columns } = golden;
    const values = new { float32: Float32Array, float64: Float64Array, int32: Float32Array }[golden.type](
      rows * columns,
    );
    const decoder = new CoefficientDecoder(fromBase64(golden.stream), rows, columns, values);
    runPasses(decoder);
    expect(hash(decoder.finish())).toBe(golden.reconstruction);
    applyCorrections(fromBase64(golden.corrections), values, rows, columns);
    expect(hash(values)).toBe(golden.corrected);
  });
});
