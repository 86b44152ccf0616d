export { type OutputFile, removeUnfinished, type WriteOptions, writeWhole } from './atomic.js';
export { InputError, type InputErrorCode } from './errors.js';
export { type OpenOptions, openSource } from './open.js';
export { type IndexRange, parseSelection, type Selection } from './selection.js';
export type {
  Attributes,
  AttributeValue,
  Dtype,
  FloatArray,
  Format,
  RawLayout,
  Slab,
  SliceStack,
  Source,
  StackInfo,
  StoredType,
  VariableInfo,
} from './types.js';
export {
  type OutputFormat,
  type OutputLayout,
  outputFormatOf,
  sliceWriter,
  type WriteSlicesOptions,
  writeSlices,
} from './write.js';
export { type Coordinate, type NetcdfLayout, netcdf3Writer } from './write-netcdf3.js';
export { type ArrayLayout, npyWriter, rawWriter, type SliceWriter } from './write-values.js';
