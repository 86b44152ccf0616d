// Fields that codecs stumble over, every target at random, and what of each promise was not kept: for the suite at a small size, for ten-million.mjs in full.
import { compress, decompress } from '@fieldzip/core';

/** A reproducible generator of numbers in [0, 1) (mulberry32). */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Each gives the value at a row and a column; `f32` says which type it will be. */
export const kinds = {
  noise: random => random(),
  'signed noise': random => random() - 0.5,
  'huge ranges': (random, _y, _x, f32) => (random() - 0.5) * 10 ** ((f32 ? 76 : 600) * random() - (f32 ? 38 : 300)),
  'the largest numbers': (random, _y, _x, f32) =>
    (random() < 0.5 ? -1 : 1) * (f32 ? 3.4028234e38 : 1.7976931348623157e308),
  denormals: (random, _y, _x, f32) => (Math.floor(random() * 1000) - 500) * (f32 ? 1.5e-45 : 5e-324),
  'around the least normal': (random, _y, _x, f32) => (f32 ? 2 ** -126 : 2 ** -1022) * (4 * random() - 2),
  'single spikes': random => (random() < 0.01 ? 1e30 : random()),
  checkerboards: (_, y, x) => ((x + y) % 2) * 3.3 - 1,
  steps: (_, y, x) => Math.floor((x + 3 * y) / 50) * 1e-3,
  'almost constant': random => (random() < 0.001 ? 7.000001 : 7),
  integers: random => Math.floor(random() * 300) - 100,
  'two decimals': random => Math.round(random() * 10000) / 100,
  'signed zeros': random => (random() < 0.5 ? -0 : 0) + (random() < 0.1 ? 1 : 0),
  'mostly zero': random => (random() < 0.9 ? 0 : random() ** 8),
  'a large offset': random => 1e7 + random(),
  smooth: (_, y, x) => Math.sin(y / 9) * Math.cos(x / 13) + 1e-3 * Math.sin(x * y),
  'missing among them': random =>
    random() < 0.1 ? [Number.NaN, Infinity, -Infinity][Math.floor(random() * 3)] : random() - 0.3,
  'any bit pattern': (random, _y, _x, f32) => anyPattern(random, f32),
  'mostly missing': random => (random() < 0.97 ? Number.NaN : random()),
};

const pattern = new DataView(new ArrayBuffer(8));
/** Every other one is of the kind that makes NaN and infinities. */
function anyPattern(random, f32) {
  const high = (random() * 2 ** 32) | (random() < 0.5 ? 0x7ff00000 : 0);
  pattern.setUint32(0, high);
  pattern.setUint32(4, random() * 2 ** 32);
  return f32 ? pattern.getFloat32(0) : pattern.getFloat64(0);
}

const between = (random, low, high) => low + (high - low) * random();
const targets = {
  abs: (random, range) => Math.min(1e300, Math.max(Number.MIN_VALUE, range * 10 ** between(random, -16, 1))),
  rel: random => 10 ** between(random, -16, 0),
  pwRel: random => 10 ** between(random, -13, -0.01),
  psnr: random => between(random, 10, 300),
  bpp: random => 10 ** between(random, -1, 1.7),
  ratio: random => 10 ** between(random, 0, 2.5),
  lossless: () => true,
};

/** Runs random cases until so many values have been through; gives what was not kept, as sentences. */
export async function violations({ values, seed, side = 60, options = {}, onCase = () => {} }) {
  const random = randomNumbers(seed);
  const pick = list => list[Math.floor(random() * list.length)];
  const found = [];
  let [done, cases, refused] = [0, 0, 0];
  while (done < values) {
    const kind = pick(Object.keys(kinds));
    const Type = pick([Float32Array, Float64Array]);
    const [rows, columns] = [1 + Math.floor(side * random()), 1 + Math.floor(side * random())];
    const data = new Type(rows * columns);
    for (let i = 0; i < data.length; i++) {
      data[i] = kinds[kind](random, Math.floor(i / columns), i % columns, Type === Float32Array);
    }
    const range = rangeOf(data);
    // A slice of more than 255 different NaN is for lossless alone.
    const name = kind === 'any bit pattern' ? 'lossless' : pick(Object.keys(targets));
    const target = { [name]: targets[name](random, range > 0 && Number.isFinite(range) ? range : 1) };
    const effort = pick(['fast', 'balanced', 'best']);
    const codec = pick(['auto', 'auto', 'auto', 'wavelet', 'wavelet', 'predict', 'predict', 'hyperprior']);
    const what = `${kind}, ${Type.name}, ${rows} x ${columns}, ${JSON.stringify(target)}, ${codec}, ${effort}, seed ${seed}, case ${cases}`;
    try {
      const bytes = await compress({ data, shape: [rows, columns] }, { ...options, ...target, codec, effort });
      const restored = await decompress(bytes, options);
      const missed = shortfall(data, restored.data, name, target[name], range, bytes.length);
      if (missed !== undefined) found.push(`${what}: ${missed}`);
    } catch (error) {
      if (error.code === 'target' && (name === 'bpp' || name === 'ratio')) refused++;
      else found.push(`${what}: ${error.stack}`);
    }
    done += data.length;
    cases++;
    onCase(done, cases);
  }
  return { found, cases, refused, values: done };
}

function rangeOf(data) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high - low;
}

function shortfall(data, restored, name, amount, range, bytes) {
  let [largest, count, squares] = [0, 0, 0];
  const [before, after] = [data, restored].map(values => new Uint32Array(values.buffer));
  const words = data.BYTES_PER_ELEMENT / 4;
  const differs = i =>
    before[i * words] !== after[i * words] || before[(i + 1) * words - 1] !== after[(i + 1) * words - 1];
  for (let i = 0; i < data.length; i++) {
    const [value, back] = [data[i], restored[i]];
    if (!Number.isFinite(value)) {
      if (differs(i)) return `${value} became ${back} at ${i}`;
      continue;
    }
    const error = Math.abs(back - value);
    if (Number.isNaN(error)) return `${value} became ${back} at ${i}`;
    count++;
    largest = Math.max(largest, error);
    squares += (error / range) ** 2;
    if (name === 'lossless' && differs(i)) return `${value} became ${back} at ${i}`;
    if (name === 'pwRel') {
      const kept = value === 0 ? Object.is(value, back) : Math.sign(value) === Math.sign(back);
      if (!kept || !(error <= amount * Math.abs(value))) return `${value} became ${back} at ${i}`;
    }
  }
  if (name === 'abs' && !(largest <= amount)) return `an error of ${largest}`;
  if (name === 'rel' && count > 0 && Number.isFinite(range) && !(largest <= amount * range)) {
    return `an error of ${largest} with a range of ${range}`;
  }
  if (name === 'psnr' && largest > 0 && Number.isFinite(range)) {
    const psnr = -10 * Math.log10(squares / count);
    if (!(psnr >= amount)) return `${psnr} dB`;
  }
  if (name === 'bpp' && 8 * bytes > amount * data.length) return `${bytes} bytes`;
  if (name === 'ratio' && bytes * amount > data.byteLength * (1 + 1e-12)) return `${bytes} bytes`;
  return undefined;
}
