import type { Metrics } from '@fieldzip/core';
import type { Command } from 'commander';
import { type Measured, measureSlices } from '../measure.js';
import { addEngineFlags, addOriginalFlags, type EngineFlags, type OriginalFlags } from '../options.js';
import { openPair } from '../pair.js';
import { Progress } from '../progress.js';
import * as report from '../report.js';

interface Flags extends OriginalFlags, EngineFlags {
  readonly json?: boolean;
}

const help = `
The variable and the slices of the original default to those that the .fldz file was made from. In place of the .fldz
file a decoded .npy or NetCDF file will do. PSNR is 10 log10(R^2 / MSE) and NPME is max |error| / R, where R is the
value range of the slice, or of all slices on the line "all". Errors are decoded minus original.

Examples:
  fieldzip compare air.nc air.fldz
  fieldzip compare run.nc ts.npy --var TS --slice t=0

With --json one object goes to stdout: original, compared, variable, shape, dtype, slices [...], all, the last two of
{values, missing, missingDiffer, range, psnr, rmse, maxAbsError, npme, bias, errorDeviation}; an infinite PSNR is null.`;

export function addCompare(program: Command): void {
  const command = program
    .command('compare')
    .summary('measure the error against the original')
    .description('Decodes a .fldz file and measures its error against the original file.')
    .argument('<original>', 'the file it was made from')
    .argument('<compressed>', 'the .fldz file, or an array decoded from it');
  addEngineFlags(addOriginalFlags(command))
    .option('--json', 'print one JSON object instead of text')
    .addHelpText('after', help)
    .action(compare);
}

async function compare(original: string, compared: string, flags: Flags): Promise<void> {
  const progress = new Progress('comparing');
  const pair = await openPair(original, compared, flags, progress);
  try {
    const { stack } = pair.original;
    const measured = await measureSlices(stack.read, pair.decoded(), pair.fillValues);
    progress.clear();
    const { name: variable, shape, dtype } = stack;
    if (flags.json) {
      const slices = measured.slices.map((metrics, index) => ({ index, ...report.metricsJson(metrics) }));
      report.printJson({ original, compared, variable, shape, dtype, slices, all: report.metricsJson(measured.all) });
    } else {
      const units = stack.units ? ` [${stack.units}]` : '';
      report.printLines([
        `${variable}${units} of ${original}, ${report.shapeText(shape)} ${dtype}, against ${compared}`,
        ...errorTable(measured),
        report.missingLine(measured.all),
      ]);
    }
  } finally {
    progress.clear();
    pair.close();
  }
}

function errorTable({ slices, all }: Measured): string[] {
  if (slices.length === 1) return report.errorLines(all);
  const row = (name: string, metrics: Metrics): string[] => [
    name,
    report.decibels(metrics.psnr),
    ...[metrics.rmse, metrics.maxAbsError, metrics.npme, metrics.bias, metrics.errorDeviation].map(value =>
      report.figure(value),
    ),
  ];
  return report.table(
    ['slice', 'PSNR', 'RMSE', 'max error', 'NPME', 'mean error', 'std of error'],
    [...slices.map((metrics, index) => row(String(index), metrics)), row('all', all)],
  );
}
