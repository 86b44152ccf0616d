import { closeSync, openSync, readSync, statSync } from 'node:fs';
import {
  type ByteSource,
  type DecompressOptions,
  decompressSlices,
  type FieldData,
  FormatError,
  type Info,
  info,
  tileInfo,
  UnsupportedError,
} from '@fieldzip/core';
import { CliError, ExitCode } from './exit.js';

/** A .fldz file on disk, read piece by piece so that stacks larger than memory can be opened. */
export interface FldzFile {
  readonly source: ByteSource;
  readonly info: Info;
  close(): void;
}

function unreadable(path: string, error: unknown): CliError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return new CliError(ExitCode.input, `There is no file ${path}.`, { cause: error });
  return new CliError(ExitCode.input, `${path} cannot be read (${code ?? (error as Error).message}).`, {
    cause: error,
  });
}

function readFully(fd: number, path: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    let got: number;
    try {
      got = readSync(fd, bytes, done, length - done, offset + done);
    } catch (error) {
      throw unreadable(path, error);
    }
    if (got === 0) return bytes.subarray(0, done);
    done += got;
  }
  return bytes;
}

export function openFldz(path: string): FldzFile {
  let size: number;
  let fd: number;
  try {
    const stat = statSync(path);
    // Asked before opening, which would wait for ever at a pipe that nobody writes to.
    if (!stat.isFile()) {
      const kind = stat.isDirectory() ? 'a directory' : 'not a regular file';
      throw new CliError(ExitCode.input, `${path} is ${kind}; give the path of a .fldz file.`);
    }
    size = stat.size;
    fd = openSync(path, 'r');
  } catch (error) {
    throw error instanceof CliError ? error : unreadable(path, error);
  }
  try {
    const source: ByteSource = { size, read: (offset, length) => readFully(fd, path, offset, length) };
    return { source, info: info(source), close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw namingFile(path, error);
  }
}

/** What is wrong with the bytes of a file is said with its name. */
function namingFile(path: string, error: unknown): unknown {
  if (!(error instanceof FormatError || error instanceof UnsupportedError)) return error;
  return new CliError(ExitCode.damaged, `${path}: ${error.message}`, { cause: error });
}

/** Decodes slices of an open file; errors name it. */
export async function* decodeFldz(
  path: string,
  { source }: Pick<FldzFile, 'source'>,
  options: DecompressOptions,
): AsyncGenerator<{ index: number; data: FieldData }, void, undefined> {
  try {
    yield* decompressSlices(source, options);
  } catch (error) {
    throw namingFile(path, error);
  }
}

/** How the tiles of an open file are stored, slice by slice. */
export function tilesOfFldz(path: string, { source }: Pick<FldzFile, 'source'>): ReturnType<typeof tileInfo> {
  try {
    return tileInfo(source);
  } catch (error) {
    throw namingFile(path, error);
  }
}
