import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

function fingerprint(threads: number, optimisation?: string): string {
  return execFileSync(process.execPath, [new URL('./fingerprint.mjs', import.meta.url).pathname, String(threads)], {
    encoding: 'utf8',
    env: { ...process.env, ...(optimisation && { FIELDZIP_GRAPH_OPTIMISATION: optimisation }) },
  });
}

describe('bytes written and values read are the same', () => {
  const expected = fingerprint(1);

  it.each(['disabled', 'basic'])("with ONNX Runtime's graph optimisation %s", optimisation => {
    expect(fingerprint(1, optimisation)).toBe(expected);
  });

  it.each([2, 3, 7])('on %i threads', threads => {
    expect(fingerprint(threads)).toBe(expected);
  });
});
