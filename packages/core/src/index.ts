/**
 * fieldzip: neural compression of floating-point scientific slices.
 *
 * @module
 */
export { type CompressOptions, compress, compressSlices, type StackDescription } from './compress.js';
export type { ByteSource } from './container/index.js';
export { type DecompressOptions, decompress, decompressSlices } from './decompress.js';
export { ArgumentError, CodecError, DeviceError, FieldzipError, FormatError, UnsupportedError } from './errors.js';
export type { Dtype, Field, FieldData } from './field.js';
export { dispose } from './inference/dispose.js';
export { type Info, info } from './info.js';
export { ErrorMeter, type Metrics, measure } from './metrics.js';
export type { Device, RunOptions } from './run-options.js';
export { DEFAULT_QUALITY, MAX_QUALITY, MIN_QUALITY, type Target, type TargetOptions } from './target.js';
