import type { DecompressOptions, FieldData, Info } from '@fieldzip/core';
import { InputError, openSource } from '@fieldzip/io';
import { CliError, ExitCode } from './exit.js';
import { decodeFldz, openFldz } from './fldz-file.js';
import { type EngineFlags, engineOptions, type OriginalFlags } from './options.js';
import { type Original, openOriginal, openOriginalOf } from './original.js';
import type { Progress } from './progress.js';
import { shapeText } from './report.js';

/** An original and what came back of it, slice by slice. */
export interface Pair {
  readonly original: Original;
  readonly fillValues: readonly number[];
  /** Where the second file is a .fldz. */
  readonly info: Info | undefined;
  /** Decodes slices of the second file; all of them where no index is given. */
  decoded(index?: number): AsyncIterable<{ index: number; data: FieldData }>;
  close(): void;
}

async function isArrayFile(path: string): Promise<boolean> {
  try {
    (await openSource(path)).close();
    return true;
  } catch (error) {
    if (error instanceof InputError && error.code === 'not-a-known-format') return false;
    throw error;
  }
}

function checkShapes(original: Original, path: string, shape: readonly number[]): void {
  const { stack } = original;
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const slices = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  if (stack.count === slices && stack.rows === rows && stack.columns === columns) return;
  throw new CliError(
    ExitCode.input,
    `${original.source.path} gives ${shapeText(stack.shape)} values of ${stack.name}, but ${path} holds ` +
      `${shapeText(shape)}; say with --var and --slice which part it was made from.`,
  );
}

/** Opens an original and a .fldz file (or a decoded array) made from it, and checks that they match. */
export async function openPair(
  originalPath: string,
  path: string,
  flags: OriginalFlags & EngineFlags,
  progress: Progress,
): Promise<Pair> {
  if (await isArrayFile(path)) return openArrayPair(originalPath, path, flags);
  const { source, info, close } = openFldz(path);
  let original: Original | undefined;
  try {
    original = await openOriginalOf(info, originalPath, flags);
    checkShapes(original, path, info.shape);
  } catch (error) {
    original?.source.close();
    close();
    throw error;
  }
  const opened = original;
  const options: DecompressOptions = {
    onProgress: progress.update,
    onNotice: progress.notice,
    ...engineOptions(flags),
  };
  return {
    original,
    fillValues: info.fillValues,
    info,
    decoded: index => decodeFldz(path, { source }, index === undefined ? options : { ...options, slices: [index] }),
    close() {
      opened.source.close();
      close();
    },
  };
}

async function openArrayPair(originalPath: string, path: string, flags: OriginalFlags): Promise<Pair> {
  const original = await openOriginal(originalPath, flags);
  let array: Original | undefined;
  try {
    array = await openOriginal(path, {});
    checkShapes(original, path, array.stack.shape);
  } catch (error) {
    original.source.close();
    array?.source.close();
    throw error;
  }
  const { source, stack } = array;
  return {
    original,
    fillValues: original.stack.fillValues,
    info: undefined,
    async *decoded(only) {
      const [first, end] = only === undefined ? [0, stack.count] : [only, only + 1];
      for (let index = first; index < end; index++) yield { index, data: stack.read(index) };
    },
    close() {
      original.source.close();
      source.close();
    },
  };
}
