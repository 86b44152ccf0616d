import type { HyperpriorModel } from '../../models.js';
import { QUALITY_UNITS } from '../../target.js';

/** Everything of a model that depends on the quality level, at one level. */
export interface Level {
  /** Interpolation weights of the model's levels, for the float networks. */
  readonly weights: Float32Array;
  /** The same in whole units, for the integer hyper-decoder and the prior. */
  readonly units: Int32Array;
  /** Quantisation step in units of the value range. */
  readonly step: number;
  readonly gains: Float32Array;
  readonly inverseGains: Float32Array;
  /** Price in bits of a squared error of 1 in a latent, by channel. */
  readonly latentPrice: Float32Array;
  /** The prior of Z by channel: scale index and mean in eighths. */
  readonly priorScale: Uint8Array;
  readonly priorMean: Int32Array;
}

/**
 * The level's numbers. Those that the entropy coder depends on (units, prior) come from integers alone; the others only scale values.
 */
export function levelOf(model: HyperpriorModel, quality: number): Level {
  const { levels, levelUnits, prior, channels, hyperChannels } = model.manifest;
  const exact = Math.round(quality * QUALITY_UNITS);
  const low = Math.min(Math.floor(exact / QUALITY_UNITS), levels.length - 1);
  const fraction256 = exact - low * QUALITY_UNITS;
  const fraction = fraction256 / QUALITY_UNITS;
  const [a, b] = [levels[low - 1]!, levels[low]!];

  const weights = new Float32Array(levels.length);
  weights[low - 1] = 1 - fraction;
  weights[low] = fraction;
  const highUnits = Math.floor((fraction256 * levelUnits + QUALITY_UNITS / 2) / QUALITY_UNITS);
  const units = new Int32Array(levels.length);
  units[low - 1] = levelUnits - highUnits;
  units[low] = highUnits;

  const between = (x: number, y: number): number => Math.exp((1 - fraction) * Math.log(x) + fraction * Math.log(y));
  const gains = Float32Array.from({ length: channels }, (_, c) => between(a.gains[c]!, b.gains[c]!));
  // bits + lambda * 65025 * step^2 * error^2 with the step that suits lambda: 6 / ln 2 bits for an error of one step.
  const latentPrice = gains.map(gain => 6 / Math.LN2 / (gain * gain));

  const interpolated = (table: readonly (readonly number[])[], c: number): number =>
    Math.floor((table[low - 1]![c]! * units[low - 1]! + table[low]![c]! * units[low]! + levelUnits / 2) / levelUnits);
  return {
    weights,
    units,
    step: between(a.step, b.step),
    gains,
    inverseGains: gains.map(gain => 1 / gain),
    latentPrice,
    priorScale: Uint8Array.from({ length: hyperChannels }, (_, c) => interpolated(prior.scaleIndex, c)),
    priorMean: Int32Array.from({ length: hyperChannels }, (_, c) => interpolated(prior.meanEighths, c)),
  };
}

/** Quantisation step of the level of so many 256ths, in units of the value range. */
export function stepAt(model: HyperpriorModel, units: number): number {
  return levelOf(model, units / QUALITY_UNITS).step;
}

/** The level, in 256ths, whose step is nearest to one in units of the value range. */
export function unitsForStep({ manifest: { levels } }: HyperpriorModel, step: number): number {
  const next = levels.findIndex(level => level.step <= step);
  if (next <= 0) {
    return QUALITY_UNITS * (next === 0 ? 1 : levels.length);
  }
  const [coarser, finer] = [levels[next - 1]!.step, levels[next]!.step];
  return Math.round(QUALITY_UNITS * (next + Math.log(step / coarser) / Math.log(finer / coarser)));
}
