/**
 * Reads boot loader entries, type 1, and `loader.conf` as systemd-boot 257 (`boot.c`) does: a key, white space, a value; what
 * it does not know is passed over.
 */
import { FormatError } from '../../util/errors.js';

/** Longest entry that is read, in bytes. */
export const ENTRY_SIZE_MAX = 1 << 16;

/** What an entry says. Undefined is what it does not say. */
export interface ParsedBootEntry {
  readonly title?: string;
  readonly version?: string;
  readonly machineId?: string;
  readonly sortKey?: string;
  readonly linux?: string;
  /** `efi`: a program in place of a kernel. */
  readonly efi?: string;
  readonly initrd: readonly string[];
  /** All lines of options, one after the other. */
  readonly options: string;
}

/** `loader.conf`, as far as it says what is started. */
export interface LoaderConf {
  /** Pattern for the name of an entry. */
  readonly default?: string;
  readonly timeout?: string;
}

/** @throws {FormatError} when it is too long or not UTF-8 */
export function parseBootEntry(bytes: Uint8Array): ParsedBootEntry {
  const initrd: string[] = [];
  const options: string[] = [];
  const single = new Map<string, string>();
  for (const [key, value] of keysAndValues('boot entry', bytes)) {
    if (key === 'initrd') initrd.push(value);
    else if (key === 'options') options.push(value);
    else single.set(key, value);
  }
  const named = <K extends string>(field: K, key: string): Partial<Record<K, string>> => {
    const value = single.get(key);
    return value === undefined ? {} : ({ [field]: value } as Record<K, string>);
  };
  return {
    ...named('title', 'title'),
    ...named('version', 'version'),
    ...named('machineId', 'machine-id'),
    ...named('sortKey', 'sort-key'),
    ...named('linux', 'linux'),
    ...named('efi', 'efi'),
    initrd,
    options: options.join(' '),
  };
}

/** @throws {FormatError} when it is too long or not UTF-8 */
export function parseLoaderConf(bytes: Uint8Array): LoaderConf {
  const values = new Map(keysAndValues('loader.conf', bytes));
  const pattern = values.get('default');
  const timeout = values.get('timeout');
  return {
    ...(pattern === undefined ? {} : { default: pattern }),
    ...(timeout === undefined ? {} : { timeout }),
  };
}

function keysAndValues(format: string, bytes: Uint8Array): [string, string][] {
  if (bytes.length > ENTRY_SIZE_MAX)
    throw new FormatError(format, `more than ${ENTRY_SIZE_MAX} bytes`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FormatError(format, 'not UTF-8');
  }
  const found: [string, string][] = [];
  for (const line of text.split(/[\r\n\0]/)) {
    const [, key, value] = /^[ \t]*([^\s#][^ \t]*)[ \t]+(.*?)[ \t]*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && value !== '') found.push([key, unquote(value)]);
  }
  return found;
}

/** Quotes around a whole value do not belong to it. */
function unquote(value: string): string {
  return /^"(.*)"$/.exec(value)?.[1] ?? value;
}
