import { rmSync } from 'node:fs';
import {
  type CodecName,
  type CompressOptions,
  codecNames,
  compressSlices,
  DEFAULT_REL,
  type Effort,
  type FieldData,
  type Info,
  type Metrics,
  type TileInfo,
} from '@fieldzip/core';
import type { SliceStack } from '@fieldzip/io';
import type { Command } from 'commander';
import { CliError, ExitCode } from '../exit.js';
import { decodeFldz, type FldzFile, openFldz, tilesOfFldz } from '../fldz-file.js';
import { measureSlices, shortfall } from '../measure.js';
import {
  addEngineFlags,
  addOriginalFlags,
  type EngineFlags,
  engineOptions,
  type OriginalFlags,
  parseCodec,
  parseEffort,
  parseFill,
  parseTarget,
  requireOutput,
  type TargetFlags,
  targetOptions,
  targetText,
} from '../options.js';
import { attributesToStore } from '../origin.js';
import { openOriginal } from '../original.js';
import { type OutputFlags, writeOutput } from '../output.js';
import { Progress } from '../progress.js';
import * as report from '../report.js';

interface Flags extends OriginalFlags, EngineFlags, OutputFlags, TargetFlags {
  readonly output?: string;
  readonly codec?: CodecName;
  readonly effort?: Effort;
  readonly fill?: number[];
  readonly attributes: boolean;
  readonly measure: boolean;
  readonly json?: boolean;
}

const help = `
The input is .npy, NetCDF-3, NetCDF-4 or HDF5, told by its first bytes, or raw values described by --shape. A variable
of more than two dimensions is a stack of slices; all of them go into one file unless --slice says which.

At most one of --abs, --rel, --pw-rel, --psnr, --bpp, --ratio, --lossless and --quality says what the file has to keep; without
one it is --rel ${DEFAULT_REL}. All but --quality are promises that hold for every slice, and the bounds for every value; where only the values
themselves can keep them, those are stored. Sizes are of the whole file, shared evenly among the slices; a ratio is to the values as
float32 or float64. Quality levels are those of the neural autoencoder and promise no bound.

Examples:
  fieldzip compress air.nc -o air.fldz
  fieldzip compress run.nc -o ts.fldz --var TS --slice t=0,lev=3 --quality 8
  fieldzip compress air.nc -o air.fldz --abs 0.05
  fieldzip compress u.raw -o u.fldz --shape 512x512 --dtype f32 --fill -9999

With --json one object goes to stdout: input, output, variable, shape, dtype, codec, model, target, bytesIn, bytesOut,
bitsPerValue, ratio, psnr, maxAbsError, npme, bias, seconds {read, compress, write}. A figure that is infinite or that
was not measured is null. bytesIn is what the values take as the input stores them.`;

export function addCompress(program: Command): void {
  const command = program
    .command('compress')
    .summary('make a .fldz file of slices')
    .description('Compresses slices of a file into a .fldz file, and measures the error by decoding it again.')
    .argument('<input>', 'the file to compress')
    .option('-o, --output <file>', 'the .fldz file to write')
    .option('--abs <error>', 'every value within this, in the units of the field', parseTarget('abs'))
    .option('--rel <share>', "every value within this share of its slice's value range", parseTarget('rel'))
    .option('--pw-rel <share>', 'every value within this share of its own magnitude', parseTarget('pwRel'))
    .option('--psnr <dB>', 'every slice at this PSNR, or at most 0.2 dB above', parseTarget('psnr'))
    .option('--bpp <bits>', 'the file in this many bits a value, or at most 2 % less', parseTarget('bpp'))
    .option(
      '--ratio <times>',
      'the file this many times smaller than its values, or at most 2 % more',
      parseTarget('ratio'),
    )
    .option('--lossless', 'every value bit for bit')
    .option('--quality <level>', '1 (smallest) to 10 (closest), fractions allowed', parseTarget('quality'))
    .option('--codec <name>', `${codecNames().join(', ')} (default: auto, the smallest for each tile)`, parseCodec)
    .option(
      '--effort <level>',
      'fast, balanced or best: what to spend on fewer bytes (default: balanced)',
      parseEffort,
    );
  addEngineFlags(addOriginalFlags(command))
    .option('--fill <value>', 'a value that means missing; may be given several times', parseFill)
    .option('--no-attributes', 'leave out the names, units and attributes of the source')
    .option('--no-measure', 'do not decode again to measure the error')
    .option('--force', 'replace the output if it exists')
    .option('--json', 'print one JSON object instead of text')
    .addHelpText('after', help)
    .action(compress);
}

