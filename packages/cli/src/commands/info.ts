import type { Info, TileInfo } from '@fieldzip/core';
import type { Command } from 'commander';
import { openFldz, tilesOfFldz } from '../fldz-file.js';
import { targetText } from '../options.js';
import * as report from '../report.js';

export function addInfo(program: Command): void {
  program
    .command('info')
    .summary('say what is in a .fldz file')
    .description('Prints what a .fldz file holds, without decoding it.')
    .argument('<file>', 'the .fldz file')
    .option('--json', 'print one JSON object instead of text')
    .addHelpText('after', '\nExample:\n  fieldzip info air.fldz')
    .action((path: string, flags: { json?: boolean }) => {
      const file = openFldz(path);
      const { info } = file;
      try {
        const tiles = tilesOfFldz(path, file);
        if (flags.json) report.printJson({ file: path, ...info, tiles });
        else report.printLines(describe(path, info, tiles));
      } finally {
        file.close();
      }
    });
}

function describe(path: string, info: Info, tiles: readonly (readonly TileInfo[])[]): string[] {
  const { slices, rows, columns, fillValues, target } = info;
  const lines = [
    `${path}: fieldzip format ${info.formatVersion}, ${report.bytesText(info.bytes)}`,
    `shape          ${report.shapeText(info.shape)} ${info.dtype}, ${report.plural(slices, 'slice')} of ${rows} x ${columns}`,
    `codec          ${info.codec}`,
    `target         ${targetText(target)}`,
    ...info.models.map(model => `model          ${model.codec}: ${report.modelText(model)}`),
    ...tileLines(tiles),
    `ratio          ${report.figure(info.ratio)}, ${report.figure(info.bitsPerValue)} bits per value`,
  ];
  if (slices > 1) {
    const sizes = info.sliceBytes.reduce(
      ({ least, most }, size) => ({ least: Math.min(least, size), most: Math.max(most, size) }),
      { least: Number.POSITIVE_INFINITY, most: 0 },
    );
    lines.push(`each slice     ${sizes.least} to ${report.bytesText(sizes.most)}`);
  }
  if (fillValues.length) lines.push(`missing        ${fillValues.join(', ')}`);
  if (info.attributes) lines.push('attributes', ...indented(info.attributes, '  '));
  return lines;
}

function indented(attributes: object, margin: string): string[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (nested) return [`${margin}${name}`, ...indented(value, `${margin}  `)];
    return [`${margin}${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
}

const SLICES_SHOWN = 12;

/** What was chosen where: a count of tiles for each codec, slice by slice where they differ. */
function tileLines(slices: readonly (readonly TileInfo[])[]): string[] {
  const counts = (tiles: readonly TileInfo[]): string => {
    const found = new Map<string, number>();
    for (const { codec } of tiles) found.set(codec ?? 'missing', (found.get(codec ?? 'missing') ?? 0) + 1);
    return [...found].map(([codec, count]) => `${report.plural(count, 'tile')} by ${codec}`).join(', ');
  };
  const texts = slices.map(counts);
  const all = slices.flat();
  if (all.length === 0) return [];
  const lines = [`tiles          ${counts(all)}`];
  if (new Set(texts).size > 1) {
    lines.push(...texts.slice(0, SLICES_SHOWN).map((text, i) => `  slice ${i}      ${text || 'constant or missing'}`));
    if (texts.length > SLICES_SHOWN) lines.push(`  and ${texts.length - SLICES_SHOWN} more (--json has all)`);
  }
  return lines;
}
