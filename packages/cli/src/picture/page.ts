import type { ColourScale } from './colour.js';
import { ticks } from './ticks.js';

export interface Panel {
  readonly title: string;
  readonly png: Uint8Array;
  readonly scale: ColourScale;
  /** What the colour bar measures. */
  readonly unit: string;
}

export interface Page {
  readonly title: string;
  /** Lines of figures under the title. */
  readonly lines: readonly string[];
  readonly panels: readonly Panel[];
  /** Of each panel's image. */
  readonly width: number;
  readonly height: number;
}

const ink = '#1c1e21';
const quiet = '#5c6066';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeXml = (text: string): string => text.replace(/[&<>"]/g, mark => escapes[mark]!);

function text(x: number, y: number, size: number, content: string, style = ''): string {
  return `<text x="${x}" y="${y}" font-size="${size}" ${style}>${escapeXml(content)}</text>`;
}

/** A horizontal bar with its ticks below and its unit below those. */
function colourBar({ scale, unit }: Panel, index: number, x: number, y: number, width: number, size: number): string {
  const stops = Array.from({ length: 33 }, (_, i) => `<stop offset="${i / 32}" stop-color="${scale.css(i / 32)}"/>`);
  const marks = ticks(scale.low, scale.high, Math.max(2, Math.floor(width / (5.5 * size)))).map(
    ({ value, text: label }) => {
      const at = scale.high > scale.low ? x + (width * (value - scale.low)) / (scale.high - scale.low) : x + width / 2;
      // Labels at the ends stay within the panel instead of running into the neighbour's.
      const anchor = at < x + size ? 'start' : at > x + width - size ? 'end' : 'middle';
      const line = `<line x1="${at}" x2="${at}" y1="${y + size}" y2="${y + 1.3 * size}" stroke="${quiet}"/>`;
      return line + text(at, y + 2.35 * size, 0.85 * size, label, `fill="${quiet}" text-anchor="${anchor}"`);
    },
  );
  return [
    `<linearGradient id="bar${index}">${stops.join('')}</linearGradient>`,
    `<rect x="${x}" y="${y}" width="${width}" height="${size}" fill="url(#bar${index})"/>`,
    ...marks,
    text(x + width / 2, y + 3.7 * size, 0.85 * size, unit, `fill="${ink}" text-anchor="middle"`),
  ].join('\n');
}

function panelMarkup(panel: Panel, index: number, x: number, y: number, page: Page, size: number): string {
  const href = `data:image/png;base64,${Buffer.from(panel.png).toString('base64')}`;
  const { width, height } = page;
  return [
    text(x, y - 0.6 * size, size, panel.title, `fill="${ink}" font-weight="600"`),
    `<image x="${x}" y="${y}" width="${width}" height="${height}" image-rendering="optimizeSpeed" href="${href}"/>`,
    `<rect x="${x - 0.5}" y="${y - 0.5}" width="${width + 1}" height="${height + 1}" fill="none" stroke="#c4c7cc"/>`,
    colourBar(panel, index, x, y + height + 0.8 * size, width, size),
  ].join('\n');
}

/** The whole picture as SVG: title and figures above, panels side by side, a colour bar under each. */
export function pageSvg(page: Page): string {
  const size = Math.round(Math.min(24, Math.max(15, page.width / 32)));
  const margin = 2 * size;
  const gap = Math.round(1.6 * size);
  const headLines = page.lines.map((line, i) =>
    text(margin, margin + (2.6 + 1.5 * i) * size, size, line, `fill="${quiet}"`),
  );
  const top = Math.round(margin + (3.9 + 1.5 * page.lines.length) * size);
  const totalWidth = 2 * margin + page.panels.length * page.width + (page.panels.length - 1) * gap;
  const totalHeight = Math.round(top + page.height + 0.8 * size + 3.7 * size + margin);
  const panels = page.panels.map((panel, i) => panelMarkup(panel, i, margin + i * (page.width + gap), top, page, size));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${totalWidth}" height="${totalHeight}" font-family="Inter">`,
    '<rect width="100%" height="100%" fill="white"/>',
    text(margin, margin + size, 1.45 * size, page.title, `fill="${ink}" font-weight="600"`),
    ...headLines,
    ...panels,
    '</svg>',
  ].join('\n');
}