/** Seconds spent where we can see them; what remains is the codec's. */
interface Seconds {
  read: number;
  compress: number;
  write: number;
}

const now = (): number => performance.now() / 1000;

function* timedSlices(stack: SliceStack, seconds: Seconds): Generator<FieldData> {
  for (let index = 0; index < stack.count; index++) {
    const start = now();
    const slice = stack.read(index);
    seconds.read += now() - start;
    yield slice;
  }
}

/** Values that the user or the file calls missing, as the data's type holds them; NaN is missing without being named. */
function fillValuesOf(stack: SliceStack, flags: Flags): number[] {
  const named = (flags.fill ?? []).map(value => (stack.dtype === 'float32' ? Math.fround(value) : value));
  return [...new Set([...stack.fillValues, ...named])].filter(Number.isFinite);
}

async function compress(input: string, flags: Flags): Promise<void> {
  const output = requireOutput(flags.output, 'compress', 'OUT.fldz');
  const target = targetOptions(flags);
  const seconds: Seconds = { read: 0, compress: 0, write: 0 };
  const opening = now();
  const { source, stack, selection, raw } = await openOriginal(input, flags);
  seconds.read += now() - opening;
  const progress = new Progress('compressing');
  try {
    const fillValues = fillValuesOf(stack, flags);
    const attributes = flags.attributes ? attributesToStore(stack, source.format, selection, raw) : undefined;
    const options: CompressOptions = {
      onProgress: progress.update,
      onNotice: progress.notice,
      ...target,
      ...(flags.codec === undefined ? {} : { codec: flags.codec }),
      ...(flags.effort === undefined ? {} : { effort: flags.effort }),
      ...engineOptions(flags),
    };
    const description = {
      shape: stack.shape,
      dtype: stack.dtype,
      fillValues,
      ...(attributes === undefined ? {} : { attributes }),
    };
    await writeOutput(output, [input], flags, async out => {
      const start = now();
      const before = seconds.read;
      for await (const chunk of compressSlices(description, timedSlices(stack, seconds), options)) {
        const writing = now();
        out.write(chunk);
        seconds.write += now() - writing;
      }
      seconds.compress = now() - start - (seconds.read - before) - seconds.write;
      progress.clear();
    });
    const { info, measured, codec } = await check(output, stack, flags);
    if (!isGiven(flags)) {
      process.stderr.write(
        `fieldzip: No target was given, so ${targetText(info.target)} (--help lists the targets).\n`,
      );
    }
    const { slices, rows, columns } = info;
    const bytesIn = slices * rows * columns * bytesPerValue(stack.storedType);
    const result: Result = { input, output, stack, info, codec, bytesIn, measured, seconds };
    if (flags.json) printJson(result);
    else printSummary(result, flags);
  } finally {
    progress.clear();
    source.close();
  }
}

const bytesPerValue = (storedType: string): number => Number(/\d+$/.exec(storedType)?.[0] ?? 32) / 8;

/** What was written, and its error; a file that does not decode to what it must is worse than none. */
async function check(
  output: string,
  stack: SliceStack,
  flags: Flags,
): Promise<Pick<Result, 'info' | 'measured' | 'codec'>> {
  const file = openFldz(output);
  try {
    const measured = flags.measure ? await measure(output, stack, file, flags) : undefined;
    return { info: file.info, measured, codec: codecText(file.info, tilesOfFldz(output, file)) };
  } catch (error) {
    rmSync(output, { force: true });
    throw error;
  } finally {
    file.close();
  }
}

