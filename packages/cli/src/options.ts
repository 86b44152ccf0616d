import {
  type CodecName,
  codecNames,
  type Device,
  type Effort,
  type NumericTarget,
  type Region,
  TARGET_LIMITS,
  type Target,
  type TargetOptions,
} from '@fieldzip/core';
import type { Dtype, RawLayout } from '@fieldzip/io';
import type { Command } from 'commander';
import { CliError, ExitCode, usageError } from './exit.js';

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** How a target is written, and an example of it. */
const targetFlags: Readonly<Record<NumericTarget, { readonly flag: string; readonly example: string }>> = {
  quality: { flag: '--quality', example: '6 or 7.5' },
  abs: { flag: '--abs', example: '0.01' },
  rel: { flag: '--rel', example: '1e-3' },
  pwRel: { flag: '--pw-rel', example: '1e-3' },
  psnr: { flag: '--psnr', example: '70' },
  bpp: { flag: '--bpp', example: '1.5' },
  ratio: { flag: '--ratio', example: '20' },
};

/** The parser of a target's number. */
export function parseTarget(name: NumericTarget): (text: string) => number {
  return text => {
    const { low, high, range } = TARGET_LIMITS[name];
    const { flag, example } = targetFlags[name];
    const amount = decimal.test(text) ? Number(text) : Number.NaN;
    if (amount >= low && amount <= high) return amount;
    throw usageError(`${flag} takes a number ${range}, such as ${example}, not '${text}'.`);
  };
}

const targetNames = [...(Object.keys(targetFlags) as NumericTarget[]), 'lossless'] as const;

export type TargetFlags = { readonly [Name in (typeof targetNames)[number]]?: TargetOptions[Name] };

/** The one target that was asked for, or none. */
export function targetOptions(flags: TargetFlags): TargetOptions {
  const given = targetNames.filter(name => flags[name] !== undefined);
  if (given.length > 1) {
    throw usageError(`${given.map(flagOf).join(' and ')} cannot be met at once: give one of them.`);
  }
  return Object.fromEntries(given.map(name => [name, flags[name]]));
}

const flagOf = (name: (typeof targetNames)[number]): string =>
  name === 'lossless' ? '--lossless' : targetFlags[name].flag;

export function targetText(target: Target): string {
  switch (target.kind) {
    case 'quality':
      return `quality ${target.quality}`;
    case 'abs':
      return `every value within ${target.abs}`;
    case 'rel':
      return `every value within ${target.rel} of its slice's value range`;
    case 'pw-rel':
      return `every value within ${target.pwRel} of its own magnitude`;
    case 'psnr':
      return `${target.psnr} dB PSNR in every slice`;
    case 'bpp':
      return `at most ${target.bpp} bits per value in every slice`;
    case 'ratio':
      return `every slice at least ${target.ratio} times smaller than its values`;
    case 'lossless':
      return 'every value bit for bit';
  }
}

const devices: readonly Device[] = ['cpu', 'cuda', 'auto'];

export function parseDevice(text: string): Device {
  const device = devices.find(name => name === text);
  if (!device) throw usageError(`--device takes cpu, cuda or auto, not '${text}'.`);
  return device;
}

export function parseCodec(text: string): CodecName {
  const codec = codecNames().find(name => name === text);
  if (!codec) throw usageError(`--codec takes ${listed(codecNames())}, not '${text}'.`);
  return codec;
}

const efforts: readonly Effort[] = ['fast', 'balanced', 'best'];

export function parseEffort(text: string): Effort {
  const effort = efforts.find(name => name === text);
  if (!effort) throw usageError(`--effort takes ${listed(efforts)}, not '${text}'.`);
  return effort;
}

const listed = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

export function parseRegion(text: string): Region {
  const found = /^\s*(\d+):(\d+)\s*,\s*(\d+):(\d+)\s*$/.exec(text)?.slice(1).map(Number);
  if (!found || !(found[0]! < found[1]! && found[2]! < found[3]!)) {
    throw usageError(`--region takes rows and columns counted from 0, such as 100:200,0:50, not '${text}'.`);
  }
  const [top, bottom, left, right] = found as [number, number, number, number];
  return { rows: [top, bottom], columns: [left, right] };
}

export function parseThreads(text: string): number {
  const threads = /^\d+$/.test(text) ? Number(text) : 0;
  if (threads < 1 || threads > 1024) throw usageError(`--threads takes a whole number from 1 to 1024, not '${text}'.`);
  return threads;
}

