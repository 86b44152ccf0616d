import { FormatError } from '../../errors.js';
import { readTarget, type Target } from '../../target.js';
import type { SliceCodec } from '../codec.js';
import { NO_NETWORKS } from './networks.js';
import { decodePredict } from './predict.js';

/** Files from before slices were cut in tiles: the whole slice is one stream of the predict codec. They are read, and no longer written. */
export const predictSlices: SliceCodec = {
  id: 3,
  name: 'predict',
  modelHash: () => undefined,
  parameters: () => {
    throw new Error('files of this codec are no longer written');
  },
  targetOf,
  decode: async (stream, slice) => decodePredict(stream, slice, NO_NETWORKS, 1),
};

function targetOf(parameters: Uint8Array): Target {
  const found = readTarget(parameters);
  if (
    found === undefined ||
    found.end !== parameters.length ||
    !['lossless', 'abs', 'rel', 'psnr'].includes(found.target.kind)
  ) {
    throw new FormatError(`Expected the predict codec's parameters to be a target, found [${parameters.join(', ')}].`);
  }
  return found.target;
}
