/**
 * Records of pax extended headers, as bytes: `length keyword=value\n` (POSIX.1-2017 pax, "pax Extended Header").
 *
 * Values are bytes and may hold line feeds and NUL: the length counts, not the line feed.
 */
import { fromBytes, type ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';

/** Largest extended header that is read or written, in bytes. */
export const PAX_HEADER_MAX = 1024 * 1024;

/** One `keyword=value`. */
export interface PaxRecord {
  readonly keyword: ByteString;
  readonly value: ByteString;
  /** Where the record begins in the archive. */
  readonly offset: number;
}

const LENGTH_DIGITS_MAX = 7;

/**
 * Splits the content of an extended header into its records.
 *
 * @param offset of `bytes` in the archive
 * @throws {FormatError} when a record is damaged
 */
export function parsePaxRecords(bytes: Uint8Array, offset: number): PaxRecord[] {
  const text = fromBytes(bytes);
  const records: PaxRecord[] = [];
  for (let start = 0; start < text.length;) {
    const place = { offset: offset + start, field: 'pax record' };
    const digits = /^[0-9]+ /.exec(text.slice(start, start + LENGTH_DIGITS_MAX + 1))?.[0];
    if (digits === undefined) throw new FormatError('tar', 'no length', place);
    const end = start + Number.parseInt(digits, 10);
    const keywordStart = start + digits.length;
    if (end <= keywordStart || end > text.length)
      throw new FormatError('tar', 'the length is wrong', place);
    if (text[end - 1] !== '\n') throw new FormatError('tar', 'no line feed at its end', place);
    const record = text.slice(keywordStart, end - 1);
    const equals = record.indexOf('=');
    if (equals < 1) throw new FormatError('tar', 'no keyword', place);
    records.push({
      keyword: record.slice(0, equals) as ByteString,
      value: record.slice(equals + 1) as ByteString,
      offset: offset + start,
    });
    start = end;
  }
  return records;
}

/** A record as it stands in an extended header. */
export function formatPaxRecord(keyword: string, value: string): ByteString {
  const rest = ` ${keyword}=${value}\n`;
  let length = rest.length + String(rest.length).length;
  // The length counts its own digits, which may carry it over a power of ten.
  if (rest.length + String(length).length !== length) length++;
  return `${length}${rest}` as ByteString;
}

/** Seconds since 1970, rounded down, and the nanoseconds above them. */
export interface Timestamp {
  readonly sec: number;
  readonly nsec: number;
}

/** A decimal number of seconds such as `-1.5`, which is `{ sec: -2, nsec: 500000000 }`; undefined when it is not one. */
export function parsePaxTime(text: string): Timestamp | undefined {
  const match = /^(-?)([0-9]{1,16})(?:\.([0-9]*))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const seconds = Number.parseInt(whole, 10);
  if (!Number.isSafeInteger(seconds)) return undefined;
  let nsec = Number.parseInt(fraction.slice(0, 9).padEnd(9, '0'), 10);
  if (sign === '') return { sec: seconds, nsec };
  if (/[1-9]/.test(fraction.slice(9))) nsec++;
  const sec = nsec === 0 ? -seconds : -seconds - 1;
  if (!Number.isSafeInteger(sec)) return undefined;
  return { sec: sec === 0 ? 0 : sec, nsec: nsec === 0 ? 0 : 1_000_000_000 - nsec };
}

/** The inverse of `parsePaxTime`. */
export function formatPaxTime({ sec, nsec }: Timestamp): string {
  if (nsec === 0) return String(sec);
  const negative = sec < 0;
  const whole = negative ? -(sec + 1) : sec;
  const fraction = negative ? 1_000_000_000 - nsec : nsec;
  return `${negative ? '-' : ''}${whole}.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`;
}
