/** UTCTime and GeneralizedTime as certificates have them (RFC 5280 4.1.2.5): to the second, in UTC. */
import type { DerReader } from './der-reader.js';
import { DER_TAG } from './der-tags.js';
import { derValue } from './der-writer.js';

/** From this year on GeneralizedTime is used, and years of UTCTime are those before it. */
const GENERALIZED_FROM = 2050;

/** The time that comes next, in seconds since 1970. @throws {FormatError} when it is none */
export function readDerTime(reader: DerReader, what: string): number {
  const { tag, content, offset } = reader.any();
  const text = content.toString('latin1');
  const seconds = secondsOf(tag, text);
  if (seconds === undefined) throw reader.error(`${what} is not a time`, offset);
  return seconds;
}

function secondsOf(tag: number, text: string): number | undefined {
  const isShort = tag === DER_TAG.UTC_TIME;
  if (!isShort && tag !== DER_TAG.GENERALIZED_TIME) return undefined;
  const full = isShort ? `${text < '50' ? '20' : '19'}${text}` : text;
  if (!/^\d{14}Z$/.test(full)) return undefined;
  const date = full.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const milliseconds = Date.parse(date);
  // Some days that no calendar has are taken for the next one.
  const isReal = !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString() === date;
  return isReal ? milliseconds / 1000 : undefined;
}

/** @param seconds since 1970, before the year 10000 */
export function derTime(seconds: number): Buffer {
  const isShort = new Date(seconds * 1000).getUTCFullYear() < GENERALIZED_FROM;
  return derValue(
    isShort ? DER_TAG.UTC_TIME : DER_TAG.GENERALIZED_TIME,
    Buffer.from(printTime(seconds * 1000, isShort), 'latin1'),
  );
}

function printTime(milliseconds: number, isShort: boolean): string {
  const digits = new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
  return digits.replace(/[-:T]/g, '').slice(isShort ? 2 : 0);
}
