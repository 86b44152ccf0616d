import { ContainerWriter, type Header, type SliceParts } from '../src/container/index.js';

export const modelHash = Uint8Array.of(0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef);

/** The file that docs/format.md takes apart byte by byte: two slices of 2 x 3, quality level 6. */
export const example: { header: Header; attributes: Record<string, unknown>; slices: SliceParts[] } = {
  header: {
    dtype: 'float32',
    shape: [2, 2, 3],
    codec: 1,
    modelHash,
    parameters: Uint8Array.of(0x00, 0x06),
    fillValues: [-9999],
  },
  attributes: { units: 'K' },
  slices: [
    {
      content: 'coded',
      mask: { patterns: [0xc61c3c00n], bytes: Uint8Array.of(0xa0, 0xa1) },
      minimum: 271.5,
      maximum: 280.25,
      stream: Uint8Array.of(0xb0, 0xb1, 0xb2, 0xb3, 0xb4),
    },
    { content: 'constant', value: 273.125 },
  ],
};

/** The whole file, in the chunks in which it is written. */
export function chunksOf(
  header: Header,
  slices: readonly SliceParts[],
  attributes?: Record<string, unknown>,
): Uint8Array[] {
  const writer = new ContainerWriter(header, attributes);
  const chunks = [writer.writeHeader(), ...slices.map((parts, i) => writer.writeSlice(i, parts))];
  writer.finish();
  return chunks;
}

export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

export function exampleBytes(): Uint8Array {
  return joined(chunksOf(example.header, example.slices, example.attributes));
}

/** A header for slices that need no more than one. */
export function plainHeader(shape: readonly number[], changes: Partial<Header> = {}): Header {
  return { dtype: 'float32', shape, codec: 1, modelHash, parameters: Uint8Array.of(0, 6), fillValues: [], ...changes };
}
