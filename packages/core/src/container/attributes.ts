import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ArgumentError, FormatError } from '../errors.js';

export type Attributes = Readonly<Record<string, unknown>>;

/** Most bytes of the JSON text: a small section must not unfold into all of the memory. */
export const MAX_ATTRIBUTES_BYTES = 2 ** 24;

/**
 * The attributes as deflated JSON.
 * @throws ArgumentError for what JSON does not carry: it would turn NaN into null and drop functions without a word.
 */
export function attributesPayload(attributes: Attributes): Uint8Array {
  if (!isObject(attributes)) throw new ArgumentError('Expected the attributes to be an object.');
  const text = new TextEncoder().encode(JSON.stringify(attributes, refuseWhatJsonLoses));
  if (text.length > MAX_ATTRIBUTES_BYTES) {
    throw new ArgumentError(
      `The attributes take ${text.length} bytes as JSON, beyond the limit of ${MAX_ATTRIBUTES_BYTES}.`,
    );
  }
  return deflateRawSync(text, { level: 9 });
}

function refuseWhatJsonLoses(key: string, value: unknown): unknown {
  const lost = typeof value === 'number' ? !Number.isFinite(value) : /bigint|function|symbol/.test(typeof value);
  if (lost) throw new ArgumentError(`Expected attributes that JSON can hold, found ${String(value)} in "${key}".`);
  return value;
}

function isObject(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function parseAttributes(payload: Uint8Array): Attributes {
  let found: unknown;
  try {
    const text = inflateRawSync(payload, { maxOutputLength: MAX_ATTRIBUTES_BYTES });
    found = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text));
  } catch (error) {
    throw new FormatError(`The attributes are not deflated JSON of at most ${MAX_ATTRIBUTES_BYTES} bytes.`, {
      cause: error,
    });
  }
  if (!isObject(found)) throw new FormatError('Expected the attributes to be a JSON object.');
  return found;
}
