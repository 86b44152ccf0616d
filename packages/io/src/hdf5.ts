import { resolve } from 'node:path';
import { InputError } from './errors.js';
import type { InputFile } from './files.js';
import { describeH5, type H5Variable } from './hdf5-describe.js';
import { checkGlobalHeaps } from './hdf5-heap.js';
import { discardH5Module, type H5Module, loadH5Module, quietly } from './hdf5-module.js';
import { allocate, bytesOf, type StoredArray, sizeOf } from './numeric.js';
import type { Backend } from './source.js';
import type { StoredType, VariableInfo } from './types.js';

/** What one call may put into WebAssembly's memory, of which there are 2 GiB at most. */
const callBytes = 256 << 20;
/** Slices of one chunk are decompressed together, up to this much. */
const aheadBytes = 64 << 20;

function damaged(path: string, what: string, cause?: unknown): InputError {
  return new InputError('damaged', `${path}: ${what}; the file is damaged or uses a filter that is not built in.`, {
    cause,
  });
}

/** Calls into the library: silent, and failing with an InputError whatever happens inside. */
function guarded<T>(h5: H5Module, path: string, what: string, body: () => T): T {
  try {
    return quietly(h5, body);
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof Error && error.name === 'RuntimeError') discardH5Module();
    throw damaged(path, what, error);
  }
}

function readBox(
  h5: H5Module,
  file: bigint,
  variable: H5Variable,
  path: string,
  offset: readonly number[],
  count: readonly number[],
  target: Buffer,
): void {
  guarded(h5, path, `variable ${variable.info.name} could not be read`, () => {
    const pointer = h5._calloc(target.length, 1);
    if (pointer === 0) throw new InputError('too-large', `${path}: no memory for ${target.length} bytes of a slice.`);
    try {
      const strides = count.map(() => 1n);
      const status = h5.get_dataset_data(
        file,
        variable.path,
        count.map(BigInt),
        offset.map(BigInt),
        strides,
        BigInt(pointer),
      );
      // h5wasm's own Dataset.slice ignores this and hands out whatever lies in memory.
      if (status < 0) throw damaged(path, `values of variable ${variable.info.name} could not be read`);
      target.set(h5.HEAPU8.subarray(pointer, pointer + target.length));
    } finally {
      h5._free(pointer);
    }
  });
}

function openVariable(
  h5: H5Module,
  file: () => bigint,
  variable: H5Variable,
  path: string,
): ReturnType<Backend['open']> {
  const { info, chunks } = variable;
  const type = info.dtype as StoredType;
  const size = sizeOf(type);
  const rank = info.shape.length;
  const inner = info.shape.slice(-2);
  const sites = inner.reduce((a, b) => a * b, 1);

  const readOne = (leading: readonly number[]): StoredArray => {
    const out = allocate(type, sites);
    const bytes = bytesOf(out);
    const rows = inner[0]!;
    const rowBytes = bytes.length / rows;
    const perCall = Math.max(1, Math.floor(callBytes / rowBytes));
    for (let row = 0; row < rows; row += perCall) {
      const many = Math.min(perCall, rows - row);
      const offset = [...leading, row, ...inner.slice(1).map(() => 0)];
      const count = [...leading.map(() => 1), many, ...inner.slice(1)];
      readBox(h5, file(), variable, path, offset, count, bytes.subarray(row * rowBytes, (row + many) * rowBytes));
    }
    return out;
  };

  // Where chunks reach over several slices, reading one slice decompresses its neighbours too: keep them.
  const reach = rank > 2 && chunks ? Math.min(chunks[rank - 3] ?? 1, info.shape[rank - 3]!) : 1;
  if (reach < 2 || reach * sites * size > aheadBytes) return readOne;
  let key = '';
  let kept: StoredArray | undefined;
  return leading => {
    const last = leading[rank - 3]!;
    const first = last - (last % reach);
    const wanted = [...leading.slice(0, -1), first].join();
    if (!kept || wanted !== key) {
      const many = Math.min(reach, info.shape[rank - 3]! - first);
      const values = allocate(type, many * sites);
      const outer = leading.slice(0, -1);
      const offset = [...outer, first, 0, 0];
      readBox(h5, file(), variable, path, offset, [...outer.map(() => 1), many, ...inner], bytesOf(values));
      kept = values;
      key = wanted;
    }
    return kept.slice((last - first) * sites, (last - first + 1) * sites);
  };
}

/** Opens an HDF5 or NetCDF-4 file through h5wasm, which reads the file itself at the offsets it needs. */
export async function openHdf5(input: InputFile): Promise<Backend> {
  const { path } = input;
  checkGlobalHeaps(input);
  const h5 = await loadH5Module(path);
  const handle = guarded(h5, path, 'it could not be opened', () =>
    h5.open(resolve(path), h5.H5F_ACC_RDONLY, false, -1, -1),
  );
  if (handle < 0n) {
    throw new InputError(
      'truncated',
      `${path} begins like an HDF5 file but cannot be opened; it is cut short or damaged, so get a complete copy.`,
    );
  }
  let file: bigint | undefined = handle;
  const close = () => {
    if (file !== undefined) {
      const closing = file;
      file = undefined;
      quietly(h5, () => h5.close_file(closing));
    }
    input.close();
  };
  const current = (): bigint => {
    if (file === undefined) throw new InputError('closed', `${path} has been closed.`);
    return file;
  };
  try {
    const { variables, attributes } = guarded(h5, path, 'its contents could not be listed', () =>
      describeH5(h5, handle),
    );
    const byInfo = new Map<VariableInfo, H5Variable>(variables.map(v => [v.info, v]));
    return {
      path,
      format: 'hdf5',
      attributes,
      variables: [...byInfo.keys()],
      open: info => openVariable(h5, current, byInfo.get(info)!, path),
      close,
    };
  } catch (error) {
    try {
      close();
    } catch {
      // A library that has trapped cannot close either; the reason given is the first one.
    }
    throw error;
  }
}
