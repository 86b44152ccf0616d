// Writes the golden files that are not there yet, and prints the line of golden.test.ts for each:
//   node packages/core/test/write-golden.mjs
// A golden file is never written again: what it holds must decode for good.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { compress, decompress, dispose } from '@fieldzip/core';
import { goldenFiles } from './golden-fields.mjs';

for (const [name, { field, target, frozen }] of Object.entries(goldenFiles)) {
  const path = new URL(`golden/${name}`, import.meta.url);
  if (!existsSync(path)) {
    if (frozen) throw new Error(`${name} cannot be written any more: restore it from the repository`);
    writeFileSync(path, await compress(field, { device: 'cpu', ...target }));
  }
  const { data } = await decompress(new Uint8Array(readFileSync(path)), { device: 'cpu' });
  const hash = createHash('sha256').update(new Uint8Array(data.buffer)).digest('hex').slice(0, 16);
  console.log(`  ['${name}', '${hash}'],`);
}
await dispose();
