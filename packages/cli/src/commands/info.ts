import type { Info } from '@fieldzip/core';
import type { Command } from 'commander';
import { openFldz } from '../fldz-file.js';
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
      const { info, close } = openFldz(path);
      close();
      if (flags.json) report.printJson({ file: path, ...info });
      else report.printLines(describe(path, info));
    });
}

function describe(path: string, info: Info): string[] {
  const { slices, rows, columns, fillValues, target } = info;
  const lines = [
    `${path}: fieldzip format ${info.formatVersion}, ${report.bytesText(info.bytes)}`,
    `shape          ${report.shapeText(info.shape)} ${info.dtype}, ${report.plural(slices, 'slice')} of ${rows} x ${columns}`,
    `codec          ${info.codec}`,
    `target         ${targetText(target)}`,
    ...(info.model ? [`model          ${report.modelText(info.model)}`] : []),
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
