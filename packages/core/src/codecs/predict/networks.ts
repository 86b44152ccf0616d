import type { InterpolationNetworks, LatticeNetwork } from '@fieldzip/native-coder';
import { modelOfHash, readGraph } from '../../models.js';

/** What the codec's two forms are coded with; null for files from before there was such a network. */
export interface PredictNetworks {
  readonly walk: LatticeNetwork;
  readonly interpolation: InterpolationNetworks;
}

export const NO_NETWORKS: PredictNetworks = { walk: null, interpolation: null };

const known = new Map<string, PredictNetworks>();

/** The networks of a model, read once in this thread. */
export function networksOf(hash: string | undefined): PredictNetworks {
  if (hash === undefined) {
    return NO_NETWORKS;
  }
  let networks = known.get(hash);
  if (networks === undefined) {
    const model = modelOfHash('predict', hash);
    networks = {
      walk: readGraph(model, 'network'),
      interpolation: 'interpolation' in model.manifest.graphs ? readGraph(model, 'interpolation') : null,
    };
    known.set(hash, networks);
  }
  return networks;
}
