import type { CodecContext } from './codecs/codec.js';
import { type Header, type SliceParts, sectionBytes } from './container/index.js';
import { TargetError } from './errors.js';
import type { FieldData, Stack } from './field.js';
import type { Runner } from './inference/device.js';
import type { EncodedWhole, EncodeTileJob, SliceCommon } from './inference/worker.js';
import type { SplitSlice } from './slice.js';
import { budgetOf, type CodedSlice, encodeInBytes, encodeSlice, isSize, type TileTarget } from './tiles/encode.js';
import { tileCount } from './tiles/layout.js';
import type { TileJobContext, TileResult } from './tiles/tile.js';

/** Encodes the slice of a number; the values may be given away. */
export type EncodeSlice = (values: FieldData, index: number) => Promise<SliceParts>;

/** Slices that met their target in a way that a person should know of. */
export interface Notes {
  lossless: number;
  coarse: number;
}

/** Encodes whole slices in a worker. */
export function sliceEncoder(
  { rows, columns }: Stack,
  fillValues: readonly number[],
  codec: Pick<SliceCommon, 'codec' | 'modelHash' | 'parameters'>,
  { pool, device, threads }: Runner,
): EncodeSlice {
  const context: CodecContext = { device, threads };
  const common = { rows, columns, ...codec, context };
  return async values =>
    (await pool.run({ kind: 'encode-slice', common, values, fillValues }, [
      values.buffer as ArrayBuffer,
    ])) as SliceParts;
}

export interface TilesPlan {
  /** Numbers of the codecs that may be tried. */
  readonly codecs: readonly number[];
  readonly context: TileJobContext;
  readonly notes: Notes;
  /** A slice's share of the bytes before the first, which count towards a size that was asked for. */
  readonly share: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Encodes slices tile by tile: a worker takes missing values out, then workers code tiles, as often as the target needs. Where there is one tile and no search, one worker does
 * it all.
 */
export function tilesEncoder(
  { rows, columns, slices }: Stack,
  header: Header,
  target: TileTarget,
  { codecs, context, notes, share, signal }: TilesPlan,
  { pool, workers }: Runner,
): EncodeSlice {
  const { fillValues } = header;
  const exact = target.kind === 'lossless';
  const encode = async (tile: EncodeTileJob['tile'], goal: EncodeTileJob['goal'], own: boolean) => {
    const arrays = own ? [tile.values, ...(tile.missing ? [tile.missing] : [])] : [];
    const transfer = arrays.map(array => array.buffer as ArrayBuffer);
    return (await pool.run({ kind: 'encode-tile', tile, goal, codecs, context }, transfer)) as TileResult;
  };
  const count = (note: CodedSlice['note']) => {
    if (note !== undefined) {
      notes[note]++;
    }
  };
  if (!isSize(target) && tileCount(rows, columns) === 1) {
    return async values => {
      const split = { values, rows, columns, fillValues, exact };
      const done = (await pool.run({ kind: 'encode-whole', split, target, codecs, context }, [
        values.buffer as ArrayBuffer,
      ])) as EncodedWhole;
      count(done.content === 'coded' ? done.note : undefined);
      return done;
    };
  }
  return async (values, index) => {
    const split = (await pool.run({ kind: 'split', values, rows, columns, fillValues, exact }, [
      values.buffer as ArrayBuffer,
    ])) as SplitSlice;
    try {
      if (split.content !== 'coded') {
        checkBudget(share + sectionBytes(split, header), target, rows * columns, header.dtype);
        return split;
      }
      const { minimum, maximum } = split.slice;
      const parts = { content: 'coded', mask: split.mask, minimum, maximum, stream: new Uint8Array(0) } as const;
      const size = (more: number) => share + sectionBytes(parts, header, more);
      const runner = { encode, width: workers, signal };
      const coded = isSize(target)
        ? await encodeInBytes(split.slice, target, size, runner)
        : await encodeSlice(split.slice, target, runner);
      count(coded.note);
      return { ...parts, stream: coded.stream };
    } catch (error) {
      if (error instanceof TargetError) {
        throw new TargetError(`${slices === 1 ? 'The slice' : `Slice ${index}`} ${error.message}`, { cause: error });
      }
      throw error;
    }
  };
}

function checkBudget(bytes: number, target: TileTarget, values: number, dtype: Header['dtype']): void {
  if (isSize(target)) {
    const budget = budgetOf(target, values, dtype);
    if (bytes > budget) {
      throw new TargetError(`takes at least ${Math.ceil(bytes)} bytes, and ${Math.floor(budget)} are asked for.`);
    }
  }
}
