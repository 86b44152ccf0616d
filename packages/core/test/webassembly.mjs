// Compares the integer graphs on this processor with WebAssembly: node test/webassembly.mjs (takes onnxruntime-web from npm, 140 MB, into a temporary folder).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run, Tensor } from '../dist/inference/sessions.js';
import { currentModel } from '../dist/models.js';

const { version } = JSON.parse(
  readFileSync(new URL('../node_modules/onnxruntime-node/package.json', import.meta.url), 'utf8'),
);
const folder = mkdtempSync(join(tmpdir(), 'fieldzip-'));
let differ = 0;
try {
  execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', folder, `onnxruntime-web@${version}`]);
  const web = await import(pathToFileURL(createRequire(join(folder, 'x.js')).resolve('onnxruntime-web')).href);
  const ort = web.default ?? web;
  ort.env.wasm.numThreads = 1;
  const cases = [
    ['wavelet', 'phase0', 'inputs', 36],
    ['wavelet', 'phase1', 'inputs', 42],
    ['hyperprior', 'hyper-decoder', 'z', 74],
  ];
  for (const [codec, graph, input, channels] of cases) {
    const model = currentModel(codec);
    const [rows, columns] = [37, 50];
    let state = 1;
    const bytes = Uint8Array.from({ length: channels * rows * columns }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return 128 + Math.round(127 * (state / 2 ** 31 - 1) ** 3);
    });
    const shape = [1, channels, rows, columns];
    const here = await run(model, graph, { [input]: new Tensor('uint8', bytes, shape) }, rows * columns, {
      device: 'cpu',
      threads: 1,
    });
    const session = await ort.InferenceSession.create(
      readFileSync(join(model.folder, model.manifest.graphs[graph].file)),
      {
        executionProviders: ['wasm'],
      },
    );
    const there = (await session.run({ [input]: new ort.Tensor('uint8', bytes, shape) })).params;
    const same = Buffer.from(here.data).equals(Buffer.from(there.data));
    console.log(
      `${codec} ${graph}: ${here.data.length} outputs, ${new Set(here.data).size} values, ${same ? 'the same' : 'DIFFERENT'}`,
    );
    differ += same ? 0 : 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(differ);
