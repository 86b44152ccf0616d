import type { Info } from '@fieldzip/core';
import { InputError, openSource, type RawLayout, type SliceStack, type Source } from '@fieldzip/io';
import { type OriginalFlags, rawLayoutOf } from './options.js';
import { originOf } from './origin.js';

/** A scientist's file with the slices that were asked for. */
export interface Original {
  readonly source: Source;
  readonly stack: SliceStack;
  readonly selection: string | undefined;
  readonly raw: RawLayout | undefined;
}

async function openStack(
  path: string,
  raw: RawLayout | undefined,
  choose: (source: Source) => { name: string | undefined; selection: string | undefined },
): Promise<Original> {
  const source = await openSource(path, raw ? { raw } : {});
  try {
    const { name, selection } = choose(source);
    return { source, stack: source.stack(name, selection), selection, raw };
  } catch (error) {
    source.close();
    throw error;
  }
}

export function openOriginal(path: string, flags: OriginalFlags): Promise<Original> {
  return openStack(path, rawLayoutOf(flags), () => ({ name: flags.var, selection: flags.slice }));
}

/** Opens what a .fldz file was made from: flags first, then what the file says of its origin, then its shape and type. */
export async function openOriginalOf(info: Info, path: string, flags: OriginalFlags): Promise<Original> {
  const origin = originOf(info);
  const choose = (source: Source) => {
    // An original converted since has other names, and a selection means nothing for another variable.
    const known = source.variables().some(variable => variable.name === origin.name);
    const name = flags.var ?? (known ? origin.name : undefined);
    const sameVariable = origin.name === undefined || name === origin.name;
    return { name, selection: flags.slice ?? (sameVariable ? origin.selection : undefined) };
  };
  const raw = rawLayoutOf(flags) ?? origin.raw;
  try {
    return await openStack(path, raw, choose);
  } catch (error) {
    const headerless = error instanceof InputError && error.code === 'not-a-known-format' && !raw;
    if (!headerless) throw error;
    return openStack(path, { shape: info.shape, dtype: info.dtype }, choose);
  }
}
