/** Lines of small files of settings: keys, revocations, policy, health checks, rules for /etc. */
import { fromBytes } from '../util/bytes.js';
import { FormatError } from '../util/errors.js';

/** Longest such file, in bytes. */
export const SETTINGS_FILE_MAX = 64 * 1024;

/** A line that says something. */
export interface SettingLine {
  /** From 1. */
  readonly number: number;
  /** Without spaces and tabs at its ends; not empty. One unit is one byte. */
  readonly text: string;
}

/**
 * The lines of a file that are neither empty nor a comment. A comment is a whole line that starts with `#` or `;`,
 * after any spaces and tabs.
 *
 * @throws {FormatError} when the file is longer than `SETTINGS_FILE_MAX` or contains a NUL byte
 */
export function settingLines(bytes: Uint8Array, format: string): readonly SettingLine[] {
  if (bytes.length > SETTINGS_FILE_MAX)
    throw new FormatError(format, `${bytes.length} bytes, more than ${SETTINGS_FILE_MAX}`);
  const offset = bytes.indexOf(0);
  if (offset >= 0) throw new FormatError(format, 'the file contains a NUL byte', { offset });
  const lines: SettingLine[] = [];
  for (const [index, raw] of fromBytes(bytes).split('\n').entries()) {
    const text = trimBlanks(raw);
    if (text !== '' && !text.startsWith('#') && !text.startsWith(';'))
      lines.push({ number: index + 1, text });
  }
  return lines;
}

/** Removes spaces and tabs, and nothing else, from both ends. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(unit: string | undefined): boolean {
  return unit === ' ' || unit === '\t';
}
