// The fields of the golden files, in integer arithmetic and exact quotients, so that every machine makes the same.

function field(rows, columns, valueAt, Type = Float32Array) {
  const data = new Type(rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = valueAt(Math.floor(i / columns), i % columns);
  return { data, shape: [rows, columns] };
}

const hills = (y, x) => 250 + (Math.abs(x - 17) * 3 + ((y * 7) % 30)) / 8 + (((x * x + 3 * y * x) % 97) - 48) / 64;
const wide = (y, x) => ((x * y) % 13 === 0 ? 0 : (x % 2 ? -1 : 1) * 2 ** (y - 20) * (1 + x / 64));

/** Parabolas up and down. */
const arcs = (n, period) => (n % period) * (period - (n % period)) * (n % (2 * period) < period ? 1 : -1);

const swell = (y, x) => (y * y * (x - 40)) / 64 + (x * (x - 90) * (y + 3)) / 128;

/** By the name of the file: the field, what it was asked to be, and since when such files are written. */
export const goldenFiles = {
  // Whole slices by the predict codec (codec 3): written before there were tiles, and never again.
  'predict-slice-rel.fldz': { field: field(30, 41, hills), target: { rel: 1e-3 }, frozen: true },
  'predict-slice-lossless.fldz': { field: field(30, 41, wide, Float64Array), target: { lossless: true }, frozen: true },
  // Tiles (codec 4).
  'tiles-predict-abs.fldz': {
    field: field(30, 41, (y, x) => (x < 3 ? Number.NaN : hills(y, x))),
    target: { abs: 0.05 },
  },
  'tiles-predict-pointwise.fldz': { field: field(40, 33, wide), target: { pwRel: 1e-2 } },
  'tiles-predict-lossless.fldz': { field: field(21, 34, wide, Float64Array), target: { lossless: true } },
  // By the wavelet codec: with corrections, and without; double values and missing ones.
  'tiles-wavelet-abs.fldz': {
    field: field(37, 50, (y, x) => (x < 3 ? Number.NaN : hills(y, x)), Float64Array),
    target: { abs: 0.4, codec: 'wavelet' },
  },
  'tiles-wavelet-psnr.fldz': { field: field(45, 61, hills), target: { psnr: 45, codec: 'wavelet' } },
  // The same, quantised by a trellis, as at best effort.
  'tiles-wavelet-trellis-abs.fldz': {
    field: field(37, 50, (y, x) => (x < 3 ? Number.NaN : hills(y, x)), Float64Array),
    target: { abs: 0.1, codec: 'wavelet', effort: 'best' },
  },
  'tiles-wavelet-trellis-psnr.fldz': {
    field: field(45, 61, hills),
    target: { psnr: 60, codec: 'wavelet', effort: 'best' },
  },
  // By interpolation with networks, some missing.
  'tiles-advised-abs.fldz': {
    field: field(90, 110, (y, x) => (x < 9 + y / 8 ? Number.NaN : swell(y, x) + ((x * x + 3 * y * x) % 97))),
    target: { abs: 60, codec: 'predict' },
  },
  // On a lattice of its own, which the values are taken from.
  'tiles-wavelet-lattice.fldz': {
    field: field(52, 47, (y, x) => (x > 43 ? Number.NaN : Math.round(hills(y, x) * 4) / 8)),
    target: { abs: 0.02, codec: 'wavelet' },
  },
  // Its coefficients in bands: double values and missing ones; without corrections; in two strips; and in passes, beside bands.
  'tiles-bands-abs.fldz': {
    field: field(97, 150, (y, x) => (x < 3 ? Number.NaN : hills(y, x)), Float64Array),
    target: { abs: 0.05, codec: 'wavelet' },
    frozen: true,
  },
  'tiles-bands-psnr.fldz': { field: field(45, 61, hills), target: { psnr: 45, codec: 'wavelet' }, frozen: true },
  'tiles-bands-strips.fldz': {
    field: field(520, 530, (y, x) => ((x >> 4) * 3 + (y >> 5) * 7) % 50),
    target: { psnr: 20, codec: 'wavelet' },
    frozen: true,
  },
  'tiles-bands-passes.fldz': {
    field: field(91, 120, (y, x) => 1000 / (60 + x + y / 7.3 + ((y * x * x) % 97) / 970), Float64Array),
    target: { abs: 1e-3, codec: 'wavelet', effort: 'best' },
    frozen: true,
  },
  // By tables: within a bound, with quiet steps and details that were moved; double values and no corrections, by a trellis; in two
  // strips; and without coefficients where values are missing.
  'tiles-tables-abs.fldz': {
    field: field(150, 131, (y, x) => (y > 70 ? 0.01 * hills(y, x) : hills(y, x))),
    target: { abs: 0.2, codec: 'wavelet' },
  },
  'tiles-tables-psnr.fldz': { field: field(45, 61, hills, Float64Array), target: { psnr: 95, codec: 'wavelet' } },
  'tiles-tables-strips.fldz': {
    field: field(520, 530, (y, x) => (((x >> 4) * 3 + (y >> 5) * 7) % 50) + Math.fround(hills(y, x))),
    target: { psnr: 40, codec: 'wavelet' },
  },
  'tiles-tables-present.fldz': {
    field: field(97, 150, (y, x) =>
      (x - 50) * (x - 50) + 2 * (y - 40) * (y - 40) < 900 || y * x > 11000 || (x * 7 + y * 3) % 61 === 0
        ? Number.NaN
        : hills(y, x),
    ),
    target: { psnr: 80, codec: 'wavelet' },
  },
  'tiles-tables-present-abs.fldz': {
    field: field(
      66,
      80,
      (y, x) => (x % 19 > 11 && y > 9 ? Number.NaN : swell(y, x) + ((x * x + 3 * y * x) % 97)),
      Float64Array,
    ),
    target: { abs: 0.02, codec: 'wavelet' },
  },
  // Restored by a filter; doubles by four; and a large tile that is quick, restored by four, with corrections in two halves.
  'tiles-tables-restored.fldz': {
    field: field(90, 110, (y, x) => arcs(3 * x + y, 37) / 16 + arcs(2 * y + 5 * x, 53) / 32),
    target: { psnr: 60, codec: 'wavelet' },
  },
  'tiles-tables-restored-four.fldz': {
    field: field(220, 190, (y, x) => arcs(x, 5) + arcs(y, 7) + arcs(x + 2 * y, 11) / 4, Float64Array),
    target: { psnr: 55, codec: 'wavelet' },
  },
  // A large one of few coefficients, by one state.
  'tiles-tables-brief.fldz': {
    field: field(700, 800, (y, x) => arcs(x, 130) + arcs(2 * y + x, 170)),
    target: { psnr: 30, codec: 'wavelet' },
  },
  'tiles-tables-quick.fldz': {
    field: field(1024, 770, (y, x) => arcs(x, 5) + arcs(y, 7)),
    target: { rel: 1e-2, codec: 'wavelet' },
  },
  // With the predict codec's network.
  'tiles-predict-network.fldz': { field: field(90, 120, hills), target: { abs: 0.2, codec: 'predict' } },
  // In lockstep: with missing values, and in two strips.
  'tiles-predict-lockstep.fldz': {
    field: field(66, 150, (y, x) =>
      x > 140 || (y > 20 && y * x < 500) ? Number.NaN : Math.round(hills(y, x) * 4) / 4,
    ),
    target: { lossless: true },
  },
  'tiles-predict-strips.fldz': {
    field: field(100, 5300, (y, x) => ((x >> 7) * 3 + (y >> 4)) % 50),
    target: { lossless: true },
  },
  // Where many bits are left of a value.
  'tiles-predict-deep.fldz': {
    field: field(66, 150, (y, x) => (x > 145 || (y > 20 && y * x < 500) ? Number.NaN : hills(y, x) * (1 + y / 200))),
    target: { rel: 1e-5, codec: 'predict' },
  },
  // By interpolation: with floats inside and with doubles.
  'tiles-interpolated-abs.fldz': {
    field: field(60, 83, (y, x) => (x < 3 || y * x === 600 ? Number.NaN : hills(y, x))),
    target: { abs: 0.2, effort: 'fast' },
  },
  'tiles-interpolated-double.fldz': {
    field: field(91, 120, (y, x) => 1000 / (60 + x + y / 7.3 + ((y * x * x) % 97) / 970), Float64Array),
    target: { abs: 1e-4, effort: 'fast', codec: 'predict' },
  },
  // On a lattice of more points than 32 bits can name.
  'tiles-predict-wide.fldz': {
    field: field(
      30,
      41,
      (y, x) => (x < 3 ? Number.NaN : 1000 / (60 + x + y / 7.3 + ((y * x * x) % 97) / 970)),
      Float64Array,
    ),
    target: { rel: 1e-12, codec: 'predict' },
  },
  'tiles-predict-two.fldz': { field: field(2, 600_000, (_, x) => (x >> 12) % 100), target: { abs: 0.4 } },
};
