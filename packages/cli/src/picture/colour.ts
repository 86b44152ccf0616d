import { interpolateRdBu, interpolateViridis } from 'd3-scale-chromatic';

export type Rgb = readonly [number, number, number];

/** Missing values, and values that are not there to be drawn. */
export const missingColour: Rgb = [176, 176, 176];

/** A colour for every value from low to high; values beyond take the colour at the end. */
export interface ColourScale {
  readonly low: number;
  readonly high: number;
  colour(value: number): Rgb;
  /** The colour at a fraction of the way from low to high, as CSS. */
  css(fraction: number): string;
}

/** d3 answers in two notations. */
function parse(css: string): Rgb {
  const hex = /^#(..)(..)(..)$/.exec(css);
  const parts = hex ? hex.slice(1).map(part => Number.parseInt(part, 16)) : (css.match(/\d+/g) ?? []).map(Number);
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

function scale(low: number, high: number, map: (fraction: number) => string): ColourScale {
  // A picture has a million pixels and an eye 256 colours: look up, rather than interpolate and parse for each.
  const colours = Array.from({ length: 256 }, (_, i) => parse(map(i / 255)));
  const at = (fraction: number): Rgb => colours[Math.round(255 * Math.min(1, Math.max(0, fraction)))]!;
  return {
    low,
    high,
    colour: value => at(high > low ? (value - low) / (high - low) : 0.5),
    css: fraction => `rgb(${at(fraction).join(',')})`,
  };
}

export const sequential = (low: number, high: number): ColourScale => scale(low, high, interpolateViridis);

/** White at zero, so that no error looks like none; red where the decompressed value is too high. */
export const diverging = (extent: number): ColourScale => scale(-extent, extent, t => interpolateRdBu(1 - t));
