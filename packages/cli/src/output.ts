import { InputError, type OutputFile, writeWhole } from '@fieldzip/io';
import { CliError, ExitCode } from './exit.js';

export interface OutputFlags {
  readonly force?: boolean;
}

/** Runs a writer of io's, adding to its refusal to overwrite the flag that lifts it. */
export async function refusingToOverwrite<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof InputError && error.code === 'exists')) throw error;
    throw new CliError(ExitCode.output, `${path} exists already; add --force to replace it, or choose another name.`);
  }
}

export function writeOutput<T>(
  path: string,
  inputs: readonly string[],
  { force = false }: OutputFlags,
  body: (out: OutputFile) => Promise<T>,
): Promise<T> {
  return refusingToOverwrite(path, () => writeWhole(path, body, { inputs, overwrite: force }));
}
