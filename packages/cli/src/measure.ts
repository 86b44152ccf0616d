import { ErrorMeter, type FieldData, type Metrics, type Target } from '@fieldzip/core';

/** Errors of each slice and of all of them; each slice is held against its own value range, and all against their common one. */
export interface Measured {
  readonly slices: readonly Metrics[];
  readonly all: Metrics;
}

/** @param each told of every slice, for what metrics do not say */
export async function measureSlices(
  original: (index: number) => FieldData,
  decoded: AsyncIterable<{ index: number; data: FieldData }>,
  fillValues: readonly number[],
  each?: (index: number, values: FieldData, data: FieldData, metrics: Metrics) => void,
): Promise<Measured> {
  const overall = new ErrorMeter(fillValues);
  const slices: Metrics[] = [];
  for await (const { index, data } of decoded) {
    const values = original(index);
    overall.add(values, data);
    const own = new ErrorMeter(fillValues);
    own.add(values, data);
    const metrics = own.result();
    slices[index] = metrics;
    each?.(index, values, data, metrics);
  }
  return { slices, all: overall.result() };
}

/**
 * How a decoded slice misses what was asked for, in the rest of a sentence; undefined if it does not.
 * @param bytes what it takes in the file
 */
export function shortfall(
  target: Target,
  values: FieldData,
  data: FieldData,
  metrics: Metrics,
  bytes: number,
  fillValues: readonly number[],
): string | undefined {
  const { maxAbsError, range, minimum, maximum, psnr } = metrics;
  if (metrics.values === 0 && target.kind !== 'bpp' && target.kind !== 'ratio') return undefined;
  switch (target.kind) {
    case 'abs':
      return maxAbsError <= target.abs ? undefined : `is off by ${maxAbsError}`;
    case 'rel': {
      // A value range beyond the largest double is halved.
      const bound = Number.isFinite(range) ? target.rel * range : target.rel * maximum - target.rel * minimum;
      return maxAbsError <= bound ? undefined : `is off by ${maxAbsError}, and ${bound} is allowed`;
    }
    case 'pw-rel': {
      const worst = worstShare(values, data, target.pwRel, fillValues);
      return worst === undefined ? undefined : `gives ${worst.found} for ${worst.value}`;
    }
    case 'psnr':
      // NaN where squares leave the range of a double, and nothing can be said.
      return psnr < target.psnr && maxAbsError > 0 ? `has ${psnr} dB` : undefined;
    case 'lossless':
      return sameBits(values, data) ? undefined : 'did not come back bit for bit';
    case 'bpp':
      return 8 * bytes <= target.bpp * values.length * (1 + 1e-12) ? undefined : `takes ${Math.ceil(bytes)} bytes`;
    case 'ratio':
      return bytes * target.ratio <= values.byteLength * (1 + 1e-12) ? undefined : `takes ${Math.ceil(bytes)} bytes`;
    case 'quality':
      return undefined;
  }
}

function worstShare(values: FieldData, data: FieldData, share: number, fillValues: readonly number[]) {
  const fills = new Set(values instanceof Float32Array ? fillValues.map(Math.fround) : fillValues);
  for (let i = 0; i < values.length; i++) {
    const [value, found] = [values[i]!, data[i]!];
    if (!Number.isFinite(value) || fills.has(value)) continue;
    const kept = value === 0 ? Object.is(value, found) : Math.sign(found) === Math.sign(value);
    if (!(kept && Math.abs(found - value) <= share * Math.abs(value))) return { value, found };
  }
  return undefined;
}

function sameBits(a: FieldData, b: FieldData): boolean {
  const bytes = (data: FieldData) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes(a).equals(bytes(b));
}
