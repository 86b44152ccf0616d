import { type Device, MAX_QUALITY, MIN_QUALITY, type Target, type TargetOptions } from '@fieldzip/core';
import type { Dtype, RawLayout } from '@fieldzip/io';
import type { Command } from 'commander';
import { CliError, ExitCode, usageError } from './exit.js';

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export function parseQuality(text: string): number {
  const quality = decimal.test(text) ? Number(text) : Number.NaN;
  if (!(quality >= MIN_QUALITY && quality <= MAX_QUALITY)) {
    throw usageError(
      `--quality takes a number from ${MIN_QUALITY} to ${MAX_QUALITY}, such as 6 or 7.5, not '${text}'.`,
    );
  }
  return quality;
}

function parseAmount(flag: string, text: string, low: number, high: number, range: string): number {
  const amount = decimal.test(text) ? Number(text) : Number.NaN;
  if (!(amount >= low && amount <= high)) throw usageError(`${flag} takes ${range}, not '${text}'.`);
  return amount;
}

export const parseAbs = (text: string): number =>
  parseAmount('--abs', text, Number.MIN_VALUE, Number.MAX_VALUE, 'a number above 0, such as 0.01');

export const parseRel = (text: string): number =>
  parseAmount('--rel', text, 1e-300, 1, 'a number above 0 and at most 1, such as 1e-3');

export const parsePsnr = (text: string): number =>
  parseAmount('--psnr', text, 10, 300, 'dB from 10 to 300, such as 70');

const targetNames = ['quality', 'abs', 'rel', 'psnr', 'lossless'] as const;

export type TargetFlags = { readonly [Name in (typeof targetNames)[number]]?: TargetOptions[Name] };

/** The one target that was asked for, or none. */
export function targetOptions(flags: TargetFlags): TargetOptions {
  const given = targetNames.filter(name => flags[name] !== undefined);
  if (given.length > 1) {
    throw usageError(`${given.map(name => `--${name}`).join(' and ')} cannot be met at once: give one of them.`);
  }
  return Object.fromEntries(given.map(name => [name, flags[name]]));
}

export function targetText(target: Target): string {
  switch (target.kind) {
    case 'quality':
      return `quality ${target.quality}`;
    case 'abs':
      return `every value within ${target.abs}`;
    case 'rel':
      return `every value within ${target.rel} of its slice's value range`;
    case 'psnr':
      return `${target.psnr} dB PSNR in every slice`;
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
