import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError } from './errors.js';

/** A file being written. */
export interface OutputFile {
  readonly path: string;
  /** Bytes appended so far. */
  readonly position: number;
  /** Appends. */
  write(bytes: Uint8Array): void;
  /** Overwrites bytes already appended, for a header that is only known at the end; not possible in a pipe. */
  writeAt(bytes: Uint8Array, position: number): void;
}

export interface WriteOptions {
  /** Files being read, which must not be the one written. */
  readonly inputs?: readonly string[];
  /** Default true. */
  readonly overwrite?: boolean;
}

const unfinished = new Set<string>();

/** Deletes what unfinished writes have left on disk; for a program that is about to exit on a signal. */
export function removeUnfinished(): void {
  for (const path of unfinished) fs.rmSync(path, { force: true });
  unfinished.clear();
}

const reason = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

function cannotWrite(path: string, error: unknown): InputError {
  const code = reason(error);
  const why =
    code === 'ENOENT'
      ? 'its directory does not exist'
      : code === 'ENOSPC'
        ? 'the disk is full'
        : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
          ? 'writing there is not permitted'
          : code;
  return new InputError('cannot-write', `${path} cannot be written: ${why}.`, { cause: error });
}

const exists = (path: string): InputError =>
  new InputError('exists', `${path} exists already; remove it or choose another name.`);

/** Gives a finished file its name unless, since it was begun, another has taken that name: a rename would replace it. */
function linkAsNew(temporary: string, target: string, path: string): void {
  try {
    fs.linkSync(temporary, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(path);
    // Some file systems have no hard links; there, looking once more has to do.
    if (fs.existsSync(target)) throw exists(path);
    fs.renameSync(temporary, target);
    return;
  }
  fs.rmSync(temporary, { force: true });
}

function statOf(path: string): fs.BigIntStats | undefined {
  try {
    return fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

class Output implements OutputFile {
  readonly path: string;
  readonly #fd: number;
  readonly #seekable: boolean;
  position = 0;

  constructor(path: string, fd: number, seekable: boolean) {
    this.path = path;
    this.#fd = fd;
    this.#seekable = seekable;
  }

  write(bytes: Uint8Array): void {
    this.#put(bytes, this.#seekable ? this.position : null);
    this.position += bytes.byteLength;
  }

  writeAt(bytes: Uint8Array, position: number): void {
    if (position < 0 || position + bytes.byteLength > this.position) {
      throw new RangeError(`writeAt(${position}) reaches outside the ${this.position} bytes written`);
    }
    if (!this.#seekable)
      throw new InputError('cannot-write', `${this.path} cannot be written: it is not a regular file.`);
    this.#put(bytes, position);
  }

  #put(bytes: Uint8Array, position: number | null): void {
    const most = 1 << 30;
    for (let done = 0; done < bytes.byteLength; ) {
      const length = Math.min(most, bytes.byteLength - done);
      try {
        done += fs.writeSync(this.#fd, bytes, done, length, position === null ? null : position + done);
      } catch (error) {
        throw cannotWrite(this.path, error);
      }
    }
  }
}

/** Refuses what cannot or must not be written, and says whether the path is a device or pipe. */
function inspect(path: string, { inputs = [], overwrite = true }: WriteOptions): { special: boolean; mode?: number } {
  const stat = statOf(path);
  if (!stat) return { special: false };
  if (stat.isDirectory())
    throw new InputError('cannot-write', `${path} is a directory; give the name of a file in it.`);
  for (const input of inputs) {
    const other = statOf(input);
    // By identity, because links and ../ give one file many names.
    if (other && other.ino === stat.ino && other.dev === stat.dev) {
      throw new InputError('same-file', `${path} is also the input (${input}); write the output to another file.`);
    }
  }
  if (!stat.isFile()) return { special: true };
  if (!overwrite) throw exists(path);
  return { special: false, mode: Number(stat.mode) & 0o7777 };
}

/** Best effort: some file systems cannot sync a directory, and the file itself is safe by then. */
function syncDirectory(path: string): void {
  try {
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch {}
}

/**
 * Writes a file whole or not at all: under a temporary name in the same directory, brought to disk, then renamed. If
 * `body` fails, nothing remains and an older file of that name stays as it was. Devices and pipes are written directly.
 */
export async function writeWhole<T>(
  path: string,
  body: (out: OutputFile) => T | Promise<T>,
  options: WriteOptions = {},
): Promise<T> {
  const { special, mode } = inspect(path, options);
  if (special) return writeSpecial(path, body);

  // Renaming onto a symbolic link would replace the link instead of the file that it stands for.
  const target = fs.existsSync(path) ? fs.realpathSync(path) : path;
  const temporary = join(dirname(target), `.${basename(target).slice(0, 200)}.${randomBytes(6).toString('hex')}.tmp`);
  let fd: number;
  try {
    fd = fs.openSync(temporary, 'wx', mode ?? 0o666);
  } catch (error) {
    throw cannotWrite(path, error);
  }
  unfinished.add(temporary);
  let open = true;
  try {
    const result = await body(new Output(path, fd, true));
    try {
      // The mode given to open is cut by the umask; a file replaced keeps its own.
      if (mode !== undefined) fs.fchmodSync(fd, mode);
      fs.fsyncSync(fd);
      open = false;
      fs.closeSync(fd);
      if (options.overwrite === false) linkAsNew(temporary, target, path);
      else fs.renameSync(temporary, target);
    } catch (error) {
      throw error instanceof InputError ? error : cannotWrite(path, error);
    }
    syncDirectory(dirname(target));
    return result;
  } catch (error) {
    if (open) fs.closeSync(fd);
    fs.rmSync(temporary, { force: true });
    throw error;
  } finally {
    unfinished.delete(temporary);
  }
}

async function writeSpecial<T>(path: string, body: (out: OutputFile) => T | Promise<T>): Promise<T> {
  let fd: number;
  try {
    fd = fs.openSync(path, 'w');
  } catch (error) {
    throw cannotWrite(path, error);
  }
  try {
    return await body(new Output(path, fd, false));
  } finally {
    fs.closeSync(fd);
  }
}
