import { extname } from 'node:path';
import { type OutputFile, type WriteOptions, writeWhole } from './atomic.js';
import { InputError } from './errors.js';
import type { FloatArray } from './types.js';
import { type NetcdfLayout, netcdf3Writer } from './write-netcdf3.js';
import { npyWriter, rawWriter, type SliceWriter } from './write-values.js';

export type OutputFormat = 'npy' | 'raw' | 'netcdf3';

/** What to write; names and attributes matter to NetCDF only. */
export interface OutputLayout extends Omit<NetcdfLayout, 'name'> {
  readonly name?: string;
  /** Of raw files only; default little. */
  readonly endian?: 'little' | 'big';
}

const formatsByExtension: Readonly<Record<string, OutputFormat>> = {
  '.npy': 'npy',
  '.nc': 'netcdf3',
  '.nc3': 'netcdf3',
  '.cdf': 'netcdf3',
  '.raw': 'raw',
  '.bin': 'raw',
  '.dat': 'raw',
  '.f32': 'raw',
  '.f64': 'raw',
};

/** The format a name asks for. */
export function outputFormatOf(path: string): OutputFormat {
  const extension = extname(path).toLowerCase();
  const format = Object.hasOwn(formatsByExtension, extension) ? formatsByExtension[extension] : undefined;
  if (format) return format;
  throw new InputError(
    'not-a-known-format',
    `The name ${path} does not say which format to write; end it in .npy, .nc or .raw, or name the format.`,
  );
}

/** Starts an array in an open file; slices are then appended one by one. */
export function sliceWriter(out: OutputFile, format: OutputFormat, layout: OutputLayout): SliceWriter {
  switch (format) {
    case 'npy':
      return npyWriter(out, layout);
    case 'raw':
      return rawWriter(out, layout, layout.endian);
    case 'netcdf3':
      return netcdf3Writer(out, { ...layout, name: layout.name ?? 'data' });
  }
}

export interface WriteSlicesOptions extends WriteOptions {
  /** Default: as the file's name says. */
  readonly format?: OutputFormat;
}

/** Writes an array, slice by slice as they come, whole or not at all. */
export async function writeSlices(
  path: string,
  layout: OutputLayout,
  slices: Iterable<FloatArray> | AsyncIterable<FloatArray>,
  options: WriteSlicesOptions = {},
): Promise<void> {
  const format = options.format ?? outputFormatOf(path);
  await writeWhole(
    path,
    async out => {
      const writer = sliceWriter(out, format, layout);
      for await (const slice of slices) writer.append(slice);
      writer.finish();
    },
    options,
  );
}
