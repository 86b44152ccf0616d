import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { compress, decompress, dispose, info } from '@fieldzip/core';
import { afterAll, describe, expect, it } from 'vitest';
import { goldenFiles } from './golden-fields.mjs';

afterAll(dispose);

/** A slice of 30 x 41 at quality 7, written when the model was committed; to be written anew only with a new model, before a release has carried the old one. */
const written =
  'xkxEWgEQCAGITDNqVQO12AIeKQIABwMbqQLfBQAAAAAAAADEQjUASBUBS//qrIEG+f9d/HGo+H/W/ogMSocB4X8fAMnd8v+NX2Dc+X/Q' +
  'EDm/DZHgcOGDohUIq8EYZsYpRbbCONS5uHITIrZku+8d7sIMwDo/5Th894yRQC1DHNi1cps5xOEpALvu/It0Hb9tRc0PHORFoK7bAYAB' +
  'AAP1/f+DAf//idD2/7Z/U3/6fwgA/H/v//Z/63+Gfej/iAluKkm18+SD/IMAAQAAgOf/sH/kf7n/9//pf+V/+/8GzLNOYr6ZbAAAAQD/' +
  '/wPx7//Ef35+9v/l/+b/538GS2LGLNJEX4MV+//9/4MA/n8H2LR/vf+AfoLm5X/l////gvyGU2HL1Kdv9ZL/1AMmhvv/ShGxhHSQB4QN' +
  'PKmLRwGJ6FSmfii8RRGGYM6xQWw9KTR5y8pA83KABisK5YExB/UTggtkEKtDRLgsMZE8Rr8MvHE7pzbYQP2xStrVpo8EDsEIz5xKiVq7' +
  'qrim2L3uweKxClQFLp06nK+o0wAh/VL2qaM/5aqqy7TpbvYCXlCkRbRQJa0LZQsty3fjlYozIv7COTIGyNmBcxDDPSaYVT4XbavKWkMy' +
  'PypB6D7XwNm+XNcwsu37QcbARWiizMD3zLjB/f/2/4P9Bf2H//r/B/0JcCABDgA2gDYA/H/3/pt/qX/ef4h/UXYbcf5/BOhTvvRHBfWD' +
  'ifP//v8H/QcECgASABCAEID2/8F/vn/3/7l2pf98xxVFg/6DifP//v8H9QfMcgARAD6AAQDdf8b/xX+EJ6LdQnUkLR3Ohcn+//L/BfuH' +
  'mfj/B0YOgBCA/X+D97l/tn+/f4bRcrbEeQDZdMMszdGATYD8/wngYIF0ga6CCaTiLDmINoWHPJ8puxp+wUm2+L3hvPXM7NEigzoAiYKW' +
  'ghuIwoTFh8mLqLiATm82pzwJv3XClsl5ZL6/9amIgU5JZVhBwmsmL57FOJng072dK10/3kKybyK//a3mTfi/r+Y=';

it('a file of the hyperprior codec keeps decoding', async () => {
  const bytes = new Uint8Array(Buffer.from(written, 'base64'));
  expect(info(bytes)).toMatchObject({ codec: 'hyperprior', shape: [30, 41], target: { kind: 'quality', quality: 7 } });
  const { data } = await decompress(bytes, { device: 'cpu' });
  // Integers of the entropy model that differ anywhere would leave noise; the last bits of the values may differ between machines.
  data.forEach((value, i) => {
    const original = Math.abs((i % 41) - 17) * 3 + ((Math.floor(i / 41) * 7) % 30);
    expect(Math.abs(value - original)).toBeLessThan(0.63);
  });
});

/** Files in golden/, and hashes of their values; write-golden.mjs writes new ones and prints these lines. */
const files: readonly [keyof typeof goldenFiles, string][] = [
  ['predict-slice-rel.fldz', '0e836abba70ed566'],
  ['predict-slice-lossless.fldz', 'f6f6596e9ff05927'],
  ['tiles-predict-abs.fldz', 'a3675b2c477785ad'],
  ['tiles-predict-pointwise.fldz', '4835031beedce9d6'],
  ['tiles-predict-lossless.fldz', 'b5120bab36ab372d'],
  ['tiles-wavelet-abs.fldz', '02f7c7bb0b5c5d53'],
  ['tiles-wavelet-psnr.fldz', '0544ef940bfe8af3'],
  ['tiles-wavelet-trellis-abs.fldz', '0376ed144ab86d51'],
  ['tiles-wavelet-trellis-psnr.fldz', 'f4fd187b538f2abf'],
  ['tiles-wavelet-lattice.fldz', '8e4f1fb4cbb446e7'],
  ['tiles-bands-abs.fldz', '5da67e08e49639b0'],
  ['tiles-bands-psnr.fldz', 'f3e75e1a874b6aa7'],
  ['tiles-bands-strips.fldz', '9b1c562306148b98'],
  ['tiles-bands-passes.fldz', '068a950090dd7bf8'],
  ['tiles-tables-abs.fldz', '797ad67c22f9a950'],
  ['tiles-tables-psnr.fldz', '6da1cf3bcc23efb0'],
  ['tiles-tables-strips.fldz', '6313e0d36e97a698'],
  ['tiles-tables-present.fldz', '95c569ba8e34f88d'],
  ['tiles-tables-present-abs.fldz', '6dcf37d7672027ee'],
  ['tiles-tables-restored.fldz', 'c5b1aedca5763940'],
  ['tiles-tables-restored-four.fldz', '3a9b86bfbcc45f78'],
  ['tiles-tables-brief.fldz', '74470a9e38f4524a'],
  ['tiles-tables-quick.fldz', '1a5a5534c8dd52a6'],
  ['tiles-predict-network.fldz', '7a0096fdb10e1924'],
  ['tiles-predict-lockstep.fldz', 'ca13ff083728db64'],
  ['tiles-predict-strips.fldz', '87e2e5d3628aceef'],
  ['tiles-predict-deep.fldz', '250d4feb7861cc75'],
  ['tiles-advised-abs.fldz', '9bbdfbcb444bc3b3'],
  ['tiles-interpolated-abs.fldz', '0dde22d53c8078ce'],
  ['tiles-interpolated-double.fldz', 'e1872af81ee25f4d'],
  ['tiles-predict-wide.fldz', 'd33c2f32204d9f1c'],
  ['tiles-predict-two.fldz', 'bebb2a2ae99bf5aa'],
];

describe('a file of exact arithmetic keeps decoding, to the same bits on every machine', () => {
  it.each(files)('%s', async (name, hash) => {
    const bytes = new Uint8Array(readFileSync(new URL(`golden/${name}`, import.meta.url)));
    const { data, shape } = await decompress(bytes, { device: 'cpu' });
    expect(shape).toEqual(goldenFiles[name].field.shape);
    expect(
      createHash('sha256')
        .update(new Uint8Array(data.buffer as ArrayBuffer))
        .digest('hex')
        .slice(0, 16),
    ).toBe(hash);
    if (info(bytes).target.kind === 'lossless') expect(data).toEqual(goldenFiles[name].field.data);
  });

  it('and today the same fields are written in tiles', async () => {
    for (const { field, target } of Object.values(goldenFiles).slice(0, 2)) {
      expect(info(await compress(field, { device: 'cpu', ...target })).codec).toBe('tiles');
    }
  });
});
