export { type Attributes, MAX_ATTRIBUTES_BYTES } from './attributes.js';
export { type ByteSource, sourceOf } from './bytes.js';
export { FORMAT_VERSION, type Header, MAGIC, MAX_HEADER_BYTES, MODEL_HASH_BYTES } from './header.js';
export { type Container, openContainer } from './reader.js';
export { MAX_MISSING_PATTERNS, type SliceMask, type SliceParts } from './slice.js';
export { ContainerWriter, sectionBytes } from './writer.js';
