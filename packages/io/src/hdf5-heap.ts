import { InputError } from './errors.js';
import type { InputFile } from './files.js';

/** How much of either end of a file is searched; whole files up to twice this. */
const searched = 32 << 20;

const signature = Buffer.from('GCOL\x01\x00\x00\x00', 'latin1');
const headerBytes = 16;
const smallestHeap = 4096;
const largestHeap = 1 << 26;

/** Whether the entries of a global heap, one after another, lead from its start to its end. */
function isWalkable(heap: Buffer): boolean {
  let at = headerBytes;
  // What is left after the last entry may be too small for another one's header.
  while (at + headerBytes <= heap.length) {
    const index = heap.readUInt16LE(at);
    const size = heap.readBigUInt64LE(at + 8);
    if (size > BigInt(heap.length)) return false;
    // Entry 0 is free space and counts its own header.
    const step = index === 0 ? Number(size) : headerBytes + Math.ceil(Number(size) / 8) * 8;
    if (step < headerBytes) return false;
    at += step;
  }
  return at <= heap.length;
}

/**
 * Looks for damage on which HDF5 2.0.0 loops for ever, and which therefore has to be found before the library sees it:
 * a global heap (where strings and dimension lists are kept) with a free entry of no size.
 */
export function checkGlobalHeaps(file: InputFile): void {
  const starts = file.size <= 2 * searched ? [0] : [0, file.size - searched];
  for (const start of starts) {
    const bytes = file.bytes(start, starts.length === 1 ? file.size : searched);
    for (let at = bytes.indexOf(signature); at >= 0; at = bytes.indexOf(signature, at + 1)) {
      if (at + headerBytes > bytes.length) break;
      const size = bytes.readBigUInt64LE(at + 8);
      // Values that look like the signature are followed by a size only by a rare accident.
      if (size < smallestHeap || size > largestHeap || BigInt(start + at) + size > BigInt(file.size)) continue;
      if (!isWalkable(file.bytes(start + at, Number(size)))) {
        throw new InputError(
          'damaged',
          `${file.path} is damaged: the HDF5 heap at byte ${start + at} cannot be followed to its end.`,
        );
      }
    }
  }
}
