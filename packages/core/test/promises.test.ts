import { dispose } from '@fieldzip/core';
import { afterAll, expect, it } from 'vitest';
import { violations } from './adversarial.mjs';

afterAll(dispose);

it('every target keeps its promise on adversarial values', async () => {
  const { found, cases } = await violations({
    values: 150_000,
    seed: 20_000,
    side: 40,
    options: { device: 'cpu', threads: 2 },
  });
  expect(found).toEqual([]);
  expect(cases).toBeGreaterThan(100);
});
