import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onCpu, program, Workplace, waves } from './helpers.js';

const place = new Workplace();

beforeAll(async () => {
  await place.write('many.npy', waves(400, 64, 96), [400, 64, 96]);
  await place.write('air.npy', waves(1, 20, 30), [20, 30]);
});

afterAll(() => place.remove());

test.each(['SIGINT', 'SIGTERM'] as const)('%s leaves neither an output nor a temporary file', async signal => {
  const child = spawn(process.execPath, [program, 'compress', 'many.npy', '-o', 'many.fldz', ...onCpu], {
    cwd: place.folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', data => {
    said += data;
  });
  const ended = new Promise<number | null>(resolve => child.on('close', resolve));
  while (!place.files().some(name => name.endsWith('.tmp'))) await sleep(5);
  child.kill(signal);
  expect(await ended).toBe(130);
  expect(said.trim()).toBe('fieldzip: Interrupted; no unfinished output is left.');
  expect(place.files()).toEqual(['air.npy', 'many.npy']);
});

test('an output that exists is kept, unless --force replaces it', () => {
  writeFileSync(place.path('air.fldz'), 'precious');
  expect(place.run('compress', 'air.npy', '-o', 'air.fldz', ...onCpu).status).toBe(6);
  expect(readFileSync(place.path('air.fldz'), 'utf8')).toBe('precious');
  expect(place.run('compress', 'air.npy', '-o', 'air.fldz', '--force', ...onCpu).status).toBe(0);
  expect(place.run('info', 'air.fldz').status).toBe(0);
});

test('a failure half-way keeps the older output', () => {
  const bytes = readFileSync(place.path('air.fldz'));
  bytes[bytes.length - 10]! ^= 0xff;
  writeFileSync(place.path('bad.fldz'), bytes);
  writeFileSync(place.path('back.npy'), 'older');
  expect(place.run('decompress', 'bad.fldz', '-o', 'back.npy', '--force', ...onCpu).status).toBe(4);
  expect(readFileSync(place.path('back.npy'), 'utf8')).toBe('older');
  expect(place.files().filter(name => name.endsWith('.tmp'))).toEqual([]);
});

test('a reader that stops reading is no failure', async () => {
  const child = spawn(process.execPath, [program, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let said = '';
  child.stderr.on('data', data => {
    said += data;
  });
  expect(await new Promise(resolve => child.on('close', resolve))).toBe(0);
  expect(said).toBe('');
});
