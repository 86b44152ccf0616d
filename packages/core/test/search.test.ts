import { describe, expect, it } from 'vitest';
import { type Outlook, searchMoved } from '../dist/codecs/search.js';

interface Way {
  readonly ratio: number;
  readonly moved: boolean;
}

/** What is tried at a bound of 1, and what is taken, where a way takes so many bytes. */
async function tried(
  outlook: Partial<Outlook>,
  {
    effort = 'balanced',
    bytes = () => 100,
    corrections = 0.2,
  }: { effort?: 'balanced' | 'best'; bytes?: (way: Way) => number | undefined; corrections?: number } = {},
) {
  const ways: Way[] = [];
  const best = await searchMoved(
    1,
    { values: 1 << 20, missing: 0, bits: 2, ...outlook },
    effort,
    async (ratio, moved) => {
      ways.push({ ratio, moved });
      const length = bytes({ ratio, moved });
      return length === undefined
        ? undefined
        : { bytes: new Uint8Array(length), corrections: length * corrections, ratio, moved };
    },
  );
  return { ways, best };
}

describe('the step of a tile within a bound', () => {
  it('is the smaller, the more bits a value there are, and tried once', async () => {
    const ratios = [];
    for (const bits of [0.4, 0.8, 2, 4, 5]) {
      const { ways } = await tried({ bits });
      expect(ways).toHaveLength(1);
      expect(ways[0]!.moved).toBe(true);
      ratios.push(ways[0]!.ratio);
    }
    expect(ratios).toEqual(ratios.toSorted((a, b) => b - a));
    expect(ratios[0]).toBeLessThanOrEqual(3);
    expect(ratios.at(-1)).toBeGreaterThan(1.8);
  });

  it('is the larger, the fewer bits there are, with no coefficient moved', async () => {
    const ratios = [];
    for (const bits of [0, 0.004, 0.04, 0.3]) {
      const { ways } = await tried({ bits });
      expect(ways).toHaveLength(1);
      expect(ways[0]!.moved).toBe(false);
      ratios.push(ways[0]!.ratio);
    }
    expect(ratios).toEqual(ratios.toSorted((a, b) => b - a));
    expect(ratios[0]).toBeLessThanOrEqual(12);
    expect(ratios.at(-1)).toBeGreaterThan(2.5);
  });

  it('is sought once more in a large tile of few bits, where corrections have an unusual share, and in a small one while it gains', async () => {
    const best = 4;
    for (const [corrections, ratios] of [
      [0.05, 2],
      [0.3, 1],
      [0.7, 2],
    ] as const) {
      expect((await tried({ bits: 0.2 }, { corrections })).ways).toHaveLength(ratios);
    }
    const bytes = ({ ratio }: Way) => 100 + Math.round(100 * Math.abs(Math.log(ratio / best)));
    for (const bits of [0.002, 0.01, 0.3]) {
      const { ways, best: taken } = await tried({ values: 1 << 16, bits }, { bytes });
      expect(taken!.bytes.length).toBe(Math.min(...ways.map(bytes)));
      expect(Math.abs(Math.log(taken!.ratio / best))).toBeLessThan(0.16);
    }
    expect((await tried({ values: 1 << 16, bits: 0.2 }, { bytes: () => undefined })).best).toBeUndefined();
  });

  it('is a coarse one where a value takes many bits, the coarser the more there are', async () => {
    const ratios = [];
    for (const bits of [6, 7, 20, Number.POSITIVE_INFINITY]) {
      const { ways } = await tried({ bits });
      expect(ways).toHaveLength(1);
      expect(ways[0]!.moved).toBe(false);
      ratios.push(ways[0]!.ratio);
    }
    expect(ratios).toEqual(ratios.toSorted((a, b) => a - b));
    expect(ratios[0]).toBeGreaterThan(4);
    expect(ratios.at(-1)).toBeLessThan(10);
  });

  it('is a coarse one where much is missing and the rest takes many bits', async () => {
    const { ways } = await tried({ bits: 4, missing: 0.3 });
    expect(ways).toHaveLength(1);
    expect(ways[0]).toMatchObject({ moved: false });
    expect(ways[0]!.ratio).toBeGreaterThan(6);
    expect((await tried({ bits: 1, missing: 0.3 })).ways[0]!.moved).toBe(true);
  });

  it('is the better of both in a small tile with missing values, or of many bits', async () => {
    for (const outlook of [
      { values: 1 << 17, missing: 0.2, bits: 1 },
      { values: 1 << 17, missing: 0.5, bits: 5 },
      { values: 1 << 17, bits: 9 },
    ]) {
      for (const better of [true, false]) {
        const { ways, best } = await tried(outlook, { bytes: ({ moved }) => (moved === better ? 90 : 100) });
        expect(ways.map(({ moved }) => moved).toSorted()).toEqual([false, true]);
        expect(best!.moved).toBe(better);
      }
    }
  });

  it('is the best of many at best effort, though some are too small', async () => {
    const bytes = ({ ratio, moved }: Way) => (ratio < 2 ? undefined : ratio === 4 && !moved ? 80 : 100);
    const { ways, best } = await tried({}, { effort: 'best', bytes });
    expect(ways.length).toBeGreaterThan(5);
    expect(best).toMatchObject({ ratio: 4, moved: false });
  });
});
