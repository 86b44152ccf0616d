import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { InputError, type InputErrorCode, openSource } from '../src/index.js';
import type { OpenOptions } from '../src/open.js';

const directory = fs.mkdtempSync(join(tmpdir(), 'fieldzip-io-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

let files = 0;

export const temporaryPath = (name: string): string => join(directory, `${++files}-${name}`);

export function temporaryFile(name: string, bytes: Uint8Array): string {
  const path = temporaryPath(name);
  fs.writeFileSync(path, bytes);
  return path;
}

/** Runs something expected to fail and checks that it fails as promised. */
export async function failure(code: InputErrorCode | undefined, body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (code) expect(error.code, error.message).toBe(code);
    expect(error.message).toMatch(/^\S.*\.$/s);
    return error.message;
  }
  return expect.unreachable(`expected ${code ?? 'an InputError'}`);
}

export interface Everything {
  readonly [name: string]: Float32Array | Float64Array;
}

/** Every numeric variable of a file, in full. */
export async function readEverything(path: string, options: OpenOptions = {}): Promise<Everything> {
  const source = await openSource(path, options);
  try {
    const all: Record<string, Float32Array | Float64Array> = {};
    for (const v of source.variables()) {
      if (!['char', 'string', 'other'].includes(v.dtype) && v.shape.length) all[v.name] = source.read(v.name).data;
    }
    return all;
  } finally {
    source.close();
  }
}

/** Reads a file that may be broken: it must either work or fail with an InputError. Says whether it worked. */
export async function survives(path: string): Promise<boolean> {
  try {
    await readEverything(path);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** A small generator, so that the mutations tried are the same in every run. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const nasty = [0, 1, 0x7f, 0x80, 0xff];

/** Copies of a file with one to four bytes changed within its first `range` bytes. */
export function* mutations(bytes: Uint8Array, range: number, count: number, seed = 1): Generator<Uint8Array> {
  const random = randomNumbers(seed);
  for (let i = 0; i < count; i++) {
    const copy = Uint8Array.from(bytes);
    const at = random(range);
    const many = 1 + random(4);
    const value = nasty[random(nasty.length)];
    for (let k = 0; k < many; k++) copy[Math.min(at + k, range - 1)] = value ?? random(256);
    yield copy;
  }
}

export const floats = (bits: number[]): Float32Array => new Float32Array(Uint32Array.from(bits).buffer);
