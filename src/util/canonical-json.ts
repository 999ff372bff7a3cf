/**
 * One byte form for each JSON value, so that a document can be named by its hash: RFC 8785 (JCS).
 *
 * Numbers are limited to whole numbers below 2^53. Their decimal digits are then the only spelling, and no reader
 * needs the number printing rules of ECMAScript.
 */
import { isRecord } from './checks.js';
import { FormatError } from './errors.js';

/** A value that JSON can hold. A key whose value is `undefined` is left out. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** A JSON object. */
export type JsonObject = Readonly<Record<string, JsonValue | undefined>>;

/** Deepest nesting of arrays and objects, in levels. */
export const JSON_DEPTH_MAX = 32;

/** What a caller of the parser says about its document. */
export interface CanonicalJsonOptions {
  /** Name of the format, for errors. */
  readonly format: string;
  /** Longest accepted document, in bytes. */
  readonly maxBytes: number;
}

/**
 * The canonical text of a value.
 *
 * @throws {FormatError} for a number that is not a safe integer, a lone surrogate, nesting deeper than
 *   `JSON_DEPTH_MAX`, or a value that JSON cannot hold
 */
export function printCanonicalJson(value: unknown, format = 'canonical JSON'): string {
  return printValue(value, format, 0);
}

/**
 * Parses a document that must be in its canonical form: the value printed again is the same text. Repeated keys,
 * white space, other key orders and other spellings are thereby refused.
 *
 * @throws {FormatError} when the bytes are too many, not UTF-8, not JSON or not canonical
 */
export function parseCanonicalJson(bytes: Uint8Array, options: CanonicalJsonOptions): JsonValue {
  const { format, maxBytes } = options;
  if (bytes.length > maxBytes)
    throw new FormatError(format, `${bytes.length} bytes, more than ${maxBytes}`);
  const text = decodeUtf8(bytes, format);
  const value = parseJson(text, format);
  const canonical = printValue(value, format, 0);
  if (canonical !== text)
    throw new FormatError(format, 'the JSON is not in canonical form (RFC 8785)', {
      offset: Buffer.byteLength(text.slice(0, firstDifference(text, canonical)), 'utf8'),
    });
  return value;
}

/**
 * Decodes UTF-8 strictly; a byte order mark stays a character.
 *
 * @throws {FormatError} when the bytes are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, format: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(format, 'the text is not UTF-8', {}, cause);
  }
}

function parseJson(text: string, format: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new FormatError(format, 'the text is not JSON', {}, cause);
  }
}

function firstDifference(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index++;
  return index;
}

function printValue(value: unknown, format: string, depth: number): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return printNumber(value, format);
  if (typeof value === 'string') return printString(value, format);
  if (depth >= JSON_DEPTH_MAX)
    throw new FormatError(format, `values are nested deeper than ${JSON_DEPTH_MAX} levels`);
  if (Array.isArray(value))
    return `[${value.map((item) => printValue(item, format, depth + 1)).join(',')}]`;
  if (isRecord(value)) return printObject(value, format, depth);
  throw new FormatError(format, `JSON cannot hold a value of type ${typeof value}`);
}

function printNumber(value: number, format: string): string {
  if (!Number.isSafeInteger(value))
    throw new FormatError(format, `the number ${value} is not a whole number below 2^53`);
  return String(value);
}

function printString(value: string, format: string): string {
  // In Unicode mode a paired surrogate is one code point, so only lone ones match.
  if (/\p{Surrogate}/u.test(value))
    throw new FormatError(format, 'a string contains a lone surrogate');
  return JSON.stringify(value);
}

/** RFC 8785 section 3.2.3: keys are sorted by UTF-16 units, which is the order of `sort` without a comparison. */
function printObject(
  object: Readonly<Record<string, unknown>>,
  format: string,
  depth: number,
): string {
  const members: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const value = object[key];
    if (value !== undefined)
      members.push(`${printString(key, format)}:${printValue(value, format, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}
