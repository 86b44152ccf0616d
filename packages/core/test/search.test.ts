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
  }: { effort?: 'balanced' | 'best'; bytes?: (way: Way) => number | undefined } = {},
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
        : { bytes: new Uint8Array(length), corrections: length / 5, ratio, moved };
    },
  );
  return { ways, best };
}

describe('the step of a tile within a bound', () => {
  it('is the smaller, the more bits a value there are, and tried once', async () => {
    const ratios = [];
    for (const bits of [0.4, 0.8, 2, 4, 6]) {
      const { ways } = await tried({ bits });
      expect(ways).toHaveLength(1);
      expect(ways[0]!.moved).toBe(true);
      ratios.push(ways[0]!.ratio);
    }
    expect(ratios).toEqual(ratios.toSorted((a, b) => b - a));
    expect(ratios[0]).toBeLessThanOrEqual(2.5);
    expect(ratios.at(-1)).toBeGreaterThan(1.8);
  });

  it('is the usual one at first, with no coefficient moved, where there are few bits', async () => {
    const { ways } = await tried({ bits: 0.2 });
    expect(ways[0]).toEqual({ ratio: 2.5, moved: false });
    expect(ways.some(({ moved }) => moved)).toBe(false);
  });

  it('is a coarse one where a value takes many bits, however many', async () => {
    for (const bits of [7, 20, Number.POSITIVE_INFINITY]) {
      const { ways } = await tried({ bits });
      expect(ways).toEqual([{ ratio: 7, moved: false }]);
    }
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
