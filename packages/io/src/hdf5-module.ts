import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import { InputError } from './errors.js';

/** A type in an HDF5 file, as h5wasm reports it. */
export interface H5Type {
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly vlen: boolean;
  readonly cset?: number;
  readonly shape: number[] | null;
  readonly total_size: number;
  readonly chunks?: number[] | null;
}

/** The part of h5wasm's low-level interface used here; declared so that building does not need the package. */
export interface H5Module {
  readonly HEAPU8: Uint8Array;
  readonly FS: { streams: ({ nfd: number } | null)[] };
  readonly H5O_TYPE_DATASET: number;
  readonly H5F_ACC_RDONLY: number;
  open(path: string, mode: number, trackOrder: boolean, low: number, high: number): bigint;
  close_file(file: bigint): number;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_type(file: bigint, path: string): number;
  get_dataset_metadata(file: bigint, path: string): H5Type;
  get_dataset_data(
    file: bigint,
    path: string,
    count: bigint[],
    offset: bigint[],
    strides: bigint[],
    target: bigint,
  ): number;
  get_attribute_names(file: bigint, path: string): string[];
  get_attribute_metadata(file: bigint, path: string, name: string): H5Type;
  get_attribute_data(file: bigint, path: string, name: string, target: bigint): number;
  reclaim_vlen_memory(file: bigint, path: string, attribute: string, target: bigint): number;
  get_attached_scales(file: bigint, path: string, index: number): string[];
  get_dimension_labels(file: bigint, path: string): (string | null)[];
  UTF8ToString(pointer: number, most?: number): string;
  _calloc(count: number, size: number): number;
  _free(pointer: number): void;
}

export const h5Class = { integer: 0, float: 1, string: 3 } as const;

let loading: Promise<H5Module> | undefined;
let generation = 0;

/**
 * Forgets the loaded library. A damaged file can make WebAssembly trap, after which that instance answers nothing
 * more; the next file gets a new one.
 */
export function discardH5Module(): void {
  loading = undefined;
  generation++;
}

export function loadH5Module(path: string): Promise<H5Module> {
  loading ??= load(path);
  return loading;
}

async function load(path: string): Promise<H5Module> {
  // Not a literal, so that the compiler does not ask for an optional package.
  const name = 'h5wasm/node';
  try {
    const fresh = generation === 0 ? name : `${import.meta.resolve(name)}?instance=${generation}`;
    const { ready } = (await import(fresh)) as { ready: Promise<H5Module> };
    return await ready;
  } catch (error) {
    loading = undefined;
    throw new InputError(
      'missing-package',
      `${path} is an HDF5 or NetCDF-4 file, and reading those takes the package h5wasm, which is not installed; run 'npm install h5wasm@0.10'.`,
      { cause: error },
    );
  }
}

let nowhere: number | undefined;

/** HDF5 prints its whole call stack to standard error whenever something fails; our errors say it in a sentence. */
export function quietly<T>(module: H5Module, body: () => T): T {
  const stderr = module.FS.streams[2];
  if (!stderr) return body();
  const { nfd } = stderr;
  nowhere ??= openSync(devNull, 'w');
  stderr.nfd = nowhere;
  try {
    return body();
  } finally {
    stderr.nfd = nfd;
  }
}
