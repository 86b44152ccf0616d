import { type CompressOptions, compress, decompress, dispose, type Field } from '@fieldzip/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeCoefficients } from '../dist/codecs/wavelet/coefficients.js';
import { currentModel, installedModels } from '../dist/models.js';
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

describe('a trellis', () => {
  const [rows, columns] = [200, 210];
  const values = noisy(rows, columns, 0.3).data as Float32Array;
  const tile = { values, rows, columns, minimum: Math.min(...values), maximum: Math.max(...values) };
  const modelHash = currentModel('wavelet').hash;
  const context = { device: 'cpu', threads: 2, effort: 'best', modelHash } as const;
  const before = { ...context, modelHash: installedModels().find(({ manifest }) => manifest.name === 'wavelet')!.hash };

  it.each([0.1, 0.02])(
    'takes fewer bits at the same error than coefficients in passes without one, at a step of %d',
    async step => {
      const bits = async (trellis: boolean) => {
        const { bytes, squaredError } = (await encodeCoefficients(tile, step, { lambda: 0.1, trellis }, before))!;
        // As many as at an error of one step: at such rates half the error takes a bit.
        return (8 * bytes.length + (values.length / 2) * Math.log2(squaredError / values.length)) / values.length;
      };
      expect(await bits(true)).toBeLessThan((await bits(false)) - 0.04);
    },
  );
});

describe('at best effort the wavelet codec tries a trellis', () => {
  it('within a bound', async () => {
    const [balanced, best] = await bothEfforts(noisy(200, 210, 0.3), { abs: 0.3 });
    expect(best!.bytes).toBeLessThan(0.99 * balanced!.bytes);
    expect(best!.worst).toBeLessThanOrEqual(0.3);
  });

  it('and never takes more bytes than at balanced effort', async () => {
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
