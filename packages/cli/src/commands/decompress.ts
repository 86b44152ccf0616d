import type { DecompressOptions, FieldData, Info, Region } from '@fieldzip/core';
import { InputError, type OutputFormat, outputFormatOf, writeSlices } from '@fieldzip/io';
import type { Command } from 'commander';
import { CliError, ExitCode, usageError } from '../exit.js';
import { decodeFldz, openFldz } from '../fldz-file.js';
import {
  addEngineFlags,
  type EngineFlags,
  engineOptions,
  type IndexSpan,
  indicesOf,
  parseIndices,
  parseRegion,
  requireOutput,
} from '../options.js';
import { type Origin, originOf } from '../origin.js';
import { type OutputFlags, refusingToOverwrite } from '../output.js';
import { Progress } from '../progress.js';
import * as report from '../report.js';

interface Flags extends EngineFlags, OutputFlags {
  readonly output?: string;
  readonly slice?: IndexSpan[];
  readonly region?: Region;
  readonly bigEndian?: boolean;
  readonly json?: boolean;
}

const help = `
The output's name says its format: .npy, .nc (NetCDF-3), or .raw, .bin, .f32, .f64 (values alone, little-endian unless
--big-endian is given).

Examples:
  fieldzip decompress air.fldz -o air.npy
  fieldzip decompress run.fldz -o part.nc --slice 0,5:8
  fieldzip decompress run.fldz -o window.npy --region 100:200,0:50

With --json one object goes to stdout: input, output, format, shape, dtype, bytesIn, bytesOut, seconds.`;

export function addDecompress(program: Command): void {
  const command = program
    .command('decompress')
    .summary('get the values back')
    .description('Decodes a .fldz file, or some of its slices.')
    .argument('<input>', 'the .fldz file')
    .option('-o, --output <file>', 'the file to write: .npy, .nc, .raw, .bin, .f32 or .f64')
    .option('--slice <indices>', 'slices to decode, counted from 0, such as 3 or 0,5:8 (default: all)', parseIndices)
    .option(
      '--region <rows,columns>',
      'part of every slice to decode, such as 100:200,0:50 (default: all)',
      parseRegion,
    )
    .option('--big-endian', 'write raw values big-endian');
  addEngineFlags(command)
    .option('--force', 'replace the output if it exists')
    .option('--json', 'print one JSON object instead of text')
    .addHelpText('after', help)
    .action(decompress);
}

function formatOf(output: string, { dtype }: Info, bigEndian: boolean | undefined): OutputFormat {
  let format: OutputFormat;
  try {
    format = outputFormatOf(output);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw usageError(`${output} does not say which format to write; end it in .npy, .nc, .raw, .bin, .f32 or .f64.`);
  }
  const extension = dtype === 'float32' ? '.f32' : '.f64';
  if (/\.f(32|64)$/i.test(output) && !output.toLowerCase().endsWith(extension)) {
    throw usageError(`The values are ${dtype}, which ${output} would misname; end it in ${extension} or .raw.`);
  }
  if (bigEndian && format !== 'raw') {
    throw usageError(`--big-endian is for raw values, and ${output} is not; leave it out, or write to .raw.`);
  }
  return format;
}

/** Names for the dimensions that are written; a choice among slices merges the leading ones. */
function dimensionsOf(origin: Origin, info: Info, shape: readonly number[]): readonly string[] | undefined {
  if (origin.dimensions?.length !== info.shape.length) return undefined;
  if (shape.length === info.shape.length && info.shape.slice(0, -2).every((extent, i) => extent === shape[i])) {
    return origin.dimensions;
  }
  return [...(shape.length === 3 ? ['slice'] : []), ...origin.dimensions.slice(-2)];
}

const regionText = ({ rows, columns }: Region): string => `${rows.join(':')},${columns.join(':')}`;

/** One slice that was chosen is written without a dimension of its own. */
function shapeOf(info: Info, chosen: number | undefined, region: Region | undefined): readonly number[] {
  const plane = region
    ? [region.rows[1] - region.rows[0], region.columns[1] - region.columns[0]]
    : [info.rows, info.columns];
  // A field of one dimension is one slice of one row.
  const extents = plane.slice(-info.shape.length);
  if (chosen !== undefined) return [...(chosen === 1 ? [] : [chosen]), ...extents];
  return [...info.shape.slice(0, -2), ...extents];
}

function layoutOf(info: Info, shape: readonly number[], { bigEndian, region }: Flags) {
  const origin = originOf(info);
  const dimensions = dimensionsOf(origin, info, shape);
  // Attributes may have been left out of the file, or know nothing of a --fill.
  const declared = origin.attributes?._FillValue ?? origin.attributes?.missing_value;
  const [fill] = info.fillValues;
  const fills =
    declared === undefined && fill !== undefined ? { _FillValue: fill, missing_value: [...info.fillValues] } : {};
  return {
    dtype: info.dtype,
    shape,
    endian: bigEndian ? 'big' : 'little',
    attributes: { ...origin.attributes, ...fills, ...(region ? { fieldzip_region: regionText(region) } : {}) },
    ...(origin.name === undefined ? {} : { name: origin.name }),
    ...(dimensions === undefined ? {} : { dimensions }),
  } as const;
}

async function* valuesOf(decoded: AsyncIterable<{ data: FieldData }>): AsyncGenerator<FieldData> {
  for await (const { data } of decoded) yield data;
}

async function decompress(input: string, flags: Flags): Promise<void> {
  const output = requireOutput(flags.output, 'decompress', 'OUT.npy');
  const start = performance.now();
  const { source, info, close } = openFldz(input);
  const progress = new Progress('decompressing');
  try {
    const format = formatOf(output, info, flags.bigEndian);
    const slices = flags.slice && indicesOf(flags.slice, info.slices);
    const { region } = flags;
    if (region && (region.rows[1] > info.rows || region.columns[1] > info.columns)) {
      throw new CliError(
        ExitCode.input,
        `The slices are ${info.rows} x ${info.columns}, so no part of them is ${regionText(region)}.`,
      );
    }
    const shape = shapeOf(info, slices?.length, region);
    const options: DecompressOptions = {
      onProgress: progress.update,
      onNotice: progress.notice,
      ...(slices ? { slices } : {}),
      ...(region ? { region } : {}),
      ...engineOptions(flags),
    };
    const decoded = valuesOf(decodeFldz(input, { source }, options));
    await refusingToOverwrite(output, () =>
      writeSlices(output, layoutOf(info, shape, flags), decoded, {
        format,
        inputs: [input],
        overwrite: flags.force ?? false,
      }),
    );
    progress.clear();
    const values = shape.reduce((product, extent) => product * extent, 1);
    const bytesOut = values * (info.dtype === 'float32' ? 4 : 8);
    const seconds = (performance.now() - start) / 1000;
    if (flags.json) {
      report.printJson({ input, output, format, shape, dtype: info.dtype, bytesIn: info.bytes, bytesOut, seconds });
    } else {
      const what = `${report.shapeText(shape)} ${info.dtype}, ${report.bytesText(bytesOut)} of values`;
      report.printLines([`${what} -> ${output} in ${seconds.toFixed(2)} s`]);
    }
  } finally {
    progress.clear();
    close();
  }
}
