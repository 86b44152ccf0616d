import type { Info, Metrics } from '@fieldzip/core';

export function printJson(value: unknown): void {
  // JSON has no infinities and no NaN: the PSNR of a perfect copy becomes null.
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

export const shapeText = (shape: readonly number[]): string => shape.join(' x ');

/** Enough digits to compare runs by, without a float's full tail. */
export function figure(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'none';
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : '-infinite';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(digits - 1);
  return String(Number(value.toPrecision(digits)));
}

export const bytesText = (bytes: number): string => `${bytes.toLocaleString('en')} bytes`;

export const decibels = (psnr: number): string => (Number.isFinite(psnr) ? `${psnr.toFixed(2)} dB` : figure(psnr));

export const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** A NaN in the JSON of a file without two different values would read as a failure; null says that there is none. */
export function metricsJson(metrics: Metrics) {
  const { values, missing, missingDiffer, range, psnr, rmse, maxAbsError, npme, bias, errorDeviation } = metrics;
  return { values, missing, missingDiffer, range, psnr, rmse, maxAbsError, npme, bias, errorDeviation };
}

export function errorLines(metrics: Metrics): string[] {
  const { psnr, maxAbsError, npme, range, rmse, bias, errorDeviation } = metrics;
  if (metrics.values === 0) return ['no values to measure: all are missing'];
  const ofRange = range > 0 ? ` (${figure(100 * npme, 3)} % of the value range ${figure(range)})` : '';
  return [
    `PSNR           ${decibels(psnr)}`,
    `largest error  ${figure(maxAbsError)}${ofRange}`,
    `RMSE           ${figure(rmse)}`,
    `mean error     ${figure(bias)}, standard deviation ${figure(errorDeviation)}`,
  ];
}

export function missingLine({ missing, missingDiffer }: Metrics): string {
  if (missingDiffer > 0) return `missing        ${plural(missingDiffer, 'value')} differ: missing here but not there`;
  return missing > 0 ? `missing        ${plural(missing, 'value')}, all came back` : 'missing        none';
}

export function modelText({ name, hash }: NonNullable<Info['model']>): string {
  return name === undefined ? `${hash} (not installed here)` : `${name} (${hash})`;
}

/** Columns padded to the widest of their cells, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)));
  return [header, ...rows].map(row => row.map((cell, i) => cell.padStart(widths[i]!)).join('  '));
}
