import type { Selection } from './selection.js';

/** The types fieldzip works in. */
export type Dtype = 'float32' | 'float64';

export type FloatArray = Float32Array | Float64Array;

/** Numeric types as files store them. */
export type StoredType =
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float16'
  | 'float32'
  | 'float64';

export type Format = 'npy' | 'raw' | 'netcdf3' | 'hdf5';

export type AttributeValue = string | number | number[];

export type Attributes = Record<string, AttributeValue>;

export interface VariableInfo {
  readonly name: string;
  /** As stored in the file; `char`, `string` and `other` cannot be read. */
  readonly dtype: StoredType | 'char' | 'string' | 'other';
  readonly shape: readonly number[];
  /** One name a dimension; `dim0`, `dim1` ... where the file has none. */
  readonly dimensions: readonly string[];
  readonly attributes: Readonly<Attributes>;
}

/** What is known of a stack of slices without reading it. */
export interface StackInfo {
  readonly name: string;
  /** The type of the values handed out. */
  readonly dtype: Dtype;
  /** The type in the file, which differs where integers were converted. */
  readonly storedType: StoredType;
  /** Shape after selection: the leading dimensions that were kept, then rows and columns; of a variable of one dimension its length alone. */
  readonly shape: readonly number[];
  readonly dimensions: readonly string[];
  readonly rows: number;
  readonly columns: number;
  /** Number of slices: the product of the leading dimensions. */
  readonly count: number;
  /** The variable's attributes, less those that conversion has used up. */
  readonly attributes: Readonly<Attributes>;
  /** Values that mean "missing", as they occur in the data; NaN among them where missing integers became NaN. */
  readonly fillValues: readonly number[];
  readonly units?: string;
}

/** Slices of one variable, read one at a time, so that memory is that of one slice. */
export interface SliceStack extends StackInfo, Iterable<FloatArray> {
  /** Slice `index`, 0 to count - 1, row by row. The array is the caller's to keep. */
  read(index: number): FloatArray;
}

/** A whole (selection of a) variable in memory. */
export interface Slab extends StackInfo {
  readonly data: FloatArray;
}

/** An opened file. */
export interface Source {
  readonly path: string;
  readonly format: Format;
  /** Attributes of the file itself. */
  readonly attributes: Readonly<Attributes>;
  variables(): VariableInfo[];
  /** The name of the variable that would be read when none is given; throws if that is not clear. */
  chooseVariable(): string;
  /** One variable as a stack of slices; nothing but the header has been read yet. */
  stack(name?: string, selection?: Selection | string): SliceStack;
  /** One variable, whole. */
  read(name?: string, selection?: Selection | string): Slab;
  slices(name?: string, selection?: Selection | string): IterableIterator<FloatArray>;
  close(): void;
}

/** How the bytes of a raw file are to be understood; a raw file does not say. */
export interface RawLayout {
  readonly shape: readonly number[];
  readonly dtype: StoredType;
  /** Default little. */
  readonly endian?: 'little' | 'big';
  /** Bytes before the first value; default 0. */
  readonly offset?: number;
}
