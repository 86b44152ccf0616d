import { ErrorMeter, type FieldData, type Metrics } from '@fieldzip/core';

/** Errors of each slice and of all of them; each slice is held against its own value range, and all against their common one. */
export interface Measured {
  readonly slices: readonly Metrics[];
  readonly all: Metrics;
}

export async function measureSlices(
  original: (index: number) => FieldData,
  decoded: AsyncIterable<{ index: number; data: FieldData }>,
  fillValues: readonly number[],
): Promise<Measured> {
  const overall = new ErrorMeter(fillValues);
  const slices: Metrics[] = [];
  for await (const { index, data } of decoded) {
    const values = original(index);
    overall.add(values, data);
    const own = new ErrorMeter(fillValues);
    own.add(values, data);
    slices[index] = own.result();
  }
  return { slices, all: overall.result() };
}
