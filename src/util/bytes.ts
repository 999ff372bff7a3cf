/**
 * Bytes and byte strings.
 *
 * Names on Linux are bytes, not text. A `ByteString` holds one byte in each UTF-16 unit (ISO 8859-1), so it is a
 * Map key, `<` is byte order and a conversion costs nothing.
 */

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

/** For people: the bytes as UTF-8 where they are UTF-8, and `\xHH` for control characters and all other bytes. */
export function toDisplay(text: ByteString): string {
  if (isPrintableAscii(text)) return text;
  const bytes = toBytes(text);
  const decoded = bytes.toString('utf8');
  // eslint-disable-next-line no-control-regex -- control characters are what must not reach a terminal
  const control = /[\u0000-\u001f\u007f-\u009f]/g;
  if (Buffer.from(decoded, 'utf8').equals(bytes)) {
    return decoded.replace(control, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  }
  return text.replace(
    /[^\x20-\x7e]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- the ASCII range starts at NUL
  return /^[\x00-\x7f]*$/.test(text);
}

function isPrintableAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Rounds `value` up to a multiple of `alignment`, which is positive. Exact below 2^53. */
export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
