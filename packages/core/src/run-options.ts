// Apart from what runs, so that an application needs no types of Node to compile against it.

export type Device = 'cpu' | 'cuda' | 'auto';

/**
 * What to spend on fewer bytes: `fast` is the predict codec without its network, by interpolation where values may differ at all; `best` tries more steps, and quantises
 * wavelet coefficients by a trellis too. All efforts keep every promise, and files of all decode alike.
 */
export type Effort = 'fast' | 'balanced' | 'best';

/** Where and how wide networks run. */
export interface RunOptions {
  /** `auto` (the default) takes CUDA where it works, else the CPU, and says so through `onNotice`. Targets that run no network run on the CPU anyway. */
  readonly device?: Device;
  /** Threads to use in all; by default as many as the machine runs at once. Results do not depend on it. */
  readonly threads?: number;
  /** Told what a person should know: that CUDA was not there, say. */
  readonly onNotice?: (message: string) => void;
  /** Called after each slice. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops the work before its next slice; slices that have begun are finished and thrown away. */
  readonly signal?: AbortSignal;
}
