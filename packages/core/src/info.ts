import { codecOfId } from './codecs/registry.js';
import { type ByteSource, openContainer } from './container/index.js';
import type { Dtype } from './field.js';
import { installedModels } from './models.js';
import type { Target } from './target.js';

/** What a file says of itself, without decoding any value. */
export interface Info {
  readonly formatVersion: number;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
  readonly codec: string;
  /** The model it needs, if it needs one: its name if it is installed, and the first 8 bytes of its hash in hexadecimal. */
  readonly model: { readonly name: string | undefined; readonly hash: string } | undefined;
  /** What was asked for when it was written. */
  readonly target: Target;
  readonly fillValues: readonly number[];
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
  /** Size of the file. */
  readonly bytes: number;
  readonly bitsPerValue: number;
  /** Size of the values as they were over the size of the file. */
  readonly ratio: number;
  /** Bytes of each slice's section. */
  readonly sliceBytes: readonly number[];
}

/**
 * @throws FormatError if the bytes are not a whole fieldzip file, UnsupportedError if they need a newer version.
 */
export function info(bytes: Uint8Array | ByteSource): Info {
  const container = openContainer(bytes);
  const { header, stack } = container;
  const codec = codecOfId(header.codec);
  const hash = header.modelHash && Buffer.from(header.modelHash).toString('hex');
  const values = stack.slices * stack.rows * stack.columns;
  return {
    formatVersion: container.formatVersion,
    dtype: header.dtype,
    shape: header.shape,
    ...stack,
    codec: codec.name,
    model: hash ? { name: installedModels().find(model => model.hash === hash)?.manifest.name, hash } : undefined,
    target: codec.targetOf(header.parameters),
    fillValues: header.fillValues,
    attributes: container.attributes,
    bytes: container.bytes,
    bitsPerValue: (8 * container.bytes) / values,
    ratio: (values * (header.dtype === 'float32' ? 4 : 8)) / container.bytes,
    sliceBytes: container.sliceBytes(),
  };
}
