/**
 * fieldzip: neural compression of floating-point scientific slices.
 *
 * @module
 */
export { type CodecName, type CodecOptions, codecNames } from './codecs/choice.js';
export { type CompressOptions, compress, compressSlices, type StackDescription } from './compress.js';
export type { ByteSource } from './container/index.js';
export { type DecompressOptions, decompress, decompressSlices, type Region } from './decompress.js';
export {
  ArgumentError,
  CodecError,
  DeviceError,
  FieldzipError,
  FormatError,
  TargetError,
  UnsupportedError,
} from './errors.js';
export type { Dtype, Field, FieldData } from './field.js';
export { dispose } from './inference/dispose.js';
export { type Info, info, type ModelInfo, type TileInfo, tileInfo } from './info.js';
export { ErrorMeter, type Metrics, measure } from './metrics.js';
export type { Device, Effort, RunOptions } from './run-options.js';
export {
  DEFAULT_QUALITY,
  DEFAULT_REL,
  MAX_QUALITY,
  MIN_QUALITY,
  type NumericTarget,
  TARGET_LIMITS,
  type Target,
  type TargetLimits,
  type TargetOptions,
} from './target.js';
