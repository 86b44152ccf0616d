import type { CoefficientDecoder, CoefficientEncoder, PassShape } from '../dist/index.js';

/**
 * Stands for the network: parameters that are a function of the inputs and nothing else, and not a bad one. A detail is
 * expected to be as large as the low-pass bends at its site and as its parents are.
 */
export function syntheticParameters(inputs: Uint8Array, { channels, rows, columns }: PassShape): Uint8Array {
  const plane = rows * columns;
  const parameters = new Uint8Array(18 * plane);
  const sites = channels === 36 ? [0, 3] : [1, 2];
  const at = (channel: number, i: number) => inputs[channel * plane + i]! - 128;
  sites.forEach((site, s) => {
    for (let o = 0; o < 3; o++) {
      const bends = [[4], [5], [4, 5]][o]!.map(f => 8 * site + f);
      for (let i = 0; i < plane; i++) {
        let level = 60 + Math.abs(at(32 + o, i)) / 2;
        for (const channel of bends) level += Math.abs(at(channel, i)) / bends.length;
        if (channels === 42) level += (Math.abs(at(36 + o, i)) + Math.abs(at(39 + o, i))) / 2;
        const out = (s * 9 + o * 3) * plane + i;
        parameters[out] = 128 + Math.max(-8, Math.min(8, at(bends[0]!, i) / 8));
        parameters[out + plane] = Math.min(255, level);
        parameters[out + 2 * plane] = 40;
      }
    }
  });
  return parameters;
}

/** Goes through all passes with {@link syntheticParameters}. */
export function runPasses(
  coder: Pick<CoefficientEncoder<Float32Array> | CoefficientDecoder<Float32Array>, 'next' | 'inputs' | 'code'>,
): void {
  for (let pass = coder.next(); pass !== undefined; pass = coder.next()) {
    const inputs = new Uint8Array(pass.channels * pass.rows * pass.columns);
    coder.inputs(inputs);
    coder.code(syntheticParameters(inputs, pass));
  }
}
