import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openContainer } from '../src/container/index.js';
import { example, exampleBytes } from './container-examples.js';

/** Version 1, for good: bytes once written must stay readable, and the writer must not drift from them unnoticed. */
const golden = `
c6 4c 44 5a 01 15 0c 01 01 23 45 67 89 ab cd ef
03 02 02 03 02 00 06 00 3c 1c c6 8a ac 73 d0 0f
ab 56 2a cd cb 2c 29 56 b2 52 f2 56 aa 05 00 45
8a 47 1f 13 01 01 02 02 a0 a1 00 c0 87 43 00 20
8c 43 b0 b1 b2 b3 b4 51 7a 02 79 05 02 00 90 88
43 81 61 ca ff
`;

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.trim().split(/\s+/), byte => Number.parseInt(byte, 16));
}

/** The bytes of the worked example: lines of an offset, bytes, and what they are. */
function documentedBytes(): Uint8Array {
  const document = readFileSync(new URL('../../../docs/format.md', import.meta.url), 'utf8');
  const listing = /## Worked example[\s\S]*?```text\n([\s\S]*?)```/.exec(document)?.[1] ?? '';
  const bytes: number[] = [];
  for (const line of listing.split('\n')) {
    const found = /^([0-9a-f]{4}) {2}((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: {2}|$)/.exec(line);
    if (!found) continue;
    expect(Number.parseInt(found[1]!, 16), `offset of "${line}"`).toBe(bytes.length);
    bytes.push(...fromHex(found[2]!));
  }
  return Uint8Array.from(bytes);
}

describe('format version 1', () => {
  it('is written as it always was', () => {
    expect(exampleBytes()).toEqual(fromHex(golden));
  });

  it('is read as it always was', () => {
    const container = openContainer(fromHex(golden));
    expect(container.header).toEqual(example.header);
    expect(container.attributes).toEqual(example.attributes);
    expect(example.slices.map((_, i) => container.readSlice(i))).toEqual(example.slices);
  });

  it('is documented by the bytes that the code writes', () => {
    expect(documentedBytes()).toEqual(exampleBytes());
  });
});
