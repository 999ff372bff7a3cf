/**
 * Escapes of composefs-dump(5): `\\`, `\n`, `\r`, `\t` and `\xHH`.
 *
 * Reading takes bytes, because a dump is bytes; writing makes ASCII text.
 */
import { ascii, type ByteString } from '../../util/bytes.js';

const BACKSLASH = 0x5c;
const NAMED_ESCAPES: Readonly<Record<string, number>> = { '\\': 0x5c, n: 0x0a, r: 0x0d, t: 0x09 };

/**
 * Undoes the escapes of `bytes[start, end)`.
 *
 * @param fail called with a message when an escape is malformed; it throws
 * @returns a view of `bytes` when nothing is escaped, else a new buffer
 */
export function unescapeBytes(
  bytes: Buffer,
  start: number,
  end: number,
  fail: (message: string) => never,
): Buffer {
  const field = bytes.subarray(start, end);
  const first = field.indexOf(BACKSLASH);
  if (first < 0) return field;
  const result = Buffer.allocUnsafe(field.length);
  let length = field.copy(result, 0, 0, first);
  for (let at = first; at < field.length;) {
    const byte = field[at] ?? 0;
    if (byte !== BACKSLASH) {
      result[length++] = byte;
      at++;
      continue;
    }
    const letter = String.fromCharCode(field[at + 1] ?? 0);
    const named = NAMED_ESCAPES[letter];
    if (named === undefined && letter !== 'x') return fail(unknownEscape(field, at));
    result[length++] = named ?? hexPair(field, at, fail);
    at += named === undefined ? 4 : 2;
  }
  return result.subarray(0, length);
}

function hexPair(field: Buffer, at: number, fail: (message: string) => never): number {
  const high = hexDigit(field[at + 2]);
  const low = hexDigit(field[at + 3]);
  if (high === undefined || low === undefined) return fail('\\x is not followed by two hex digits');
  return high * 16 + low;
}

function hexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : undefined;
}

function unknownEscape(field: Buffer, at: number): string {
  const byte = field[at + 1];
  if (byte === undefined) return 'it ends in a backslash';
  const shown =
    byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `byte 0x${byte.toString(16)}`;
  return `there is no escape \\${shown}`;
}

/** A path or another required field in the canonical spelling. */
export function escapeField(text: ByteString): string {
  return text.replace(/[^\x21-\x5b\x5d-\x7e]/g, escapeByte);
}

/** PAYLOAD or CONTENT in the canonical spelling; `-` when it is not set, `\x2d` when it is a lone dash. */
export function escapeOptional(text: ByteString | undefined): string {
  if (text === undefined) return '-';
  return text === ascii('-') ? '\\x2d' : escapeField(text);
}

/** Key or value of an extended attribute in the canonical spelling: `=` is escaped as well. */
export function escapeXattr(text: ByteString): string {
  return text.replace(/[^\x21-\x3c\x3e-\x5b\x5d-\x7e]/g, escapeByte);
}

function escapeByte(character: string): string {
  switch (character) {
    case '\\':
      return '\\\\';
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  }
}
