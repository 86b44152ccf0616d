import type { FieldData } from './field.js';

/** Arrays of these sizes are worth keeping, and this many of them: fresh memory takes longer than most of what is done to all values of a tile. */
const LEAST_BYTES = 2 ** 20;
const MOST_BYTES = 2 ** 23;
const KEPT = 3;

type Numbers = FieldData | Int32Array;
interface TypeOf<N extends Numbers> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): N;
  new (memory: ArrayBuffer): N;
}

let free: ArrayBuffer[] = [];
let lent: ArrayBuffer[] = [];

/**
 * An array that serves until the job of this thread is done, and then others. What is in it may be left over from them: all of it is to be written.
 */
export function scratch<N extends Numbers>(Type: TypeOf<N>, length: number): N {
  const bytes = length * Type.BYTES_PER_ELEMENT;
  if (bytes < LEAST_BYTES || bytes > MOST_BYTES || lent.length === KEPT) {
    return new Type(length);
  }
  const memory = free.find(({ byteLength }) => byteLength === bytes) ?? new ArrayBuffer(bytes);
  free = free.filter(other => other !== memory);
  lent.push(memory);
  return new Type(memory);
}

/** An array of the type and length of another. */
export function scratchLike<Values extends FieldData>(values: Values): Values {
  return scratch(values.constructor as TypeOf<Values>, values.length);
}

/** Takes back what was lent: to be called where a job has ended, and its result holds nothing of that. */
export function takeBack(): void {
  free = [...lent, ...free].slice(0, KEPT);
  lent = [];
}
