import { ArgumentError } from '../errors.js';
import type { Effort } from '../run-options.js';
import { DEFAULT_QUALITY, DEFAULT_REL, givenTarget, type Target, type TargetOptions } from '../target.js';
import type { SliceCodec, TileCodec } from './codec.js';
import { hyperprior } from './hyperprior/hyperprior.js';
import { TILE_CODECS } from './registry.js';

/** Names that an application may ask for. */
export type CodecName = 'auto' | 'hyperprior' | 'wavelet' | 'predict';

export interface CodecOptions {
  /**
   * `auto` (the default) takes hyperprior for a quality level, and else for every tile the codec that gives the fewest bytes. What a tile codec cannot
   * keep is stored exactly, whichever was asked for.
   */
  readonly codec?: CodecName | undefined;
}

/** What a file is to be written with. */
export type Choice =
  | { readonly by: 'slices'; readonly target: Target & { kind: 'quality' }; readonly codec: SliceCodec }
  | {
      readonly by: 'tiles';
      readonly target: Exclude<Target, { kind: 'quality' }>;
      /** Those that may be tried. */
      readonly codecs: readonly TileCodec[];
    };

/** The names that this version serves. */
export function codecNames(): readonly CodecName[] {
  return [...new Set(['auto', hyperprior.name, ...TILE_CODECS.map(codec => codec.name)])] as CodecName[];
}

/**
 * Target and codec that options stand for. Without a target, it is the bound `rel: 1e-3`, or quality level 6 if the codec is hyperprior.
 * @throws ArgumentError for more than one target, a value out of its range, or a codec that is not there or does not serve the target.
 */
export function choiceOf(options: TargetOptions & CodecOptions & { readonly effort?: Effort | undefined }): Choice {
  const { codec: name = 'auto', effort } = options;
  const names = codecNames();
  if (!names.includes(name)) {
    throw new ArgumentError(`Expected a codec of ${names.join(', ')}, found ${String(name)}.`);
  }
  const given = givenTarget(options);
  const target: Target =
    given ??
    (name === hyperprior.name ? { kind: 'quality', quality: DEFAULT_QUALITY } : { kind: 'rel', rel: DEFAULT_REL });
  if (target.kind === 'quality') {
    if (name !== 'auto' && name !== hyperprior.name) {
      throw new ArgumentError(
        `Quality levels are those of the hyperprior codec; ${name} takes a bound, a PSNR or a size.`,
      );
    }
    return { by: 'slices', target, codec: hyperprior };
  }
  // The other targets of hyperprior belong to a tile codec of its name.
  const codecs = TILE_CODECS.filter(codec =>
    name === 'auto' ? !codec.onlyByName && (effort !== 'fast' || codec.fast) : codec.name === name,
  );
  return { by: 'tiles', target, codecs };
}
