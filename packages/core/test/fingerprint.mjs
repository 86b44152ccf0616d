// Prints hashes of what this machine writes, and of the values that it reads back: the same line everywhere is what makes a file portable.
import { createHash } from 'node:crypto';
import { compress, decompress, dispose } from '@fieldzip/core';

const hash = bytes => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
const threads = Number(process.argv[2] ?? 1);
const slices = [
  [40, 56, 2],
  [40, 56, 9],
  [192, 288, 5.4],
  [17, 300, 4],
  [3, 5, 7],
];
// Large enough for the encoder to decode only windows of it.
const large = [[616, 904, 4]];
for (const [rows, columns, quality] of process.argv[3] === 'large' ? large : slices) {
  const data = Float32Array.from(
    { length: rows * columns },
    (_, i) => Math.fround(((i * i) % 977) / 97) + Math.abs((i % columns) - 20) + Math.floor(i / columns) / 3,
  );
  const bytes = await compress({ data, shape: [rows, columns] }, { device: 'cpu', threads, quality });
  const field = await decompress(bytes, { device: 'cpu', threads });
  console.log(rows, columns, quality, hash(bytes), hash(new Uint8Array(field.data.buffer)));
}
const data = Float32Array.from({ length: 90 * 150 }, (_, i) => Math.fround(((i * i) % 977) / 97) + (i % 150));
const targets = [
  { abs: 0.01, codec: 'predict' },
  { abs: 5, codec: 'predict' },
  { psnr: 70, codec: 'predict' },
  { abs: 0.3, codec: 'wavelet' },
  { psnr: 60, codec: 'wavelet' },
  { rel: 0.003 },
  { lossless: true },
  { pwRel: 1e-3 },
  { bpp: 2 },
];
for (const target of targets) {
  const bytes = await compress({ data, shape: [90, 150] }, { threads, ...target });
  const field = await decompress(bytes, { threads });
  console.log(JSON.stringify(target), hash(bytes), hash(new Uint8Array(field.data.buffer)));
}
await dispose();
