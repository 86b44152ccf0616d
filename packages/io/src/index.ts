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