/** Decodes what was written and holds it against the original: a figure that was measured, not one that was hoped for. */
async function measure(path: string, stack: SliceStack, file: FldzFile, flags: Flags): Promise<Metrics> {
  const { info } = file;
  const progress = new Progress('measuring');
  try {
    const options = { ...engineOptions(flags), onProgress: progress.update };
    const decoded = decodeFldz(path, file, options);
    const head = info.bytes - info.sliceBytes.reduce((sum, bytes) => sum + bytes, 0);
    const bytesOf = (index: number) => info.sliceBytes[index]! + head / info.slices;
    const { all } = await measureSlices(stack.read, decoded, info.fillValues, (index, values, data, metrics) => {
      const missed = shortfall(info.target, values, data, metrics, bytesOf(index), info.fillValues);
      if (missed !== undefined) throw unkept(`slice ${index} ${missed}, and ${targetText(info.target)} was asked for`);
    });
    if (all.missingDiffer > 0) throw unkept(`${report.plural(all.missingDiffer, 'missing value')} did not come back`);
    return all;
  } finally {
    progress.clear();
  }
}

const unkept = (what: string): CliError =>
  new CliError(ExitCode.unexpected, `No file was kept: ${what}; please report this.`);

const isGiven = (flags: Flags): boolean => Object.keys(targetOptions(flags)).length > 0 || flags.codec === 'hyperprior';

/** The codec of all tiles, or all that there are. */
function codecText(info: Info, slices: readonly (readonly TileInfo[])[]): string {
  const used = new Set(slices.flatMap(tiles => tiles.flatMap(({ codec }) => codec ?? [])));
  return used.size > 0 ? [...used].sort().join('+') : info.codec;
}

interface Result {
  readonly input: string;
  readonly output: string;
  readonly stack: SliceStack;
  readonly info: Info;
  readonly codec: string;
  readonly bytesIn: number;
  readonly measured: Metrics | undefined;
  readonly seconds: Seconds;
}

function printJson({ input, output, stack, info, codec, bytesIn, measured, seconds }: Result): void {
  report.printJson({
    input,
    output,
    variable: stack.name,
    shape: info.shape,
    dtype: info.dtype,
    codec,
    model: info.model ?? null,
    target: info.target,
    bytesIn,
    bytesOut: info.bytes,
    bitsPerValue: info.bitsPerValue,
    ratio: bytesIn / info.bytes,
    psnr: measured?.psnr ?? null,
    maxAbsError: measured?.maxAbsError ?? null,
    npme: measured?.npme ?? null,
    bias: measured?.bias ?? null,
    seconds,
  });
}

function printSummary({ output, stack, info, bytesIn, measured, seconds }: Result, flags: Flags): void {
  const units = stack.units ? ` [${stack.units}]` : '';
  const stored = stack.storedType === stack.dtype ? '' : `, stored as ${stack.storedType}`;
  report.printLines([
    `${stack.name}${units}, ${report.shapeText(info.shape)} ${info.dtype}${stored} -> ${output}`,
    `size           ${report.bytesText(bytesIn)} -> ${report.bytesText(info.bytes)}`,
    `ratio          ${report.figure(bytesIn / info.bytes)}, ${report.figure(info.bitsPerValue)} bits per value`,
    ...(measured ? report.errorLines(measured) : ['error          not measured']),
    ...(measured?.missing ? [report.missingLine(measured)] : []),
    `target         ${targetText(info.target)}${isGiven(flags) ? '' : ', the default'}`,
    `seconds        read ${seconds.read.toFixed(2)}, compress ${seconds.compress.toFixed(2)}, write ${seconds.write.toFixed(2)}`,
  ]);
}
