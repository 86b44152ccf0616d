import { expect, it } from 'vitest';
import { run, Tensor } from '../dist/inference/sessions.js';
import { currentModel, type HyperpriorModel } from '../dist/models.js';
import { randomNumbers } from './fields.js';

it('the hyper-decoder gives the same integers with 8-bit operators and in float32, as CUDA runs it', async () => {
  const model = currentModel('hyperprior') as HyperpriorModel;
  const { hyperChannels, levels, levelUnits } = model.manifest;
  const [rows, columns] = [6, 9];
  const random = randomNumbers(8);
  const z = Float32Array.from({ length: (hyperChannels + levels.length) * rows * columns }, (_, i) =>
    i < hyperChannels * rows * columns ? Math.round(254 * random() ** 3 * (random() < 0.5 ? -0.5 : 0.5)) : 0,
  );
  z.fill(levelUnits, (hyperChannels + 4) * rows * columns, (hyperChannels + 5) * rows * columns);
  const shape = [1, hyperChannels + levels.length, rows, columns];
  const context = { device: 'cpu', threads: 1 } as const;
  const bytes = Uint8Array.from(z, value => value + 128);
  const eight = await run(model, 'hyper-decoder', { z: new Tensor('uint8', bytes, shape) }, 54, context);
  const wide = await run(model, 'hyper-decoder-fp32', { z: new Tensor('float32', z, shape) }, 54, context);
  expect(new Set(eight.data as Uint8Array).size).toBeGreaterThan(50);
  expect(Uint8Array.from(wide.data as Float32Array)).toEqual(eight.data);
});

it.each([
  ['phase0', 36],
  ['phase1', 42],
] as const)('so does the context model of the wavelet codec (%s)', async (graph, channels) => {
  const model = currentModel('wavelet');
  const [rows, columns] = [19, 26];
  const random = randomNumbers(9);
  const inputs = Float32Array.from({ length: channels * rows * columns }, () =>
    Math.round(254 * random() ** 3 * (random() < 0.5 ? -0.5 : 0.5)),
  );
  const shape = [1, channels, rows, columns];
  const bytes = Uint8Array.from(inputs, value => value + 128);
  for (const threads of [1, 2]) {
    const context = { device: 'cpu', threads } as const;
    const eight = await run(model, graph, { inputs: new Tensor('uint8', bytes, shape) }, rows * columns, context);
    const wide = await run(model, `${graph}-fp32`, { inputs: new Tensor('float32', inputs, shape) }, 494, context);
    expect(new Set(eight.data as Uint8Array).size).toBeGreaterThan(50);
    expect(Uint8Array.from(wide.data as Float32Array)).toEqual(eight.data);
  }
});
