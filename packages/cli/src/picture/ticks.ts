/** Round numbers from low to high, about as many as wanted, with the text for each. */
export function ticks(low: number, high: number, wanted: number): { value: number; text: string }[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [{ value: low, text: label(low, 0) }];
  const rough = span / wanted;
  const power = Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find(step => step * 10 ** power >= rough * 0.999)!;
  const step = factor * 10 ** power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    // A multiple of the step, because adding steps up would drift.
    const value = (first + i) * step;
    return { value, text: label(value, step) };
  });
}

function label(value: number, step: number): string {
  const size = Math.max(Math.abs(value), step);
  if (size === 0 || value === 0) return '0';
  const power = (of: number): number => Math.floor(Math.log10(of));
  const finest = power(step || size);
  const text =
    size >= 1e5 || size < 1e-3
      ? value.toExponential(Math.max(0, power(size) - finest)).replace(/\.0+e/, 'e')
      : value.toFixed(Math.max(0, -finest));
  return text.replaceAll('-', '\u2212').replace('e+', 'e');
}
