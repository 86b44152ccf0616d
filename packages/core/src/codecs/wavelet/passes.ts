import type { CoefficientDecoder, CoefficientEncoder } from '@fieldzip/native-coder';
import type { FieldData } from '../../field.js';
import { run, Tensor } from '../../inference/sessions.js';
import type { Model } from '../../models.js';
import type { CodecContext } from '../codec.js';

/** What the native coder asks of the network for the first of a level's two passes, and for the second; what it takes. */
const [FIRST_PASS_CHANNELS, SECOND_PASS_CHANNELS, PARAMETERS] = [36, 42, 18];

/** Memory for what goes through the network, kept for the next tile of this thread: else each would leave tens of megabytes for the garbage collector. */
interface Buffers {
  inputs: ArrayBuffer;
  parameters: ArrayBuffer;
}

const spare: Buffers[] = [];

/**
 * Takes a coder of coefficients through its passes: what the decoder knows goes into the network, and the distributions of the next coefficients come out. Bytes on a
 * processor, the same integers as float32 on CUDA.
 */
export async function runPasses(
  coder: CoefficientEncoder<FieldData> | CoefficientDecoder<FieldData>,
  model: Model,
  context: CodecContext,
): Promise<void> {
  const buffers = spare.pop() ?? { inputs: new ArrayBuffer(0), parameters: new ArrayBuffer(0) };
  const [type, Values] =
    context.device === 'cpu' ? (['uint8', Uint8Array] as const) : (['float32', Float32Array] as const);
  for (let pass = coder.next(); pass !== undefined; pass = coder.next()) {
    const { channels, rows, columns } = pass;
    const sites = rows * columns;
    const first = channels === FIRST_PASS_CHANNELS;
    const bytes = sites * Values.BYTES_PER_ELEMENT;
    if (buffers.inputs.byteLength < SECOND_PASS_CHANNELS * bytes) {
      buffers.inputs = new ArrayBuffer(SECOND_PASS_CHANNELS * bytes);
      buffers.parameters = new ArrayBuffer(PARAMETERS * bytes);
    }
    const inputs = new Values(buffers.inputs, 0, channels * sites);
    const parameters = new Values(buffers.parameters, 0, PARAMETERS * sites);
    coder.inputs(inputs);
    const phase = first ? 'phase0' : 'phase1';
    const graph = context.device === 'cpu' ? phase : `${phase}-fp32`;
    await run(
      model,
      graph,
      { inputs: new Tensor(type, inputs, [1, channels, rows, columns]) },
      sites,
      context,
      new Tensor(type, parameters, [1, PARAMETERS, rows, columns]),
    );
    coder.code(parameters);
  }
  spare.push(buffers);
}
