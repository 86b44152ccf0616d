import type { FieldData } from '../field.js';
import type { Effort } from '../run-options.js';
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

/**
 * A tile ready for a tile codec. Minimum and maximum are those of its slice, which the decoder knows too: the tile's own values lie within them, and need not
 * reach them. There is at least one present value, and nothing in it is NaN or infinite unless the goal is lossless.
 */
export type PreparedTile = PreparedSlice;

/** What a codec works with while it runs: where its networks run, and on how many threads. */
export interface CodecContext {
  readonly device: 'cpu' | 'cuda';
  readonly threads: number;
}

/**
 * A codec of whole slices. It keeps to one slice at a time, knows no files and no other codec, and says all that its decoder needs in
 * `parameters` (once a file) and in the stream (once a slice).
 */
export interface SliceCodec {
  /** Its number in the container. */
  readonly id: number;
  readonly name: string;
  /** First 8 bytes of the hash of the model that new files are written with, in hexadecimal; undefined for a codec without one. */
  readonly modelHash: () => string | undefined;
  /** What the file's header carries for a target. */
  readonly parameters: (target: Target) => Uint8Array;
  /**
   * The target that a header's parameters stand for.
   * @throws FormatError if they are not what this codec writes.
   */
  readonly targetOf: (parameters: Uint8Array) => Target;
  /** Absent for a codec whose files are only read any more. */
  readonly encode?: (
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

/** What a tile has to be. Errors are of present values, in the type that the user gets back. */
export type Goal =
  /** No error above `bound`, which is finite and above 0. */
  | { readonly kind: 'bound'; readonly bound: number }
  /** The root of the mean squared error is at most `rmse`, and, where the values allow, at most 0.2 dB below. Finite and above 0. */
  | { readonly kind: 'rmse'; readonly rmse: number }
  /**
   * A root mean squared error of about `rmse`, found without a search: whoever asks turns this until the bytes are what they are to be. Bytes should fall steadily as
   * it rises. Finite and above 0.
   */
  | { readonly kind: 'near'; readonly rmse: number }
  /** Every bit comes back; values may be NaN or infinite. */
  | { readonly kind: 'lossless' };

export interface TileContext extends CodecContext {
  readonly effort: Effort;
  /** Of the model to code with: the codec's own `modelHash()` when encoding, the one that the file names when decoding. */
  readonly modelHash: string | undefined;
}

export interface EncodedTile {
  readonly bytes: Uint8Array;
  /**
   * The values exactly as `decode` will give them, in the tile's type; filled sites do not matter. The promise to the user is checked on these. May be
   * the tile's own array if nothing was lost.
   */
  readonly restored: FieldData;
}

/**
 * A codec of tiles. It works inside a worker and keeps no state between tiles. Its streams name neither their length nor their shape. A codec does not have to check
 * bounds on what it gives back: whoever calls it does, and stores the tile exactly where one is missed.
 */
export interface TileCodec {
  /** Its number in a slice's table of tiles, 1 to 15. */
  readonly id: number;
  readonly name: string;
  /** First 8 bytes of the hash of the model that new tiles are written with, in hexadecimal; undefined for a codec without one. */
  readonly modelHash: () => string | undefined;
  readonly serves: (goal: Goal['kind']) => boolean;
  /** Never chosen by `auto`: only where it was asked for. */
  readonly onlyByName?: boolean;
  /** Other machines may restore values with other last bits. A bound, and an error that may not be exceeded, then hold there too: the codec leaves room for it. */
  readonly differsInLastBits?: boolean;
  /** Whether `auto` may choose it at effort `fast`. */
  readonly fast?: boolean;
  /**
   * Bits a value, by its own estimate, beyond which another codec has always been seen to take fewer, so that `auto` does not try this one.
   */
  readonly goodTo?: (goal: Goal['kind']) => number;
  /** Undefined if the codec cannot reach the goal with this tile. */
  readonly encode: (tile: PreparedTile, goal: Goal, context: TileContext) => Promise<EncodedTile | undefined>;
  /**
   * Decodes into `tile.values`, every one of which it sets (what it puts at missing sites does not matter).
   * @throws FormatError if the stream is damaged, UnsupportedError if its model is not installed.
   */
  readonly decode: (bytes: Uint8Array, tile: PreparedTile, context: TileContext) => Promise<void>;
  /** Bytes that `encode` would give, roughly and cheaply. */
  readonly estimate?: (tile: PreparedTile, goal: Goal, context: TileContext) => number;
}
