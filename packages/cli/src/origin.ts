import type { Info } from '@fieldzip/core';
import type { Attributes, AttributeValue, Format, RawLayout, SliceStack } from '@fieldzip/io';

/**
 * Where a field came from, as a .fldz file's attributes keep it: enough to find the original again and to write a NetCDF
 * file that looks like it.
 */
export interface Origin {
  readonly name?: string;
  readonly dimensions?: readonly string[];
  /** As it was given to --slice. */
  readonly selection?: string;
  /** How to read the original, where that is not plain from the shape and type in the file. */
  readonly raw?: RawLayout;
  readonly attributes?: Readonly<Attributes>;
}

/** JSON has no NaN and no infinities, and a NaN is what many a _FillValue is. */
type Storable = string | number | { readonly float: string } | readonly Storable[];

function toStorable(value: AttributeValue): Storable {
  if (Array.isArray(value)) return value.map(toStorable);
  return typeof value === 'number' && !Number.isFinite(value) ? { float: String(value) } : value;
}

function fromStorable(value: unknown): AttributeValue | undefined {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (Array.isArray(value)) {
    const items = value.map(fromStorable);
    return items.every(item => typeof item === 'number') ? items : undefined;
  }
  const float = (value as { float?: unknown } | null)?.float;
  return typeof float === 'string' ? Number(float) : undefined;
}

/** What is worth keeping; undefined where the file's own header says it all, so that small files stay small. */
export function attributesToStore(
  stack: SliceStack,
  format: Format,
  selection: string | undefined,
  raw: RawLayout | undefined,
): Record<string, unknown> | undefined {
  const stored: Record<string, unknown> = {};
  if (format === 'netcdf3' || format === 'hdf5') {
    stored.name = stack.name;
    stored.dimensions = stack.dimensions;
    const attributes = Object.entries(stack.attributes).map(([name, value]) => [name, toStorable(value)]);
    if (attributes.length) stored.attributes = Object.fromEntries(attributes);
  }
  if (selection) stored.selection = selection;
  if (raw && (selection || raw.endian === 'big')) stored.raw = raw;
  return Object.keys(stored).length ? stored : undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string';

function rawFrom(value: unknown): RawLayout | undefined {
  const raw = (value ?? {}) as Partial<RawLayout>;
  if (!Array.isArray(raw.shape) || !raw.shape.every(Number.isSafeInteger)) return undefined;
  if (raw.dtype !== 'float32' && raw.dtype !== 'float64') return undefined;
  return { shape: raw.shape, dtype: raw.dtype, endian: raw.endian === 'big' ? 'big' : 'little' };
}

/** Reads back what `attributesToStore` kept, taking nothing on trust: other programs may have written the attributes. */
export function originOf({ attributes: stored = {} }: Pick<Info, 'attributes'>): Origin {
  const { name, dimensions, selection } = stored;
  const raw = rawFrom(stored.raw);
  const attributes: Attributes = {};
  for (const [key, value] of Object.entries(stored.attributes ?? {})) {
    const restored = fromStorable(value);
    if (restored !== undefined) attributes[key] = restored;
  }
  return {
    ...(isText(name) ? { name } : {}),
    ...(Array.isArray(dimensions) && dimensions.every(isText) ? { dimensions } : {}),
    ...(isText(selection) ? { selection } : {}),
    ...(raw ? { raw } : {}),
    attributes,
  };
}
