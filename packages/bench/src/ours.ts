/**
 * Our side of the curves: every slice at every quality level, and by every codec at bounds, at PSNRs and without loss, through core's public face, as an
 * application would call it.
 *
 *     node dist/ours.js --work FOLDER [--out FILE] [--slices A,B] [--levels 1:10:0.5] [--codecs wavelet,predict,auto] [--effort balanced] [--threads 2] [--device cpu]
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CompressOptions, compress, decompress, info } from '@fieldzip/core';
import { type Errors, errorsOf } from './errors.js';
import { readSlices, type Slice } from './slices.js';

interface File extends Errors {
  readonly slice: string;
  /** Of the whole file. */
  readonly bytes: number;
  /** Values that are not missing. */
  readonly present: number;
}

/** At a quality level. */
interface Point extends File {
  readonly level: number;
}

type Name = 'wavelet' | 'predict' | 'auto';

/** At a bound, as a share of the value range; 0 is lossless. */
interface BoundPoint extends File {
  readonly codec: Name;
  readonly bound: number;
}

/** At a PSNR that was asked for, in dB. */
interface PsnrPoint extends File {
  readonly codec: Name;
  readonly asked: number;
}

/** npme is a quotient, so it may be a rounding above the bound that the error itself keeps. */
const ROUNDING = 1 + 1e-12;
const BOUNDS = [1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5, 0];
const PSNRS = [35, 40, 45, 50, 55, 60, 65, 70, 80, 90, 100, 110];
const PSNR_TOLERANCE = 0.2;

const BIAS_LIMIT = 0.02;
/** Of fewer values than this, the mean of a perfectly unbiased error can pass the limit by chance (twice its standard error does). */
const FEW = (2 / BIAS_LIMIT) ** 2;
const percent = (part: number) => `${(100 * part).toFixed(1)} %`;

/** What must hold from level to level, and what does not. */
function faults(points: readonly Point[]): string[] {
  const found: string[] = [];
  points.forEach((point, i) => {
    const at = `${point.slice} at level ${point.level}`;
    const before = points[i - 1];
    if (before && before.slice === point.slice) {
      if ((point.psnr ?? Infinity) <= (before.psnr ?? Infinity)) found.push(`${at}: PSNR does not rise`);
      if (point.bytes <= before.bytes) found.push(`${at}: bytes do not rise`);
    }
    if (Math.abs(point.bias) > BIAS_LIMIT * point.deviation) {
      const chance = point.present < FEW ? ` (chance alone: ${percent(1 / Math.sqrt(point.present))})` : '';
      found.push(`${at}: mean error is ${percent(point.bias / point.deviation)} of its deviation${chance}`);
    }
    if (point.missingDiffer) found.push(`${at}: ${point.missingDiffer} missing values differ`);
  });
  return found;
}

/** A promise that was not kept. */
function brokenBounds(points: readonly BoundPoint[]): string[] {
  const broken = points.filter(({ bound, npme, missingDiffer }) => npme > bound * ROUNDING || missingDiffer > 0);
  return broken.map(
    ({ slice, codec, bound, npme }) =>
      `${slice} by ${codec} at bound ${bound}: the largest error is ${npme} of the range`,
  );
}

/** PSNRs that were not met; where values sit on a lattice of their own, or are exact, more than was asked for is all that can be had. */
function missedPsnrs(points: readonly PsnrPoint[]): string[] {
  const missed = points.filter(
    ({ psnr, asked }) => psnr !== null && (psnr < asked || psnr > asked + PSNR_TOLERANCE + 1e-9),
  );
  return missed.map(({ slice, codec, asked, psnr }) => `${slice} by ${codec} at ${asked} dB: ${psnr!.toFixed(2)} dB`);
}

function levelsOf(text: string): number[] {
  const [first, last, step] = text.split(':').map(Number) as [number, number, number];
  if (!(step > 0 && last >= first)) throw new Error(`--levels wants FIRST:LAST:STEP, not ${text}`);
  return Array.from({ length: Math.floor((last - first) / step + 1e-9) + 1 }, (_, i) => first + i * step);
}

const { values: args } = parseArgs({
  options: {
    work: { type: 'string' },
    out: { type: 'string' },
    slices: { type: 'string' },
    levels: { type: 'string', default: '1:10:0.5' },
    codecs: { type: 'string', default: 'wavelet,predict,auto' },
    effort: { type: 'string', default: 'balanced' },
    threads: { type: 'string', default: '2' },
    device: { type: 'string', default: 'cpu' },
  },
});
if (!args.work) throw new Error('--work FOLDER: where curves.py has put its slices/');
const options = { device: args.device as 'cpu' | 'cuda' | 'auto', threads: Number(args.threads) };

async function measured(slice: Slice, target: CompressOptions): Promise<File> {
  const file = await compress({ data: slice.values, shape: slice.shape }, { ...options, ...target });
  const decoded = await decompress(file, options);
  if (target.quality !== undefined) ({ model = model } = info(file));
  return {
    slice: slice.name,
    bytes: file.byteLength,
    present: slice.values.length - slice.missing,
    ...errorsOf(slice.values, decoded.data, slice.range),
  };
}

const points: Point[] = [];
const bounds: BoundPoint[] = [];
const psnrs: PsnrPoint[] = [];
const effort = args.effort as 'fast' | 'balanced' | 'best';
let model: ReturnType<typeof info>['model'] | undefined;
for (const slice of await readSlices(join(args.work, 'slices'), args.slices?.split(','))) {
  const start = performance.now();
  for (const level of levelsOf(args.levels)) {
    points.push({ level, ...(await measured(slice, { quality: level })) });
  }
  for (const codec of args.codecs.split(',') as Name[]) {
    for (const bound of BOUNDS) {
      // Lossless is predict's alone.
      if (bound === 0 && codec === 'wavelet') continue;
      const target = bound === 0 ? { lossless: true } : { rel: bound };
      bounds.push({ codec, bound, ...(await measured(slice, { ...target, codec, effort })) });
    }
    for (const asked of PSNRS) {
      psnrs.push({ codec, asked, ...(await measured(slice, { psnr: asked, codec, effort })) });
    }
  }
  console.error(`${slice.name.padEnd(16)} ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
const found = [...faults(points), ...brokenBounds(bounds), ...missedPsnrs(psnrs)];
const out = args.out ?? join(args.work, 'ours.json');
await writeFile(out, JSON.stringify({ model, faults: found, points, bounds, psnrs }));
console.error(
  `${points.length} points in ${out}; ${found.length ? `faults:\n${found.join('\n')}` : 'PSNR and bytes rise with every level, bias below 2 %, every bound and PSNR kept'}`,
);
