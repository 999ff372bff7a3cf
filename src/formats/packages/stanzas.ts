/** Paragraphs of `Field: value` lines with empty lines between them (deb822(5)): dpkg's status file. */
import { fromBytes } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';

/** A paragraph: the first line of each field that was asked for. */
export interface Stanza {
  /** Line of its first field, from 1. */
  readonly line: number;
  /** Values without spaces at their ends, by the field's name in lower case. */
  readonly fields: ReadonlyMap<string, { readonly line: number; readonly value: string }>;
}

const LINES_IN_STEP = 1024;

/** Longest line, in bytes. */
const LINE_MAX = 1 << 20;

/**
 * The paragraphs of a text. Field names differ by more than case; lines that begin with a blank continue the one before, and are
 * passed over, as is what was not asked for. Undefined comes after each thousand lines: then there may be a pause.
 *
 * @param wanted names of fields, in lower case
 * @throws {FormatError} for a NUL byte, a line that is no field, a field that is there twice, or a line of more than 1 MiB
 */
export function* parseStanzas(
  bytes: Uint8Array,
  wanted: ReadonlySet<string>,
  format: string,
): Generator<Stanza | undefined, void, undefined> {
  let fields = new Map<string, { line: number; value: string }>();
  let first = 0;
  for (const { number, text } of linesOf(bytes, format)) {
    if (number % LINES_IN_STEP === 0) yield undefined;
    if (text.trim() === '') {
      if (first > 0) yield { line: first, fields };
      fields = new Map();
      first = 0;
      continue;
    }
    if (first === 0) first = number;
    if (text.startsWith(' ') || text.startsWith('\t')) continue;
    const colon = text.indexOf(':');
    if (colon <= 0) throw new FormatError(format, 'expected `Field: value`', { line: number });
    const name = text.slice(0, colon).toLowerCase();
    if (!wanted.has(name)) continue;
    if (fields.has(name))
      throw new FormatError(format, 'the field is there twice', { line: number, field: name });
    fields.set(name, { line: number, value: text.slice(colon + 1).trim() });
  }
  if (first > 0) yield { line: first, fields };
}

/** One line; one unit of its text is one byte. */
export interface NumberedLine {
  readonly number: number;
  readonly text: string;
}

/** @throws {FormatError} for a NUL byte or a line of more than 1 MiB */
export function* linesOf(
  bytes: Uint8Array,
  format: string,
): Generator<NumberedLine, void, undefined> {
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw new FormatError(format, 'the file contains a NUL byte', { offset: nul });
  let number = 1;
  for (let start = 0; start < bytes.length; number++) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    if (end - start > LINE_MAX)
      throw new FormatError(format, `a line of more than ${LINE_MAX} bytes`, { line: number });
    yield { number, text: fromBytes(bytes.subarray(start, end)) };
    start = end + 1;
  }
}
