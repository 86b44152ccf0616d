import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Attributes, type FloatArray, openSource, writeSlices } from '@fieldzip/io';

export const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own to run the built command in, so that messages name files as a person would. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'fieldzip-cli-'));

  run(...args: string[]): Run {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      cwd: this.folder,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  /** Runs what must succeed and gives its JSON, having checked that nothing else was on stdout. */
  json(...args: string[]): Record<string, unknown> {
    const { status, stdout, stderr } = this.run(...args, '--json');
    if (status !== 0 || stdout.trimEnd().includes('\n'))
      throw new Error(`${args.join(' ')}: ${status} ${stdout}${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  files(): string[] {
    return readdirSync(this.folder).sort();
  }

  bytes(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  async write(name: string, values: FloatArray, shape: readonly number[], more: WriteMore = {}): Promise<void> {
    const dtype = values instanceof Float32Array ? 'float32' : 'float64';
    await writeSlices(this.path(name), { dtype, shape, ...more }, [values]);
  }

  async values(name: string): Promise<FloatArray> {
    const source = await openSource(this.path(name));
    try {
      return source.read().data;
    } finally {
      source.close();
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface WriteMore {
  readonly name?: string;
  readonly dimensions?: readonly string[];
  readonly attributes?: Readonly<Attributes>;
  readonly endian?: 'little' | 'big';
}

/** The CPU, on which every machine gives the same file. */
export const onCpu = ['--device', 'cpu', '--threads', '2'];

/** A smooth field with a range of about 60; each slice differs. */
export function waves(slices: number, rows: number, columns: number): Float32Array {
  return Float32Array.from({ length: slices * rows * columns }, (_, i) => {
    const [slice, row, column] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
    return 270 + 30 * Math.sin(row / 7 + slice) * Math.cos(column / 9) + 0.1 * slice;
  });
}

export function largestDifference(a: FloatArray, b: FloatArray): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}
