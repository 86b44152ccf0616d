import { type CompressOptions, compress, decompress, dispose, type Field } from '@fieldzip/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { randomNumbers, waves } from './fields.js';

const cpu = { device: 'cpu', threads: 2, codec: 'wavelet' } as const;
afterAll(dispose);

/** Waves under noise of this height: most details are 0 where it is far below the error. */
function noisy(rows: number, columns: number, height: number, seed = 1): Field {
  const random = randomNumbers(seed);
  const { data, shape } = waves(rows, columns, seed);
  return { data: Float32Array.from(data, value => value + height * (random() - 0.5)), shape };
}

async function coded(field: Field, target: CompressOptions) {
  const bytes = await compress(field, { ...cpu, ...target });
  const { data } = await decompress(bytes, { device: 'cpu' });
  const errors = Array.from(field.data, (value, i) => data[i]! - value);
  return {
    bytes: bytes.length,
    worst: Math.max(...errors.map(Math.abs)),
    rmse: Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length),
  };
}

const bothEfforts = async (field: Field, target: CompressOptions) => [
  await coded(field, { ...target, effort: 'balanced' }),
  await coded(field, { ...target, effort: 'best' }),
];

describe('at best effort the wavelet codec quantises by a trellis', () => {
  const field = noisy(200, 210, 0.3);

  it.each([{ psnr: 55 }, { psnr: 70 }])('which takes fewer bytes at the same error: %o', async target => {
    const [balanced, best] = await bothEfforts(field, target);
    expect(best!.bytes).toBeLessThan(0.985 * balanced!.bytes);
    // 0.2 dB is what either may be better than was asked for.
    expect(best!.rmse).toBeLessThan(1.024 * balanced!.rmse);
  });

  it('and within the same bound', async () => {
    const [balanced, best] = await bothEfforts(field, { abs: 0.02 });
    expect(best!.bytes).toBeLessThan(0.985 * balanced!.bytes);
    expect(best!.worst).toBeLessThanOrEqual(0.02);
  });

  it('and is nearer for the same bytes', async () => {
    const [balanced, best] = await bothEfforts(field, { bpp: 4 });
    expect(best!.bytes).toBeLessThanOrEqual((4 / 8) * field.data.length);
    expect(best!.rmse).toBeLessThan(0.98 * balanced!.rmse);
  });

  it('where that takes fewer bytes, and never more than at balanced effort', async () => {
    const target = fc.oneof(
      fc.record({ rel: fc.constantFrom(0.3, 0.1, 1e-2, 1e-3, 1e-5) }),
      fc.record({ psnr: fc.constantFrom(20, 30, 45, 60, 90) }),
    );
    const side = fc.integer({ min: 1, max: 70 });
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        fc.constantFrom(0, 0.1, 5),
        fc.nat(),
        target,
        async (rows, columns, height, seed, asked) => {
          const [balanced, best] = await bothEfforts(noisy(rows, columns, height, seed), asked);
          expect(best!.bytes).toBeLessThanOrEqual(balanced!.bytes);
        },
      ),
      { numRuns: 40 },
    );
  });
});
