import type { FieldData, Metrics } from '@fieldzip/core';
import { decibels, figure } from '../report.js';
import { type ColourScale, diverging, sequential } from './colour.js';
import { pageSvg } from './page.js';
import { extreme, flipped, mean, type Pooling, panelSize, type Raster, resample, toPng } from './raster.js';
import { renderPng } from './render.js';

export interface Picture {
  readonly title: string;
  readonly units: string | undefined;
  readonly rows: number;
  readonly columns: number;
  readonly original: FieldData;
  readonly decoded: FieldData;
  readonly fillValues: readonly number[];
  readonly metrics: Metrics;
  /** What the compressed slice takes, where that is known. */
  readonly size: { readonly from: number; readonly to: number } | undefined;
  /** The last row is the northernmost (or uppermost). */
  readonly rowsRunUp: boolean;
}

/** NaN for all that is missing; infinities too, which no colour bar can hold. */
function present(values: FieldData, fillValues: readonly number[]): Float64Array {
  const fills = new Set(fillValues);
  return Float64Array.from(values, value => (Number.isFinite(value) && !fills.has(value) ? value : Number.NaN));
}

/** One far-off value would bleach all others out of the picture, so the colours may end before the largest error, and say so. */
function errorScale({ maxAbsError, errorDeviation }: Metrics): { extent: number; note: string } {
  const deviations = 5;
  if (!(maxAbsError > deviations * errorDeviation)) return { extent: maxAbsError > 0 ? maxAbsError : 1, note: '' };
  return {
    extent: deviations * errorDeviation,
    note: ` (colours end at ${deviations} standard deviations; the largest error is ${figure(maxAbsError, 3)})`,
  };
}

export async function drawPicture(picture: Picture): Promise<Uint8Array> {
  const { rows, columns, metrics, size } = picture;
  const before = present(picture.original, picture.fillValues);
  const after = present(picture.decoded, picture.fillValues);
  const error = before.map((value, i) => after[i]! - value);
  const shown = panelSize({ rows, columns });
  const png = (values: Float64Array, scale: ColourScale, pool: Pooling): Uint8Array => {
    const raster: Raster = { values, rows, columns };
    return toPng(resample(picture.rowsRunUp ? flipped(raster) : raster, shown.width, shown.height, pool), scale);
  };
  const some = metrics.values > 0;
  const field = some ? sequential(metrics.minimum, metrics.maximum) : sequential(0, 1);
  const unit = picture.units ?? '';
  const { extent, note } = errorScale(metrics);
  const off = diverging(extent);
  const errorFigures = some
    ? `PSNR ${decibels(metrics.psnr)} · largest error ${figure(metrics.maxAbsError, 3)} ${unit} ` +
      `(${figure(100 * metrics.npme, 2)} % of the value range) · mean error ${figure(metrics.bias, 2)} ${unit}`
    : 'every value is missing';
  const sizeFigures = size
    ? [
        `${size.from.toLocaleString('en')} bytes in ${size.to.toLocaleString('en')} · ` +
          `${figure(size.from / size.to, 3)} times smaller · ${figure((8 * size.to) / before.length, 3)} bits per value`,
      ]
    : [];
  const svg = pageSvg({
    title: picture.title,
    lines: [...sizeFigures, errorFigures],
    ...shown,
    panels: [
      { title: 'Original', png: png(before, field, mean), scale: field, unit },
      { title: 'Decompressed', png: png(after, field, mean), scale: field, unit },
      { title: 'Error (decompressed − original)', png: png(error, off, extreme), scale: off, unit: unit + note },
    ],
  });
  return renderPng(svg);
}
