import { rootMeanSquare } from '@fieldzip/native-coder';
import type { PreparedTile } from '../codecs/codec.js';
import type { FieldData } from '../field.js';

/** Root mean square error of the present values. */
export function rmseOf({ values, missing }: PreparedTile, restored: FieldData): number {
  return restored === values ? 0 : rootMeanSquare(values, restored, missing ?? null);
}
