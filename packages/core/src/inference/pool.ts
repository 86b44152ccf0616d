import { type Transferable, Worker } from 'node:worker_threads';
import * as errors from '../errors.js';
import type { Job, Reply } from './worker.js';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Worker threads that run the codecs, so that the application's event loop keeps turning. A worker does one job at a time; it keeps its ONNX Runtime sessions for the
 * next. Idle workers do not keep the process alive.
 */
class WorkerPool {
  readonly #workers: PoolWorker[];
  /** Jobs that no worker is free for, the oldest first. */
  readonly #queue: (() => void)[] = [];

  constructor(size: number) {
    this.#workers = Array.from({ length: size }, () => new PoolWorker());
  }

  /** Runs a job on the first worker that is free. Buffers in `transfer` move to it. */
  async run(job: Job, transfer: readonly Transferable[] = []): Promise<unknown> {
    let worker = this.#workers.find(candidate => candidate.free);
    while (worker === undefined) {
      await new Promise<void>(resolve => this.#queue.push(resolve));
      worker = this.#workers.find(candidate => candidate.free);
    }
    try {
      return await worker.run(job, transfer);
    } finally {
      this.#queue.shift()?.();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map(worker => worker.close()));
  }
}

class PoolWorker {
  #worker: Worker | undefined;
  #nextId = 0;
  readonly #waiting = new Map<number, Waiting>();

  get free(): boolean {
    return this.#waiting.size === 0;
  }

  run(job: Job, transfer: readonly Transferable[]): Promise<unknown> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, job }, transfer);
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url));
    worker.unref();
    worker.on('message', (reply: Reply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) {
        worker.unref();
      }
      if ('error' in reply) {
        waiting?.reject(errorOf(reply.error));
      } else {
        waiting?.resolve(reply.result);
      }
    });
    worker.on('error', error => this.#fail(error));
    worker.on('exit', code => this.#fail(new errors.CodecError(`A worker thread ended with code ${code}.`)));
    return worker;
  }

  /** The worker is gone: what waited for it fails, and the next job starts another. */
  #fail(error: Error): void {
    this.#worker = undefined;
    for (const waiting of this.#waiting.values()) {
      waiting.reject(error);
    }
    this.#waiting.clear();
  }
}

function errorOf({ kind, message }: { kind: string; message: string }): Error {
  switch (kind) {
    case 'ArgumentError':
      return new errors.ArgumentError(message);
    case 'FormatError':
      return new errors.FormatError(message);
    case 'UnsupportedError':
      return new errors.UnsupportedError(message);
    case 'DeviceError':
      return new errors.DeviceError(message);
    case 'TargetError':
      return new errors.TargetError(message);
    default:
      return new errors.CodecError(message);
  }
}

const pools = new Map<number, WorkerPool>();

/** The pool of a size, made once and kept. */
export function poolOf(workers: number): WorkerPool {
  let pool = pools.get(workers);
  if (pool === undefined) {
    pool = new WorkerPool(workers);
    pools.set(workers, pool);
  }
  return pool;
}

export async function closePools(): Promise<void> {
  const closing = [...pools.values()];
  pools.clear();
  await Promise.all(closing.map(pool => pool.close()));
}

export type { WorkerPool };
