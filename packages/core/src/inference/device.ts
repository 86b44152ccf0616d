import { availableParallelism } from 'node:os';
import { ArgumentError, DeviceError } from '../errors.js';
import type { Stack } from '../field.js';
import type { RunOptions } from '../run-options.js';
import { poolOf, type WorkerPool } from './pool.js';

export interface Runner {
  readonly pool: WorkerPool;
  readonly device: 'cpu' | 'cuda';
  /** Jobs that run at once: whole slices, or tiles. */
  readonly workers: number;
  /** Slices that may be in work at once. */
  readonly slices: number;
  /** Threads for each of them. */
  readonly threads: number;
}

/** Most values that are in work at once, unless a single slice has more: bounds memory to some 2 GB. */
const VALUES_IN_WORK = 2 ** 24;

let cudaProblem: Promise<string | undefined> | undefined;

/**
 * @param stack with the number of tiles that each of its slices is cut in
 * @param networks whether there are networks to run; without, the device does not matter
 * @throws ArgumentError for a device or a number of threads that there is not, DeviceError if CUDA was asked for and cannot be used.
 */
export async function runnerFor(
  stack: Stack & { readonly tiles: number },
  options: RunOptions,
  networks: boolean,
): Promise<Runner> {
  const threads = options.threads ?? availableParallelism();
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw new ArgumentError(`Expected a number of threads from 1 to 1024, found ${threads}.`);
  }
  const affordable = Math.max(1, Math.floor(VALUES_IN_WORK / (stack.rows * stack.columns)));
  const affordableTiles = Math.max(1, Math.floor((VALUES_IN_WORK * stack.tiles) / (stack.rows * stack.columns)));
  const workers = Math.min(threads, stack.slices * stack.tiles, affordableTiles);
  // One slice more than has tiles for all workers, so that none waits for the last tile of another slice.
  const busy = stack.tiles === 1 ? workers : Math.ceil(workers / stack.tiles) + 1;
  const slices = Math.min(stack.slices, affordable, busy);
  const pool = poolOf(workers);
  const device = await chooseDevice(options, pool, networks);
  return { pool, device, workers, slices, threads: Math.max(1, Math.floor(threads / workers)) };
}

async function chooseDevice(
  { device = 'auto', onNotice }: RunOptions,
  pool: WorkerPool,
  networks: boolean,
): Promise<'cpu' | 'cuda'> {
  if (device !== 'cpu' && device !== 'cuda' && device !== 'auto') {
    throw new ArgumentError(`Expected a device of cpu, cuda or auto, found ${String(device)}.`);
  }
  if (device === 'cpu' || !networks) {
    return 'cpu';
  }
  cudaProblem ??= pool.run({ kind: 'probe-cuda' }) as Promise<string | undefined>;
  const problem = await cudaProblem;
  if (problem === undefined) {
    return 'cuda';
  }
  if (device === 'cuda') {
    throw new DeviceError(problem);
  }
  onNotice?.('Running on the CPU: CUDA is not available here (device cuda says why).');
  return 'cpu';
}
