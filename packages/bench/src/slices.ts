import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSource } from '@fieldzip/io';

/** What peers/slices.py says of a slice. */
export interface SliceInfo {
  readonly group: 'bench' | 'held-out';
  readonly shape: readonly [number, number];
  readonly missing: number;
  readonly minimum: number;
  readonly range: number;
}

export interface Slice extends SliceInfo {
  readonly name: string;
  /** Row by row; NaN where missing. */
  readonly values: Float32Array;
}

/** The slices that peers/curves.py wrote as .npy, so that both sides measure the very same values. */
export async function readSlices(folder: string, only?: readonly string[]): Promise<Slice[]> {
  const catalogue = JSON.parse(await readFile(join(folder, 'slices.json'), 'utf8')) as Record<string, SliceInfo>;
  const unknown = only?.filter(name => !(name in catalogue)) ?? [];
  if (unknown.length)
    throw new Error(`no such slice: ${unknown.join(', ')}; known: ${Object.keys(catalogue).join(', ')}`);
  const slices: Slice[] = [];
  for (const [name, info] of Object.entries(catalogue)) {
    if (only && !only.includes(name)) continue;
    const source = await openSource(join(folder, `${name}.npy`));
    try {
      slices.push({ name, ...info, values: source.read().data as Float32Array });
    } finally {
      source.close();
    }
  }
  return slices;
}
