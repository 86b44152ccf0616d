/**
 * Times of fieldzip and of the peers in one run, as ratios: seconds of one machine say little about another. For information, never a test.
 *
 *     node dist/speed.js --work FOLDER --python PYTHON [--slice dns_u] [--mirror 4] [--quality 6] [--threads 2] [--rounds 9]
 *     node dist/speed.js --work FOLDER --python PYTHON --rel 1e-3 [--codec auto] [--effort balanced] ...
 *
 * With --rel, everybody keeps that bound; else the peers run at the setting whose PSNR is nearest to that of the quality level. --mirror N repeats the slice N times each way, mirrored, for a larger one.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type CompressOptions, compress, decompress } from '@fieldzip/core';
import { errorsOf } from './errors.js';
import { readSlices, type Slice } from './slices.js';

interface Round {
  readonly compress: number;
  readonly decompress: number;
  readonly bytes: number;
  readonly psnr: number | null;
  readonly peakMiB: number;
}

const { values: args } = parseArgs({
  options: {
    work: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    slice: { type: 'string', default: 'dns_u' },
    mirror: { type: 'string', default: '1' },
    quality: { type: 'string', default: '6' },
    rel: { type: 'string' },
    codec: { type: 'string', default: 'auto' },
    effort: { type: 'string', default: 'balanced' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '9' },
    peers: { type: 'string', default: 'sz3,zfp,sperr,jpegxl' },
  },
});
if (!args.work) throw new Error('--work FOLDER: where curves.py has put curves.json and slices/');
const work = args.work;
const threads = Number(args.threads);

function mirrored(slice: Slice, times: number): Slice {
  const [rows, columns] = slice.shape;
  const source = (i: number, n: number) => (Math.floor(i / n) % 2 ? n - 1 - (i % n) : i % n);
  const wide = columns * times;
  const values = new Float32Array(rows * times * wide);
  for (let y = 0; y < rows * times; y++)
    for (let x = 0; x < wide; x++) values[y * wide + x] = slice.values[source(y, rows) * columns + source(x, columns)]!;
  return { ...slice, shape: [rows * times, wide], values };
}

const [one] = await readSlices(join(work, 'slices'), [args.slice]);
const slice = mirrored(one!, Number(args.mirror));

const target: CompressOptions = args.rel
  ? {
      rel: Number(args.rel),
      codec: args.codec as NonNullable<CompressOptions['codec']>,
      effort: args.effort as NonNullable<CompressOptions['effort']>,
    }
  : { quality: Number(args.quality) };

async function ourRound(): Promise<Round> {
  const options = { device: 'cpu', threads } as const;
  const start = performance.now();
  const file = await compress({ data: slice.values, shape: slice.shape }, { ...options, ...target });
  const middle = performance.now();
  const decoded = await decompress(file, options);
  const end = performance.now();
  return {
    compress: (middle - start) / 1000,
    decompress: (end - middle) / 1000,
    bytes: file.byteLength,
    psnr: errorsOf(slice.values, decoded.data, slice.range).psnr,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
}

class Peer {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;

  constructor(name: string, psnr: number) {
    const script = fileURLToPath(new URL('../peers/speed.py', import.meta.url));
    const goal = args.rel ? { bound: args.rel } : { psnr };
    const asked = { work, slice: args.slice, mirror: args.mirror, peer: name, threads, ...goal };
    const flags = Object.entries(asked).flatMap(([key, value]) => [`--${key}`, String(value)]);
    this.child = spawn(args.python, [script, ...flags]);
    this.child.stderr.pipe(process.stderr);
    this.reader = createInterface(this.child.stdout);
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  async round(): Promise<Round> {
    this.child.stdin.write('\n');
    const { value, done } = await this.lines.next();
    if (done) throw new Error('a peer ended before its round was over');
    return JSON.parse(value) as Round;
  }

  close(): void {
    this.child.stdin.end();
    this.reader.close();
  }
}

const first = await ourRound();
const peers = new Map(args.peers.split(',').map(name => [name, new Peer(name, first.psnr ?? 100)]));
const rounds = new Map<string, Round[]>();
// The first round of each warms up and is not counted.
for (let i = -1; i < Number(args.rounds); i++) {
  const runs: [string, () => Promise<Round>][] = [
    ['fieldzip', ourRound],
    ...[...peers].map(([name, peer]): [string, () => Promise<Round>] => [name, () => peer.round()]),
  ];
  for (const [name, run] of runs) {
    const round = await run();
    if (i >= 0) rounds.set(name, [...(rounds.get(name) ?? []), round]);
  }
}
for (const peer of peers.values()) peer.close();

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const summary = [...rounds].map(([name, all]) => ({
  name,
  compress: median(all.map(r => r.compress)),
  decompress: median(all.map(r => r.decompress)),
  bytes: all[0]!.bytes,
  psnr: all[0]!.psnr,
  peakMiB: Math.max(...all.map(r => r.peakMiB)),
}));
const ours = summary[0]!;
const cells = summary.map(s => [
  s.name,
  `${(1000 * s.compress).toFixed(0)} ms`,
  `${(1000 * s.decompress).toFixed(0)} ms`,
  (ours.compress / s.compress).toFixed(2),
  (ours.decompress / s.decompress).toFixed(2),
  String(s.bytes),
  `${s.psnr?.toFixed(1)} dB`,
  `${s.peakMiB.toFixed(0)} MiB`,
]);
const head = [
  '',
  'compress',
  'decompress',
  'ours / compress',
  'ours / decompress',
  'bytes',
  'PSNR',
  'peak memory of the process',
];
const row = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
console.log([row(head), row(head.map(() => '---')), ...cells.map(row)].join('\n'));
await writeFile(join(work, 'speed.json'), JSON.stringify({ slice: args.slice, shape: slice.shape, threads, summary }));
