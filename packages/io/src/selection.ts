import { InputError } from './errors.js';

/** `start` to just before `stop`; negative counts from the end; left out means from the first, to the last. */
export interface IndexRange {
  readonly start?: number;
  readonly stop?: number;
}

/** What to take of each leading dimension, by its name; a single index removes the dimension. */
export type Selection = Readonly<Record<string, number | IndexRange>>;

/** Reads `t=0,lev=3`, `t=-1`, `t=0:10`, `t=5:`. */
export function parseSelection(text: string): Selection {
  // No prototype: a dimension may be called anything, `__proto__` included.
  const selection: Record<string, number | IndexRange> = Object.create(null);
  if (text.trim() === '') return selection;
  for (const part of text.split(',')) {
    const match = /^\s*([^=]+?)\s*=\s*(?:(-?\d+)|(-?\d+)?\s*:\s*(-?\d+)?)\s*$/.exec(part);
    if (!match) {
      throw new InputError(
        'bad-selection',
        `Cannot read the selection '${part.trim()}': write DIMENSION=INDEX or DIMENSION=FIRST:END, such as t=0 or t=0:10.`,
      );
    }
    const [, name, index, start, stop] = match as unknown as [string, string, string?, string?, string?];
    if (name in selection) throw new InputError('bad-selection', `The selection names dimension ${name} twice.`);
    if (index !== undefined) selection[name] = Number(index);
    else {
      selection[name] = {
        ...(start === undefined ? {} : { start: Number(start) }),
        ...(stop === undefined ? {} : { stop: Number(stop) }),
      };
    }
  }
  return selection;
}

/** What is left of one leading dimension. */
export interface Span {
  readonly start: number;
  readonly count: number;
  /** False where a single index was asked for. */
  readonly keep: boolean;
}

function span(name: string, size: number, wanted: number | IndexRange): Span {
  const has = `dimension ${name} has ${size} ${size === 1 ? 'entry (0)' : `entries (0 to ${size - 1})`}`;
  if (typeof wanted === 'number') {
    const index = wanted < 0 ? wanted + size : wanted;
    if (!Number.isInteger(index) || index < 0 || index >= size) {
      throw new InputError('out-of-range', `Index ${wanted} is out of range: ${has}.`);
    }
    return { start: index, count: 1, keep: false };
  }
  const { start = 0, stop = size } = wanted;
  const from = start < 0 ? start + size : start;
  const to = stop < 0 ? stop + size : stop;
  const asked = `${wanted.start ?? ''}:${wanted.stop ?? ''}`;
  // Python would clamp; whoever asks for more than there is should hear of it.
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > size || from > size || to < 0) {
    throw new InputError('out-of-range', `Range ${asked} is out of range: ${has}.`);
  }
  if (to <= from) throw new InputError('out-of-range', `Range ${asked} holds nothing: ${has}.`);
  return { start: from, count: to - from, keep: true };
}

/** Applies a selection to a variable whose last two dimensions are the slice. */
export function resolveSelection(
  variable: string,
  dimensions: readonly string[],
  shape: readonly number[],
  selection: Selection = {},
): Span[] {
  const leading = dimensions.slice(0, -2);
  for (const name of Object.keys(selection)) {
    if (leading.includes(name)) continue;
    if (dimensions.includes(name)) {
      throw new InputError(
        'bad-selection',
        `Dimension ${name} is part of the slices of ${variable} (its last two dimensions) and cannot be selected; ${
          leading.length ? `only ${leading.join(', ')} can` : 'there is no other'
        }.`,
      );
    }
    throw new InputError(
      'no-such-dimension',
      `Variable ${variable} has no dimension ${name}; its dimensions are ${dimensions.join(', ')}.`,
    );
  }
  return leading.map((name, i) => span(name, shape[i]!, Object.hasOwn(selection, name) ? selection[name]! : {}));
}
