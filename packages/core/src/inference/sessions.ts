import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import type { CodecContext } from '../codecs/codec.js';
import { CodecError, DeviceError } from '../errors.js';
import { type Model, readGraph } from '../models.js';

// What goes wrong is thrown, and told once by whoever catches it; the runtime's own log would tell it on stderr as well.
env.logLevel = 'fatal';

type Optimisation = NonNullable<InferenceSession.SessionOptions['graphOptimizationLevel']>;

/**
 * At 'extended', float convolutions give the same bits on AVX2 and AVX-512 and with graph optimisation off; 'all' changes the layout, and with it the order of
 * sums. Integer graphs give the same bits anyway, and with 'all' in four fifths of the time.
 */
function optimisationOf(model: Model): Optimisation {
  const forced = process.env.FIELDZIP_GRAPH_OPTIMISATION as Optimisation | undefined;
  return forced ?? (model.manifest.codec === 'wavelet' ? 'all' : 'extended');
}

const sessions = new Map<string, Promise<InferenceSession>>();

/**
 * The session of a model's graph, made once in this thread.
 * @throws DeviceError if the device cannot be used.
 */
export function session(model: Model, graph: string, context: CodecContext): Promise<InferenceSession> {
  const key = `${model.hash} ${graph} ${context.device} ${context.threads}`;
  let found = sessions.get(key);
  if (found === undefined) {
    found = open(model, graph, context);
    sessions.set(key, found);
  }
  return found;
}

async function open(model: Model, graph: string, context: CodecContext): Promise<InferenceSession> {
  const bytes = readGraph(model, graph);
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: [context.device],
      intraOpNumThreads: context.threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: optimisationOf(model),
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (context.device === 'cuda') {
      throw new DeviceError(cudaAdvice(reason), { cause: error });
    }
    throw new CodecError(`ONNX Runtime could not load the graph ${graph}: ${reason}`, { cause: error });
  }
}

function cudaAdvice(reason: string): string {
  return (
    `CUDA cannot be used (${reason.split('\n')[0]?.trim()}). ` +
    'It needs an NVIDIA card, CUDA 12 with cuDNN 9, and the CUDA libraries of onnxruntime-node; choose device cpu to run without.'
  );
}

/** A small graph of a model that is always there. */
export const PROBED_GRAPH = 'hyper-encoder';

/**
 * Whether CUDA works here: nothing, or why not.
 */
export async function cudaProblem(model: Model): Promise<string | undefined> {
  try {
    await session(model, PROBED_GRAPH, { device: 'cuda', threads: 1 });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Least sites of a graph's coarsest layer for each thread. ONNX Runtime divides a layer's sites among the threads and blocks its sums by the size of a
 * share, in another way for shares of 64 sites or fewer: with more than that, any number of threads gives the same bits.
 */
const SITES_A_THREAD = 256;

/**
 * Runs a graph that has one output.
 * @param sites of its coarsest layer
 * @param target where the output goes, of its type and shape; without, new memory
 */
export async function run(
  model: Model,
  graph: string,
  inputs: Readonly<Record<string, Tensor>>,
  sites: number,
  context: CodecContext,
  target: Tensor | null = null,
): Promise<Tensor> {
  const threads = Math.max(1, Math.min(context.threads, Math.floor(sites / SITES_A_THREAD)));
  const loaded = await session(model, graph, { ...context, threads });
  const name = loaded.outputNames[0]!;
  const output = (await loaded.run(inputs, { [name]: target }))[name];
  if (output === undefined) {
    throw new CodecError(`The graph ${graph} gave no output.`);
  }
  return output;
}

export { Tensor };
