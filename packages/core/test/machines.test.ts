import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

function fingerprint(threads: number, optimisation?: string, slices = 'small'): string {
  const script = new URL('./fingerprint.mjs', import.meta.url).pathname;
  return execFileSync(process.execPath, [script, String(threads), slices], {
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

  // On more threads a few logarithms of a large slice differ in their last bit: ONNX Runtime computes those at the ends of a thread's share in another way.
  it('of a large slice on 1 and 2 threads, and with graph optimisation disabled', () => {
    const expectedOfLarge = fingerprint(1, undefined, 'large');
    expect(fingerprint(2, undefined, 'large')).toBe(expectedOfLarge);
    expect(fingerprint(1, 'disabled', 'large')).toBe(expectedOfLarge);
  });
});
