import { InputError } from './errors.js';
import { InputFile } from './files.js';
import { openHdf5 } from './hdf5.js';
import { openNetcdf3 } from './netcdf3.js';
import { openNpy } from './npy.js';
import { openRaw } from './raw.js';
import { type Backend, makeSource } from './source.js';
import type { Format, RawLayout, Source } from './types.js';

const hdf5Magic = '89484446 0d0a1a0a'.replace(' ', '');

/** Files that people may well try, so that the error can name them. */
const strangers: readonly [magic: string, name: string][] = [
  ['1f8b', 'gzip-compressed; unpack it first'],
  ['504b0304', 'a zip archive (.npz and zipped Zarr are); unpack it and give one array'],
  ['47524942', 'GRIB, which is not read; convert it to NetCDF first'],
  ['0e031301', 'HDF4, which is not read; convert it to NetCDF first'],
  ['49492a00', 'TIFF, which is not read; convert it to NetCDF or .npy first'],
  ['4d4d002a', 'TIFF, which is not read; convert it to NetCDF or .npy first'],
  ['28b52ffd', 'zstd-compressed; unpack it first'],
];

function startsAt(file: InputFile, position: number, hex: string): boolean {
  const length = hex.length / 2;
  return position + length <= file.size && file.bytes(position, length).toString('hex') === hex;
}

function formatOf(file: InputFile): Exclude<Format, 'raw'> | undefined {
  if (startsAt(file, 0, '934e554d5059')) return 'npy';
  if (['43444601', '43444602', '43444605'].some(magic => startsAt(file, 0, magic))) return 'netcdf3';
  if (startsAt(file, 0, hdf5Magic)) return 'hdf5';
  // HDF5 may follow a block of the user's own (MATLAB's files do), at 512 bytes or a doubling of that.
  for (let at = 512; at < file.size; at *= 2) if (startsAt(file, at, hdf5Magic)) return 'hdf5';
  return undefined;
}

function unknown(file: InputFile): InputError {
  if (file.size === 0) return new InputError('truncated', `${file.path} is empty.`);
  const stranger = strangers.find(([magic]) => startsAt(file, 0, magic));
  return new InputError(
    'not-a-known-format',
    stranger
      ? `${file.path} is ${stranger[1]}.`
      : `${file.path} is not .npy, NetCDF or HDF5; if it is raw values, give their shape (and type, if not float32).`,
  );
}

function openFile(file: InputFile, raw: RawLayout | undefined): Backend | Promise<Backend> {
  if (raw) return openRaw(file, raw);
  switch (formatOf(file)) {
    case 'npy':
      return openNpy(file);
    case 'netcdf3':
      return openNetcdf3(file);
    case 'hdf5':
      return openHdf5(file);
    default:
      throw unknown(file);
  }
}

export interface OpenOptions {
  /** Taken as raw values laid out like this, whatever the first bytes look like. */
  readonly raw?: RawLayout;
}

/** Opens a file, finding its format by its first bytes. */
export async function openSource(path: string, options: OpenOptions = {}): Promise<Source> {
  const file = new InputFile(path);
  try {
    return makeSource(await openFile(file, options.raw));
  } catch (error) {
    file.close();
    throw error;
  }
}
