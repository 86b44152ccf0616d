import type { Field, FieldData } from '../src/field.js';

/** A reproducible generator of numbers in [0, 1) (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A slice like those of the atmosphere: waves of many lengths, the long ones strongest. */
export function waves(
  rows: number,
  columns: number,
  seed = 1,
  Type: typeof Float32Array | typeof Float64Array = Float32Array,
): Field {
  const random = randomNumbers(seed);
  const modes = Array.from({ length: 40 }, (_, i) => {
    const k = 0.02 * 1.15 ** i;
    const angle = 2 * Math.PI * random();
    return { a: k * Math.cos(angle), b: k * Math.sin(angle), phase: 2 * Math.PI * random(), size: k ** -1.2 };
  });
  const data = new Type(rows * columns);
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / columns);
    const column = i % columns;
    let value = 280;
    for (const { a, b, phase, size } of modes) {
      value += 0.2 * size * Math.cos(a * row + b * column + phase);
    }
    data[i] = value;
  }
  return { data, shape: [rows, columns] };
}

/** The values' bit patterns, to compare NaN and signed zeros too. */
export function bits(data: FieldData): Uint32Array {
  return new Uint32Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength / 4);
}
