import { InputError } from './errors.js';
import {
  halvesToFloats,
  isFloat,
  isFloatArray,
  isStoredType,
  longsToFloats,
  type StoredArray,
  sizeOf,
} from './numeric.js';
import type { Attributes, AttributeValue, Dtype, FloatArray, StoredType, VariableInfo } from './types.js';

/** How a variable's stored values become floats. */
export interface Conversion {
  readonly storedType: StoredType;
  readonly dtype: Dtype;
  readonly fillValues: number[];
  readonly attributes: Attributes;
  convert(values: StoredArray): FloatArray;
}

const numbers = (value: AttributeValue | undefined): number[] =>
  typeof value === 'number' ? [value] : Array.isArray(value) ? value : [];

function declaredFills(attributes: Readonly<Attributes>): number[] {
  return [...numbers(attributes._FillValue), ...numbers(attributes.missing_value)];
}

const distinct = (values: number[]): number[] =>
  values.filter((value, i) => values.findIndex(other => Object.is(other, value)) === i);

const isPacked = (variable: VariableInfo): boolean =>
  !isFloat(variable.dtype) &&
  (typeof variable.attributes.scale_factor === 'number' || typeof variable.attributes.add_offset === 'number');

/** Whether the variable's values are real numbers: stored as floats, or as integers with a scale or offset. */
export const holdsReals = (variable: VariableInfo): boolean =>
  isStoredType(variable.dtype) && (isFloat(variable.dtype) || isPacked(variable));

function floatConversion(variable: VariableInfo, storedType: StoredType): Conversion {
  const dtype: Dtype = storedType === 'float64' ? 'float64' : 'float32';
  const fills = declaredFills(variable.attributes);
  return {
    storedType,
    dtype,
    // missing_value is often written as a double (1e20) beside float32 data, where it occurs rounded.
    fillValues: distinct(dtype === 'float32' ? fills.map(Math.fround) : fills),
    attributes: { ...variable.attributes },
    convert: values => (isFloatArray(values) ? values : halvesToFloats(values as Uint16Array)),
  };
}

/** The `_Unsigned` convention: classic NetCDF has no unsigned integers, DAP servers no signed bytes. */
function reinterpretation(variable: VariableInfo, storedType: StoredType): StoredType {
  const marked = String(variable.attributes._Unsigned ?? '').toLowerCase();
  if (marked === 'true' && storedType.startsWith('int')) return `u${storedType}` as StoredType;
  if (marked === 'false' && storedType.startsWith('uint')) return storedType.slice(1) as StoredType;
  return storedType;
}

function reinterpret(values: StoredArray, type: StoredType): StoredArray {
  const { buffer, byteOffset, length } = values;
  const bytes = buffer as ArrayBuffer;
  switch (type) {
    case 'int8':
      return new Int8Array(bytes, byteOffset, length);
    case 'uint8':
      return new Uint8Array(bytes, byteOffset, length);
    case 'int16':
      return new Int16Array(bytes, byteOffset, length);
    case 'uint16':
      return new Uint16Array(bytes, byteOffset, length);
    case 'int32':
      return new Int32Array(bytes, byteOffset, length);
    case 'uint32':
      return new Uint32Array(bytes, byteOffset, length);
    case 'int64':
      return new BigInt64Array(bytes, byteOffset, length);
    case 'uint64':
      return new BigUint64Array(bytes, byteOffset, length);
    default:
      return values;
  }
}

/** An integer attribute brought into the range of a type that its bits were reinterpreted as. */
function wrapInto(value: number, type: StoredType): number {
  const span = 2 ** (8 * sizeOf(type));
  if (type.startsWith('u')) return value < 0 ? value + span : value;
  return value >= span / 2 ? value - span : value;
}

const used = ['scale_factor', 'add_offset', '_FillValue', 'missing_value', '_Unsigned'];

function integerConversion(variable: VariableInfo, storedType: StoredType): Conversion {
  const { attributes: all } = variable;
  const type = reinterpretation(variable, storedType);
  const packed = isPacked(variable);
  // Short integers carry no more digits than float32 has; longer ones may.
  const dtype: Dtype = sizeOf(type) <= 2 ? 'float32' : 'float64';
  const scale = typeof all.scale_factor === 'number' ? all.scale_factor : 1;
  const offset = typeof all.add_offset === 'number' ? all.add_offset : 0;
  const fills = new Set(declaredFills(all).map(value => (type === storedType ? value : wrapInto(value, type))));

  const attributes: Attributes = { ...all };
  for (const name of used) delete attributes[name];
  const notes = [`stored as ${type}`];
  if (packed) notes.push(`unpacked with scale_factor ${scale} and add_offset ${offset}`);
  if (fills.size) notes.push(`fill value ${[...fills].join(', ')} became NaN`);
  attributes.fieldzip_conversion = notes.join('; ');

  const convert = (values: StoredArray): FloatArray => {
    const typed = type === storedType ? values : reinterpret(values, type);
    const plain =
      typed instanceof BigInt64Array || typed instanceof BigUint64Array
        ? longsToFloats(typed, variable.name)
        : (typed as Exclude<StoredArray, BigInt64Array | BigUint64Array>);
    const out = dtype === 'float32' ? new Float32Array(plain.length) : new Float64Array(plain.length);
    if (!packed && fills.size === 0) {
      out.set(plain);
      return out;
    }
    // One rounding, from float64, where arithmetic in float32 would round three times.
    for (let i = 0; i < plain.length; i++) out[i] = plain[i]! * scale + offset;
    if (fills.size) {
      for (let i = 0; i < plain.length; i++) if (fills.has(plain[i]!)) out[i] = Number.NaN;
    }
    return out;
  };
  return { storedType, dtype, fillValues: fills.size ? [Number.NaN] : [], attributes, convert };
}

export function conversionOf(variable: VariableInfo): Conversion {
  const { dtype } = variable;
  if (!isStoredType(dtype)) {
    throw new InputError(
      'unsupported-type',
      `Variable ${variable.name} holds values of type ${dtype}; only real numbers and integers can be read.`,
    );
  }
  return isFloat(dtype) ? floatConversion(variable, dtype) : integerConversion(variable, dtype);
}
