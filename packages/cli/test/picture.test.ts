import { describe, expect, test } from 'vitest';
import { extreme, mean, panelSize, resample } from '../src/picture/raster.js';
import { ticks } from '../src/picture/ticks.js';

const texts = (low: number, high: number, wanted: number): string[] => ticks(low, high, wanted).map(tick => tick.text);

describe('ticks', () => {
  test.each([
    [213.4, 309.1, 5, ['220', '240', '260', '280', '300']],
    [-0.19, 0.19, 4, ['−0.1', '0', '0.1']],
    [0, 1e-6, 2, ['0', '5e−7', '1e−6']],
    [0, 3e7, 3, ['0', '1e7', '2e7', '3e7']],
    [5, 5, 4, ['5']],
  ] as const)('from %f to %f', (low, high, wanted, expected) => {
    expect(texts(low, high, wanted)).toEqual(expected);
  });
});

describe('panels', () => {
  test('small fields are enlarged by a whole factor, large ones reduced', () => {
    expect(panelSize({ rows: 96, columns: 144 })).toEqual({ width: 576, height: 384 });
    expect(panelSize({ rows: 4096, columns: 4096 })).toEqual({ width: 880, height: 880 });
    expect(panelSize({ rows: 1, columns: 1000 })).toEqual({ width: 880, height: 64 });
  });

  test('reducing averages a field, shows the largest error, and leaves out what is missing', () => {
    const raster = { values: Float64Array.of(1, 2, 3, Number.NaN, 4, -9, Number.NaN, Number.NaN), rows: 2, columns: 4 };
    expect([...resample(raster, 2, 1, mean).values]).toEqual([-0.5, 3]);
    expect([...resample(raster, 2, 1, extreme).values]).toEqual([-9, 3]);
    expect(resample({ values: Float64Array.of(Number.NaN), rows: 1, columns: 1 }, 1, 1, mean).values[0]).toBeNaN();
  });
});
