/**
 * Bytes and byte strings.
 *
 * Names on Linux are bytes, not text. A `ByteString` holds one byte in each UTF-16 unit (ISO 8859-1), so it is a
 * Map key, `<` is byte order and a conversion costs nothing.
 */
import { escapeCharacter, printable } from './printable.js';

declare const byteStringBrand: unique symbol;

/** A string whose every unit is one byte, 0 to 255. */
export type ByteString = string & { readonly [byteStringBrand]: true };

/** Bytes as a `ByteString`. */
export function fromBytes(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'latin1',
  ) as ByteString;
}

/** The bytes in `[start, end)` as a `ByteString`. */
export function byteStringAt(bytes: Buffer, start: number, end: number): ByteString {
  return bytes.toString('latin1', start, end) as ByteString;
}

/** A copy of a `ByteString`'s bytes. */
export function toBytes(text: ByteString): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Text, encoded as UTF-8, as a `ByteString`. */
export function fromText(text: string): ByteString {
  return isAscii(text) ? (text as ByteString) : fromBytes(Buffer.from(text, 'utf8'));
}

/** An ASCII literal as a `ByteString`. */
export function ascii(literal: string): ByteString {
  return literal as ByteString;
}

/**
 * A name for people and for documents: UTF-8 where it is UTF-8, `\\` for a backslash, and `\xHH` for each other byte and for
 * those of characters that are not shown. No two names look alike: the escapes turned into bytes again are the name.
 */
export function toDisplay(text: ByteString): string {
  if (PLAIN_NAME.test(text)) return text;
  const bytes = toBytes(text);
  const decoded = bytes.toString('utf8');
  const isText = Buffer.from(decoded, 'utf8').equals(bytes);
  const escaped = (isText ? decoded : text).replaceAll('\\', '\\\\');
  return isText
    ? printable(escaped).replaceAll(/[\n\t]/g, escapeCharacter)
    : escaped.replace(
        /[^\x20-\x7e]/g,
        (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
      );
}

/** Printable ASCII without a backslash. */
const PLAIN_NAME = /^[\x20-\x5b\x5d-\x7e]*$/;

/** A name as text, for comparing and building paths: undefined when it is not UTF-8. */
export function toText(text: ByteString): string | undefined {
  if (isAscii(text)) return text;
  const bytes = toBytes(text);
  const decoded = bytes.toString('utf8');
  return Buffer.from(decoded, 'utf8').equals(bytes) ? decoded : undefined;
}

function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- the ASCII range starts at NUL
  return /^[\x00-\x7f]*$/.test(text);
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Rounds `value` up to a multiple of `alignment`, which is positive. Exact below 2^53. */
export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
