import { describe, expect, it } from 'vitest';
import { shiftFor, strengthFor } from '../src/codecs/hyperprior/adjust.js';
import { gridOf } from '../src/codecs/hyperprior/grid.js';
import { type Linear, sampleOf } from '../src/codecs/hyperprior/sample.js';
import { randomNumbers } from './fields.js';

/** A network whose correction is known everywhere, and how many values it was asked for. */
function knownNetwork(correctionOf: (linear: number) => number) {
  const asked = { values: 0 };
  const decode = async (linear: Float32Array) => {
    asked.values += linear.length;
    return linear.map(correctionOf);
  };
  return { network: { decode }, asked };
}

/** A slice that its correction mends to eight tenths: the linear reconstruction errs by a fourth of its distance from 3. */
function sliceOf(rows: number, columns: number, liveliness: (row: number, column: number) => number): Linear {
  const random = randomNumbers(rows + columns);
  const grid = gridOf(rows, columns);
  const linear = Float32Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return 3 + liveliness(row, column) * (random() - 0.4);
  });
  const plane = grid.rows8 * grid.columns8;
  const missing = Uint8Array.from(linear, (_, i) => (i % 7 === 3 ? 1 : 0));
  const original = linear.map((value, i) => (missing[i] ? 1e6 : value + 0.25 * (value - 3)));
  return { linear, original, missing, y: new Float32Array(64 * plane), params: new Uint8Array(128 * plane) };
}

const mends = (linear: number) => 0.3125 * (linear - 3);
const everywhere = () => 1;
const inACorner = (row: number, column: number) => (row < 60 && column < 90 ? 1 : 0);

describe('the strength and the shift of a correction', () => {
  it.each([
    ['a small slice', 150, 131, everywhere],
    ['a large slice', 700, 1003, everywhere],
    ['a large slice that is flat but for a corner', 805, 801, inACorner],
    ['a line', 1, 70001, everywhere],
  ])('are found for %s', async (_, rows, columns, liveliness) => {
    const slice = sliceOf(rows, columns, liveliness);
    const { network, asked } = knownNetwork(mends);
    const grid = gridOf(rows, columns);
    const sample = await sampleOf(slice, grid, network);
    expect(asked.values).toBeLessThan(Math.max(0.75 * rows * columns, 64 * 8192));

    // Each value of the sample is where it belongs: correction and original are those of its linear reconstruction.
    let misplaced = 0;
    sample.linear.forEach((value, i) => {
      if (sample.weights[i]! > 0) {
        misplaced = Math.max(
          misplaced,
          Math.abs(sample.correction[i]! - mends(value)),
          Math.abs(sample.original[i]! - (value + 0.25 * (value - 3))),
        );
      }
    });
    expect(misplaced).toBeLessThan(1e-6);
    const present = slice.missing!.reduce((count, missing) => count + (missing ? 0 : 1), 0);
    const weight = sample.weights.reduce((sum, w) => sum + w, 0);
    expect(weight / present).toBeGreaterThan(0.97);
    expect(weight / present).toBeLessThan(1.03);

    const strength = strengthFor(sample);
    expect(strength).toBe(Math.round(0.8 * 128) / 128);
    // Half the correction leaves an error with a mean, which the shift takes away, over all values and not only over the sample.
    const shift = shiftFor(slice, sample, strength / 2, 1000);
    let sum = 0;
    let squares = 0;
    slice.linear.forEach((value, i) => {
      if (slice.missing![i] === 0) {
        const error = value + (strength / 2) * mends(value) + shift - slice.original[i]!;
        sum += error;
        squares += error * error;
      }
    });
    expect(Math.abs(sum / present)).toBeLessThan(0.02 * Math.sqrt(squares / present));
  });

  it('are found for a large slice of which the linear reconstruction is exact', async () => {
    const slice = sliceOf(700, 1003, () => 0);
    const sample = await sampleOf(slice, gridOf(700, 1003), knownNetwork(() => 0.5).network);
    expect(strengthFor(sample)).toBe(0);
    expect(shiftFor(slice, sample, 0, 1000)).toBe(0);
  });
});
