import { InputError } from './errors.js';
import type { InputFile } from './files.js';
import { isStoredType, orderBytes, product, shapeText, sizeOf, storedTypes, viewAs } from './numeric.js';
import type { Backend } from './source.js';
import type { RawLayout } from './types.js';

export const numberedDimensions = (rank: number): string[] => Array.from({ length: rank }, (_, i) => `dim${i}`);

function checkLayout({ shape, dtype, endian = 'little', offset = 0 }: RawLayout): void {
  if (!isStoredType(dtype)) {
    throw new InputError(
      'bad-layout',
      `'${dtype}' is not a type fieldzip knows; use one of ${storedTypes.join(', ')}.`,
    );
  }
  if (endian !== 'little' && endian !== 'big') {
    throw new InputError('bad-layout', `'${endian}' is not a byte order; use little or big.`);
  }
  if (shape.length === 0 || !shape.every(size => Number.isSafeInteger(size) && size > 0)) {
    throw new InputError(
      'bad-layout',
      `'${shape.join('x')}' is not a shape; use positive whole numbers, such as 512x512.`,
    );
  }
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new InputError('bad-layout', `${offset} is not an offset in bytes; use a whole number, 0 or more.`);
  }
}

export function openRaw(file: InputFile, layout: RawLayout): Backend {
  checkLayout(layout);
  const { shape, dtype, endian = 'little', offset = 0 } = layout;
  const values = product(shape);
  const needed = values === undefined ? Number.POSITIVE_INFINITY : values * sizeOf(dtype) + offset;
  if (file.size !== needed) {
    const after = offset ? ` after ${offset} bytes of header` : '';
    throw new InputError(
      'wrong-size',
      `${file.path} holds ${file.size} bytes but ${shapeText(shape)} values of ${dtype}${after} take ${needed}; check the shape, the type and the offset.`,
    );
  }
  return {
    path: file.path,
    format: 'raw',
    attributes: {},
    variables: [
      { name: 'data', dtype, shape: [...shape], dimensions: numberedDimensions(shape.length), attributes: {} },
    ],
    open: () => rowMajorReader(file, shape, dtype, endian, offset),
    close: () => file.close(),
  };
}

/** Reads slices of values stored row by row without gaps. */
export function rowMajorReader(
  file: InputFile,
  shape: readonly number[],
  dtype: RawLayout['dtype'],
  endian: 'little' | 'big',
  offset: number,
): ReturnType<Backend['open']> {
  const size = sizeOf(dtype);
  const sliceBytes = product(shape.slice(-2))! * size;
  return leading => {
    let index = 0;
    for (let d = 0; d < leading.length; d++) index = index * shape[d]! + leading[d]!;
    const bytes = file.bytes(offset + index * sliceBytes, sliceBytes);
    orderBytes(bytes, size, endian);
    return viewAs(dtype, bytes);
  };
}
