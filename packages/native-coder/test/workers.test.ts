import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

// Every worker loads the addon for itself, codes latents and leaves; some are stopped in the middle of it.
const source = `
  const { parentPort, workerData } = await import('node:worker_threads');
  const n = await import(workerData.module);
  const tables = n.createScaleTables(workerData.seed % 2 === 0 ? 'logistic' : 'gaussian');
  const shape = { layout: 'blocks8', height: 100, width: 60 };
  const size = 64 * 13 * 8;
  const params = Uint8Array.from({ length: 2 * size }, (_, i) => (i * 37 + workerData.seed) & 255);
  const y = Float32Array.from({ length: size }, (_, i) => Math.sin(i + workerData.seed) * 30);
  let good = 0;
  do {
    const { bytes, quantised } = n.encodeLatents(tables, y, params, shape, 0.1);
    const back = n.decodeLatents(tables, bytes, params, shape);
    const mask = Uint8Array.from({ length: 6000 }, (_, i) => Number(i % 97 < 13));
    const same = n.decodeMask(n.encodeMask(mask, 100, 60), 100, 60, 1);
    if (back.every((v, i) => v === quantised[i]) && same.every((v, i) => v === mask[i])) ++good;
    if (good === 1) parentPort.postMessage('started');
  } while (workerData.forever || good < 10);
  parentPort.postMessage(good);
`;

function start(seed: number, forever: boolean): Worker {
  const module = new URL('../dist/index.js', import.meta.url).href;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: { module, seed, forever },
  });
}

function lastMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    worker.on('message', message => {
      last = message;
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve(last));
  });
}

describe('worker threads', () => {
  it('code at the same time without disturbing one another', async () => {
    const results = await Promise.all([1, 2, 3, 4].map(seed => lastMessage(start(seed, false))));
    expect(results).toEqual([10, 10, 10, 10]);
  });

  it('may be stopped at any time', async () => {
    for (let i = 0; i < 3; ++i) {
      const worker = start(i, true);
      await new Promise(resolve => worker.once('message', resolve));
      await worker.terminate();
    }
  });
});
