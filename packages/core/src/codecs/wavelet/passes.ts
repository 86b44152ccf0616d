import type { CoefficientDecoder, CoefficientEncoder } from '@fieldzip/native-coder';
import type { FieldData } from '../../field.js';
import { run, Tensor } from '../../inference/sessions.js';
import type { Model } from '../../models.js';
import type { CodecContext } from '../codec.js';

/** What the native coder asks of the network for the first of a level's two passes. */
const FIRST_PASS_CHANNELS = 36;

/**
 * Takes a coder of coefficients through its passes: what the decoder knows goes into the network, and the distributions of the next coefficients come out. Bytes on a
 * processor, the same integers as float32 on CUDA.
 */
export async function runPasses(
  coder: CoefficientEncoder<FieldData> | CoefficientDecoder<FieldData>,
  model: Model,
  context: CodecContext,
): Promise<void> {
  for (let pass = coder.next(); pass !== undefined; pass = coder.next()) {
    const { channels, rows, columns } = pass;
    const size = channels * rows * columns;
    const shape = [1, channels, rows, columns];
    const phase = channels === FIRST_PASS_CHANNELS ? 'phase0' : 'phase1';
    let inputs: Tensor;
    let graph: string;
    if (context.device === 'cpu') {
      const bytes = new Uint8Array(size);
      coder.inputs(bytes);
      [inputs, graph] = [new Tensor('uint8', bytes, shape), phase];
    } else {
      const floats = new Float32Array(size);
      coder.inputs(floats);
      [inputs, graph] = [new Tensor('float32', floats, shape), `${phase}-fp32`];
    }
    const params = await run(model, graph, { inputs }, rows * columns, context);
    coder.code(params.data as Uint8Array | Float32Array);
  }
}
