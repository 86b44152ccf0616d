import { describe, expect, it } from 'vitest';
import { errorsOf } from '../src/errors.js';

describe('errorsOf', () => {
  it('measures an error worked out by hand', () => {
    const errors = errorsOf(Float32Array.of(0, 2, 4, 10), [1, 2, 5, 10], 10);
    expect(errors.maxError).toBe(1);
    expect(errors.npme).toBe(0.1);
    expect(errors.bias).toBe(0.5);
    expect(errors.deviation).toBe(0.5);
    // MSE = 2 / 4, R = 10: 10 log10(100 / 0.5)
    expect(errors.psnr).toBeCloseTo(23.0103, 4);
  });

  it('counts present values only, and missing ones that came back otherwise', () => {
    const errors = errorsOf(Float32Array.of(Number.NaN, 1, 2, Number.NaN), [Number.NaN, 1, Number.NaN, 7], 1);
    expect(errors.missingDiffer).toBe(2);
    expect(errors.maxError).toBe(0);
    expect(errors.psnr).toBeNull();
  });

  it('refuses a slice of another length', () => {
    expect(() => errorsOf(Float32Array.of(1, 2), [1], 1)).toThrow('1 values came back of 2');
  });
});
