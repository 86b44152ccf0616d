import { measure, type Target } from '@fieldzip/core';
import { expect, test } from 'vitest';
import { shortfall } from '../src/measure.js';

const values = Float64Array.of(-2, 0, 1, 4, -9999);
const fills = [-9999];

function found(target: Target, changes: Record<number, number>, bytes = 10): string | undefined {
  const data = values.map((value, i) => changes[i] ?? value);
  return shortfall(target, values, data, measure(values, data, fills), bytes, fills);
}

test.each<[Target, Record<number, number>, boolean]>([
  [{ kind: 'abs', abs: 0.5 }, { 0: -2.5 }, true],
  [{ kind: 'abs', abs: 0.5 }, { 0: -2.6 }, false],
  [{ kind: 'pw-rel', pwRel: 0.5 }, { 0: -3, 3: 2 }, true],
  [{ kind: 'pw-rel', pwRel: 0.5 }, { 3: 6.1 }, false],
  [{ kind: 'pw-rel', pwRel: 0.5 }, { 1: -0 }, false],
  [{ kind: 'pw-rel', pwRel: 0.99 }, { 2: -1e-9 }, false],
  [{ kind: 'lossless' }, {}, true],
  [{ kind: 'lossless' }, { 1: -0 }, false],
  [{ kind: 'bpp', bpp: 16 }, {}, true],
  [{ kind: 'bpp', bpp: 15 }, {}, false],
  [{ kind: 'ratio', ratio: 4 }, {}, true],
  [{ kind: 'ratio', ratio: 4.1 }, {}, false],
])('%j is held against what came back: %j', (target, changes, kept) => {
  expect(found(target, changes) === undefined).toBe(kept);
});
