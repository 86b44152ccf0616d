import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { node, prepare, root } from './prepare.mjs';

// Loading CUDA, or finding that there is none, would take longer than all that a slice of this size needs.
const device = ['--device', 'cpu'];

function fieldzip(...command) {
  const args = [...command, ...device];
  console.log(`\n$ fieldzip ${args.join(' ')}`);
  const { status } = node('packages/cli/bin/fieldzip.js', args);
  if (status !== 0) throw new Error(`fieldzip ${command[0]} failed.`);
}

/** The whole path with a real slice: to a small file and back, figures, and a picture. */
export function demo() {
  prepare();
  const slice = readdirSync(join(root, 'demo-data')).find(name => name.endsWith('.nc'));
  const original = `demo-data/${slice}`;
  const made = `demo/${slice.replace(/\.nc$/, '')}`;
  mkdirSync(join(root, 'demo'), { recursive: true });
  fieldzip('compress', original, '-o', `${made}.fldz`, '--force');
  fieldzip('decompress', `${made}.fldz`, '-o', `${made}.nc`, '--force');
  fieldzip('compare', original, `${made}.fldz`);
  fieldzip('picture', original, `${made}.fldz`, '-o', 'demo/picture.png', '--force');
  console.log(`\nLook at ${join(root, 'demo', 'picture.png')}: original, decompressed and error side by side.`);
  return 0;
}
