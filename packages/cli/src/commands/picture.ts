import { ErrorMeter, type FieldData } from '@fieldzip/core';
import { InputError } from '@fieldzip/io';
import type { Command } from 'commander';
import { CliError, ExitCode, usageError } from '../exit.js';
import {
  addEngineFlags,
  addOriginalFlags,
  type EngineFlags,
  type OriginalFlags,
  parseIndex,
  requireOutput,
} from '../options.js';
import type { Original } from '../original.js';
import { type OutputFlags, writeOutput } from '../output.js';
import { openPair, type Pair } from '../pair.js';
import { drawPicture } from '../picture/draw.js';
import { Progress } from '../progress.js';
import * as report from '../report.js';

interface Flags extends OriginalFlags, EngineFlags, OutputFlags {
  readonly output?: string;
  readonly index: number;
  readonly title?: string;
}

const help = `
Draws the original, what came back of it and the error side by side, missing values in grey. In place of the .fldz file
a decoded .npy or NetCDF file will do.

Examples:
  fieldzip picture air.nc air.fldz -o air.png
  fieldzip picture run.nc run.fldz -o day7.png --index 7 --title "Day 7"`;

export function addPicture(program: Command): void {
  const command = program
    .command('picture')
    .summary('draw original, decompressed and error side by side')
    .description('Draws one slice of the original, what came back of it, and the error, as a .png.')
    .argument('<original>', 'the file it was made from')
    .argument('<compressed>', 'the .fldz file, or an array decoded from it')
    .option('-o, --output <file>', 'the .png file to write')
    .option('--index <n>', 'which slice of the .fldz file to draw, counted from 0', parseIndex, 0)
    .option('--title <text>', "the picture's title (default: the variable's name)");
  addEngineFlags(addOriginalFlags(command))
    .option('--force', 'replace the output if it exists')
    .addHelpText('after', help)
    .action(picture);
}

/** Whether the last row is the northernmost, as a map should have it uppermost. */
function rowsRunNorth({ source, stack }: Original): boolean {
  const name = stack.dimensions.at(-2);
  if (name === undefined) return false;
  try {
    const latitudes = source.stack(name);
    const northwards = /^degrees?_?n(orth)?$/i.test(latitudes.units ?? '') || /^lat(itude)?$/i.test(name);
    if (!northwards || latitudes.count * latitudes.rows !== 1) return false;
    const values = latitudes.read(0);
    return values.length > 1 && values[0]! < values.at(-1)!;
  } catch (error) {
    // No coordinates of that name, or none that are numbers.
    if (error instanceof InputError) return false;
    throw error;
  }
}

function titleOf({ stack }: Original, index: number): string {
  const longName = stack.attributes.long_name;
  const name = typeof longName === 'string' && longName.trim() ? `${longName.trim()} (${stack.name})` : stack.name;
  return stack.count > 1 ? `${name}, slice ${index}` : name;
}

async function decodeOne(pair: Pair, index: number): Promise<FieldData> {
  for await (const { data } of pair.decoded(index)) return data;
  throw new Error(`slice ${index} was not decoded`);
}

async function picture(originalPath: string, compressed: string, flags: Flags): Promise<void> {
  const output = requireOutput(flags.output, 'picture', 'OUT.png');
  if (!/\.png$/i.test(output)) throw usageError(`picture writes PNG; end the output's name in .png, not '${output}'.`);
  const { index } = flags;
  const pair = await openPair(originalPath, compressed, flags, new Progress('drawing'));
  try {
    const { stack } = pair.original;
    const { rows, columns, count, dtype } = stack;
    if (index >= count) {
      throw new CliError(
        ExitCode.input,
        `${compressed} has ${report.plural(count, 'slice')}, counted from 0, so none ${index}.`,
      );
    }
    await writeOutput(output, [originalPath, compressed], flags, async out => {
      const original = stack.read(index);
      const decoded = await decodeOne(pair, index);
      const meter = new ErrorMeter(pair.fillValues);
      meter.add(original, decoded);
      const to = count === 1 ? pair.info?.bytes : pair.info?.sliceBytes[index];
      const from = rows * columns * (dtype === 'float32' ? 4 : 8);
      const { fillValues } = pair;
      const title = flags.title ?? titleOf(pair.original, index);
      const size = to === undefined ? undefined : { from, to };
      const rowsRunUp = rowsRunNorth(pair.original);
      const metrics = meter.result();
      out.write(
        await drawPicture({
          title,
          units: stack.units,
          rows,
          columns,
          original,
          decoded,
          fillValues,
          metrics,
          size,
          rowsRunUp,
        }),
      );
    });
    report.printLines([`${output}: ${stack.name}, original, decompressed and error side by side`]);
  } finally {
    pair.close();
  }
}
