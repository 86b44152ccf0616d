/**
 * Native parts of fieldzip: entropy coding, wavelets and masks. Everything is synchronous; but for the coefficient coders,
 * which are objects of one tile, nothing keeps state between calls, only up to 48 MiB of memory for those to come. Call it from
 * worker threads, as many as there are.
 *
 * @module
 */
export { BAND_FORMS, type BandForm, type BandOptions, decodeBands, encodeBands } from './bands.js';
export {
  applyCorrections,
  CoefficientDecoder,
  CoefficientEncoder,
  type CoefficientEstimate,
  type CoefficientOptions,
  type CorrectionOptions,
  type EncodedCoefficients,
  encodeCorrections,
  estimateCoefficients,
  type PassShape,
  storedStep,
  type ValueRange,
} from './coefficients.js';
export {
  decodeInterpolated,
  encodeInterpolated,
  type InterpolationNetworks,
  type ValueInterval,
} from './interpolate.js';
export { decodeLatents, encodeLatents, type LatentShape, latentBits, quantiseLatents } from './latents.js';
export {
  decodeExact,
  decodeLattice,
  decodeLatticeInto,
  encodeExact,
  encodeLattice,
  estimateLattice,
  type LatticeNetwork,
  type PredictEffort,
} from './lattice.js';
export { decodeMask, encodeMask, fillMissing } from './mask.js';
export { CorruptStreamError } from './native.js';
export {
  type CodeLengths,
  createFactorisedTables,
  createScaleTables,
  decodeSymbols,
  encodeSymbols,
  type FactorisedTable,
  type ScaleFamily,
  TableSet,
} from './tables.js';
export {
  classifyMissing,
  fromLattice,
  keepsBound,
  rootMeanSquare,
  scanValues,
  toLattice,
  type ValueScan,
} from './values.js';
export { fromLatents, toLatents, waveletForward, waveletInverse } from './wavelet.js';
