import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { compress, decompress, dispose, info } from '@fieldzip/core';
import { afterAll, describe, expect, it } from 'vitest';
import { goldenFiles } from './golden-fields.mjs';

afterAll(dispose);

/** A slice of 30 x 41 at quality 7, written when the model was committed. */
const written =
  'xkxEWgEQCAHjtF5/LTxeJQIeKQIABxeIiCfpBQAAAAAAAADEQh8AmRcB6OUCAFLF84G0/4VoQ+Dtf8X9yIW6BwHB/0SjkV0LFfIa' +
  '8/+Is4UBtS+WEBvilFyk/wjUEzlq+PgGM0t8PIIBVzKlha+SZkV2IiPBudREvqdzVpFZL0CdisMuG0RENrO9Pyq7zDtQPe8n6b4T' +
  'NeRLRYztYAMAAwADgPv/idHff+9+9/7+fwj5gv3x//N//H8G9Ij6tRrnUVqyyGwCgAIAFwADgKr/p3+z//V/9H/0f/z/BnDSzls1' +
  'cEgCAAQAGQD//4Pfq3+hf97/9X/1//T//f8G3VtLyj1H6QOAAgATgPp/h4Cq/6d///+C5fX///+C/wT7CKVQVi8yvDNUbut+hwjP' +
  'jAfKeTR9CgoUBzA7D3UP/P8HvpCzpsy8RSJF9UCBQLfA/7SZwI+4pGeyCKqMcwXQhc0jB4qRjl05rjA2rt43/r+JQh86IMhFs1nK' +
  'EJmIVYEwMq6bQcErlCmAKWJR3VLertJFKUoow5Cem9MgMhjB1jVg10KwjVjZXKKwUcOSQpPNwcPX8R+oRKs8vaQI0cHVFxe52tu6' +
  'vys1yAK3sLGtarg/v30aeMZsRTlNxcO1QXXAU8DTwAu/L78bNV/MIjUiF3EkiEEJVWFC8kOzywWA+3/+/4X6hfwJZIIBIABfgFkA' +
  'h3Hv/tn/3X/xf/z/Qkau9P//gjmayoM3/LcFAPt/+/8F9QeqGQAUAFmAGQD1f9f/83/6fzTw0Pe3O9hCBTkFgPt/+/8F/wcGywAT' +
  'gEaAFYDa/91/2n+E58XWffkBM5jDBlT//4P/g/6FAPL/h0oWABaA//+D8eN/4X/0f/7/Y8he+ft/Ec+wUeGEU4H7/wkJb4JyAomG' +
  'h4dZBE0HXIIHX0yvs76fAIo7XUK5OY+yMrDRBDaBG4Q0BAiH2oa4ihABVEGzN+RB+8I5xFaQ4WRtUeM9RbN3rrjbslYEWq4/gq+P' +
  'z9a8AdQNvQ6pM6pUM9VTvEKivosby7IuHTE+';

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
