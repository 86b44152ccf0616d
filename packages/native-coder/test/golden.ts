/** Fields made of integers alone, so that every machine makes the same; golden-streams.json holds streams of them. */

/** Which field, and how it was coded. `masked`: every fifth or so is missing. */
export interface GoldenCase {
  readonly name: keyof typeof fields;
  readonly type: 'int32' | 'float32' | 'float64';
  readonly rows: number;
  readonly columns: number;
  readonly masked: boolean;
}

type Site = { readonly x: number; readonly y: number; readonly random: () => number };

/** A hill in every 37 columns and 23 rows. */
function hills({ x, y }: Site): number {
  return 3 * (x % 37) * (37 - (x % 37)) + 5 * (y % 23) * (23 - (y % 23)) + 2 * x - y;
}

const fields = {
  hills,
  'rough hills': (site: Site) => 50 * hills(site) + (site.random() % 2000),
  'grainy hills': (site: Site) => (hills(site) >> 2) + (site.random() % 12),
  'few values': ({ random }: Site) => [0, 17, 90001, 5000000, 5000003][random() % 5]! * 3 - 9,
  spikes: (site: Site) => (site.random() % 40 === 0 ? (site.random() - 2 ** 30) * 2 : hills(site) >> 3),
  bits: (site: Site) => (hills(site) + (site.random() % 400) > 1400 ? 1 : 0),
  sevenths: (site: Site) => hills(site) / 7,
  hundredths: (site: Site) => (hills(site) + (site.random() % 5)) / 100,
  'both signs': (site: Site) => (hills(site) - 1200) / 3 + (site.random() - 2 ** 30) / 2 ** 31,
} as const;

export function valuesOf({ name, type, rows, columns }: GoldenCase): Int32Array | Float32Array | Float64Array {
  const values = new { int32: Int32Array, float32: Float32Array, float64: Float64Array }[type](rows * columns);
  const random = randomIntegers();
  for (let i = 0; i < values.length; i++) {
    values[i] = fields[name]({ x: i % columns, y: Math.floor(i / columns), random });
  }
  return values;
}

export function maskOf({ masked, rows, columns }: GoldenCase): Uint8Array | null {
  const random = randomIntegers();
  return masked
    ? Uint8Array.from({ length: rows * columns }, (_, i) => (i % 90 < 9 || random() % 9 === 0 ? 1 : 0))
    : null;
}

/** Integers from 0 to 2^31 - 1. */
function randomIntegers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >>> 1;
  };
}
