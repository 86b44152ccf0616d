/**
 * The whole study: the peers' curves, ours, the tables and the plot.
 *
 *     node dist/bench.js [--data FOLDER] [--work FOLDER] [--publish]
 *
 * What was measured of the peers is kept in the work folder; ours is measured anew each time. --publish puts the plot and the ratios into results/
 * and the tables into docs/benchmarks.md; without it all stays in the work folder.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(new URL('..', import.meta.url));
const { values: args } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.FIELDZIP_DATA ?? '' },
    work: { type: 'string', default: join(here, 'work') },
    // An environment that has peers/requirements.txt already; without it, one is made in the work folder.
    python: { type: 'string', default: process.env.FIELDZIP_PEERS_PYTHON ?? '' },
    publish: { type: 'boolean', default: false },
  },
});
if (!args.data) throw new Error('Name the folder of the bench slices: --data FOLDER, or set FIELDZIP_DATA.');
mkdirSync(args.work, { recursive: true });

function step(program: string, ...flags: string[]): void {
  const { status, error } = spawnSync(program, flags, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${flags.join(' ')} ended with ${status}`);
}

const environment = join(args.work, 'python');
const python = args.python || join(environment, 'bin', 'python');
if (!existsSync(python)) {
  step('python3', '-m', 'venv', environment);
  step(python, '-m', 'pip', 'install', '-q', '-r', join(here, 'peers', 'requirements.txt'));
}
const curves = join(args.work, 'curves.json');
const ours = join(args.work, 'ours.json');
step(python, join(here, 'peers', 'curves.py'), '--data', args.data, '--out', curves);
step(process.execPath, join(here, 'dist', 'ours.js'), '--work', args.work, '--out', ours);
const report = args.publish
  ? ['--out', join(here, 'results'), '--into', join(here, '..', '..', 'docs', 'benchmarks.md')]
  : ['--out', args.work];
step(python, join(here, 'peers', 'report.py'), '--curves', curves, '--ours', ours, ...report);