export function parseShape(text: string): number[] {
  const shape = text.split(/[x,]/).map(part => (/^\d+$/.test(part) ? Number(part) : 0));
  if (!shape.every(extent => Number.isSafeInteger(extent) && extent > 0)) {
    throw usageError(`--shape takes positive whole numbers with x between them, such as 192x288, not '${text}'.`);
  }
  return shape;
}

const dtypeNames: Readonly<Record<string, Dtype>> = {
  f32: 'float32',
  float32: 'float32',
  f64: 'float64',
  float64: 'float64',
};

export function parseDtype(text: string): Dtype {
  const dtype = Object.hasOwn(dtypeNames, text) ? dtypeNames[text] : undefined;
  if (!dtype) throw usageError(`--dtype takes f32 or f64, not '${text}'.`);
  return dtype;
}

export function parseFill(text: string, before: readonly number[] = []): number[] {
  if (!decimal.test(text)) {
    throw usageError(`--fill takes a number, such as -9999 or 1e20, not '${text}'; NaN is always missing.`);
  }
  return [...before, Number(text)];
}

export function parseIndex(text: string): number {
  if (!/^\d+$/.test(text)) throw usageError(`--index takes a whole number counted from 0, not '${text}'.`);
  return Number(text);
}

/** What `--slice` of decompress names; indices are checked against the file once it is open. */
export interface IndexSpan {
  readonly first: number;
  /** Just before this one, or to the end. */
  readonly end: number | undefined;
}

export function parseIndices(text: string, before: readonly IndexSpan[] = []): IndexSpan[] {
  const spans = text.split(',').map(part => {
    const match = /^\s*(?:(\d+)|(\d+)?:(\d+)?)\s*$/.exec(part);
    if (!match) {
      throw usageError(`--slice takes indices counted from 0, such as 3 or 0,5 or 2:8, not '${text}'.`);
    }
    const [, index, first, end] = match as unknown as [string, string?, string?, string?];
    if (index !== undefined) return { first: Number(index), end: Number(index) + 1 };
    return { first: Number(first ?? 0), end: end === undefined ? undefined : Number(end) };
  });
  return [...before, ...spans];
}

/** The indices that spans stand for in a file of so many slices. */
export function indicesOf(spans: readonly IndexSpan[], slices: number): number[] {
  return spans.flatMap(({ first, end = slices }) => {
    if (first >= slices || end > slices || end <= first) {
      const range = slices === 1 ? 'only slice 0' : `slices 0 to ${slices - 1}`;
      const asked = end === first + 1 ? `no slice ${first}` : `not all of ${first}:${end}`;
      throw new CliError(ExitCode.input, `The file has ${range}, but ${asked}.`);
    }
    return Array.from({ length: end - first }, (_, i) => first + i);
  });
}

export interface OriginalFlags {
  readonly var?: string;
  readonly slice?: string;
  readonly shape?: number[];
  readonly dtype?: Dtype;
  readonly bigEndian?: boolean;
}

/** The flags that say what to read of a scientist's file. */
export function addOriginalFlags(command: Command): Command {
  return command
    .option('--var <name>', 'the variable to read (default: the only one that fits)')
    .option('--slice <selection>', "part of a variable's leading dimensions, such as t=0,lev=3 or t=0:10")
    .option('--shape <sizes>', 'the input is raw values of this shape, such as 192x288', parseShape)
    .option('--dtype <type>', 'type of raw values: f32 or f64 (default: f32)', parseDtype)
    .option('--big-endian', 'raw values are big-endian');
}

export function rawLayoutOf(flags: OriginalFlags): RawLayout | undefined {
  const { shape, dtype = 'float32', bigEndian } = flags;
  if (shape) return { shape, dtype, endian: bigEndian ? 'big' : 'little' };
  const orphan = flags.dtype ? '--dtype' : bigEndian ? '--big-endian' : undefined;
  if (orphan)
    throw usageError(`${orphan} describes raw values, so it needs their --shape too, such as --shape 192x288.`);
  return undefined;
}

export interface EngineFlags {
  readonly device?: Device;
  readonly threads?: number;
}

/** The flags that say how the network is run. */
export function addEngineFlags(command: Command): Command {
  return command
    .option('--device <name>', 'cpu, cuda or auto (default: auto, CUDA where it works)', parseDevice)
    .option('--threads <n>', 'processor threads to use (default: all)', parseThreads);
}

/** The same as the library takes them, which tells "not given" from "undefined". */
export function engineOptions({ device, threads }: EngineFlags): EngineFlags {
  return { ...(device === undefined ? {} : { device }), ...(threads === undefined ? {} : { threads }) };
}

export function requireOutput(output: string | undefined, command: string, example: string): string {
  if (output) return output;
  throw usageError(`${command} needs to know where to write: add -o FILE, such as -o ${example}.`);
}
