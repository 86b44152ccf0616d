import { type Transferable, Worker } from 'node:worker_threads';
import * as errors from '../errors.js';
import type { Job, Reply } from './worker.js';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Jobs that none of their workers is free for, the oldest first. */
const queue: { readonly workers: readonly PoolWorker[]; readonly resolve: () => void }[] = [];

/**
 * Worker threads that run the codecs, so that the application's event loop keeps turning. A worker does one job at a time; it keeps its ONNX Runtime sessions for the
 * next. Idle workers do not keep the process alive. Pools of all sizes share their first workers, and so their sessions.
 */
class WorkerPool {
  readonly #workers: readonly PoolWorker[];

  constructor(workers: readonly PoolWorker[]) {
    this.#workers = workers;
  }

  /** Runs a job on the first worker that is free. Buffers in `transfer` move to it. */
  async run(job: Job, transfer: readonly Transferable[] = []): Promise<unknown> {
    const workers = this.#workers;
    let worker = firstFree(workers);
    while (worker === undefined) {
      await new Promise<void>(resolve => queue.push({ workers, resolve }));
      worker = firstFree(workers);
    }
    try {
      return await worker.run(job, transfer);
    } finally {
      const next = queue.findIndex(waiting => firstFree(waiting.workers) !== undefined);
      if (next >= 0) {
        queue.splice(next, 1)[0]!.resolve();
      }
    }
  }
}

function firstFree(workers: readonly PoolWorker[]): PoolWorker | undefined {
  return workers.find(worker => worker.free);
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

const started: PoolWorker[] = [];

export function poolOf(workers: number): WorkerPool {
  while (started.length < workers) {
    started.push(new PoolWorker());
  }
  return new WorkerPool(started.slice(0, workers));
}

export async function closePools(): Promise<void> {
  await Promise.all(started.splice(0).map(worker => worker.close()));
}

export type { WorkerPool };
