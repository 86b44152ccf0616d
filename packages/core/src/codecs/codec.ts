import type { FieldData } from '../field.js';
import type { Target } from '../target.js';

/** A slice ready for a codec: every value present (missing ones filled), its value range known and not empty. */
export interface PreparedSlice {
  readonly values: FieldData;
  readonly rows: number;
  readonly columns: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Where it is above 0, the value was missing and has been filled: its error does not count. */
  readonly missing?: Uint8Array | undefined;
}

/** What a codec works with while it runs: where its networks run, and on how many threads. */
export interface CodecContext {
  readonly device: 'cpu' | 'cuda';
  readonly threads: number;
}

/**
 * One way of turning slices into bytes. A codec keeps to one slice at a time, knows no files and no other codec, and says all that its decoder needs in
 * `parameters` (once a file) and in the stream (once a slice).
 */
export interface Codec {
  /** Its number in the container. */
  readonly id: number;
  readonly name: string;
  /** Whether it can meet targets of this kind. */
  readonly serves: (target: Target) => boolean;
  /** First 8 bytes of the hash of the model that new files are written with, in hexadecimal; undefined for a codec without one. */
  readonly modelHash: () => string | undefined;
  /** What the file's header carries for a target. */
  readonly parameters: (target: Target) => Uint8Array;
  /**
   * The target that a header's parameters stand for.
   * @throws FormatError if they are not what this codec writes.
   */
  readonly targetOf: (parameters: Uint8Array) => Target;
  readonly encode: (
    slice: PreparedSlice,
    target: Target,
    modelHash: string,
    context: CodecContext,
  ) => Promise<Uint8Array>;
  /**
   * Decodes into `slice.values`.
   * @throws FormatError if the stream is damaged, UnsupportedError if its model is not installed.
   */
  readonly decode: (
    stream: Uint8Array,
    slice: PreparedSlice,
    target: Target,
    modelHash: string,
    context: CodecContext,
  ) => Promise<void>;
}
