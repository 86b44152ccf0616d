import * as fs from 'node:fs';
import { InputError } from './errors.js';

function systemReason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}

/** A regular file open for reading at any offset. */
export class InputFile {
  readonly path: string;
  readonly size: number;
  #fd: number | undefined;

  constructor(path: string) {
    this.path = path;
    let stat: fs.Stats;
    try {
      stat = fs.statSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw new InputError('no-such-file', `There is no file ${path}.`, { cause: error });
      }
      throw new InputError('cannot-read', `${path} cannot be read (${systemReason(error)}).`, { cause: error });
    }
    // Slices are read at offsets, which a pipe cannot do; opening one could also block for ever.
    if (!stat.isFile()) {
      const kind = stat.isDirectory() ? 'a directory' : 'not a regular file';
      throw new InputError('not-a-file', `${path} is ${kind}; give the path of a regular file.`);
    }
    this.size = stat.size;
    try {
      this.#fd = fs.openSync(path, 'r');
    } catch (error) {
      throw new InputError('cannot-read', `${path} cannot be opened (${systemReason(error)}).`, { cause: error });
    }
  }

  /** Fills `target` from `position`, or throws. */
  readInto(target: Uint8Array, position: number): void {
    if (this.#fd === undefined) throw new InputError('closed', `${this.path} has been closed.`);
    // One read call takes at most 2^31 - 1 bytes.
    const most = 1 << 30;
    for (let done = 0; done < target.byteLength; ) {
      let got: number;
      try {
        got = fs.readSync(this.#fd, target, done, Math.min(most, target.byteLength - done), position + done);
      } catch (error) {
        throw new InputError('cannot-read', `Reading ${this.path} failed (${systemReason(error)}).`, { cause: error });
      }
      if (got === 0) throw this.truncated(position + target.byteLength);
      done += got;
    }
  }

  bytes(position: number, length: number): Buffer {
    // Checked before allocating: a header may ask for anything.
    if (position + length > this.size) throw this.truncated(position + length);
    const buffer = Buffer.from(new ArrayBuffer(length));
    this.readInto(buffer, position);
    return buffer;
  }

  truncated(needed: number, what = 'its header'): InputError {
    return new InputError(
      'truncated',
      `${this.path} is cut short: ${what} needs ${needed} bytes and the file has ${this.size}; get a complete copy.`,
    );
  }

  close(): void {
    if (this.#fd === undefined) return;
    fs.closeSync(this.#fd);
    this.#fd = undefined;
  }
}
