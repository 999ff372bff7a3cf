/**
 * Reads boot loader entries, type 1, and `loader.conf` as systemd-boot 257 (`boot.c`, `efi-string.c`) does: a key, white space, a
 * value; what it does not know is passed over, and so are bytes that are not UTF-8.
 */
import { FormatError } from '../../util/errors.js';

/** Longest entry that is read, in bytes. */
export const ENTRY_SIZE_MAX = 1 << 16;

/** Bytes that are not UTF-8, and characters that UCS-2 does not have: the boot loader leaves them out. */
const UNREADABLE = /[\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** What an entry says. Undefined is what it does not say. */
export interface ParsedBootEntry {
  readonly title?: string;
  readonly version?: string;
  readonly machineId?: string;
  readonly sortKey?: string;
  readonly linux?: string;
  /** What is started: `linux`, or `efi` (a program in place of a kernel), whichever comes last. */
  readonly program?: string;
  /** EFI's name of the only architecture that the entry is for, as `x64`. */
  readonly architecture?: string;
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

/** @throws {FormatError} when it is too long */
export function parseBootEntry(bytes: Uint8Array): ParsedBootEntry {
  const initrd: string[] = [];
  const options: string[] = [];
  const single = new Map<string, string>();
  for (const [key, value] of keysAndValues('boot entry', bytes)) {
    if (key === 'initrd') initrd.push(value);
    else if (key === 'options') options.push(value);
    else single.set(key, value);
    if (key === 'linux' || key === 'efi') single.set('program', value);
  }
  const named = <K extends string>(field: K, key: string): Partial<Record<K, string>> => {
    const value = single.get(key) ?? '';
    return value === '' ? {} : ({ [field]: value } as Record<K, string>);
  };
  return {
    ...named('title', 'title'),
    ...named('version', 'version'),
    ...named('machineId', 'machine-id'),
    ...named('sortKey', 'sort-key'),
    ...named('linux', 'linux'),
    ...named('program', 'program'),
    ...named('architecture', 'architecture'),
    initrd,
    options: options.join(' '),
  };
}

/** @throws {FormatError} when it is too long */
export function parseLoaderConf(bytes: Uint8Array): LoaderConf {
  // Of the special names only one is known; a line with another has no effect.
  const pairs = keysAndValues('loader.conf', bytes).filter(
    ([key, value]) => key !== 'default' || !/^@(?!saved$)/i.test(value),
  );
  const values = new Map(pairs);
  const pattern = values.get('default') ?? '';
  const timeout = values.get('timeout');
  return {
    ...(pattern === '' ? {} : { default: pattern }),
    ...(timeout === undefined ? {} : { timeout }),
  };
}

function keysAndValues(format: string, bytes: Uint8Array): [string, string][] {
  if (bytes.length > ENTRY_SIZE_MAX)
    throw new FormatError(format, `more than ${ENTRY_SIZE_MAX} bytes`);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const found: [string, string][] = [];
  for (const line of (text.split('\0', 1)[0] ?? '').split(/[\r\n]/)) {
    const [, key, value] = /^([^ \t#][^ \t]*)[ \t]+(.*)$/s.exec(trimBlanks(line)) ?? [];
    if (key !== undefined && value !== undefined)
      found.push([key, unquote(value).replace(UNREADABLE, '')]);
  }
  return found;
}

function trimBlanks(line: string): string {
  const isBlank = (place: number): boolean => line[place] === ' ' || line[place] === '\t';
  let [start, end] = [0, line.length];
  while (isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return line.slice(start, end);
}

/** Quotes around a whole value do not belong to it. */
function unquote(value: string): string {
  return /^(["'])(?:(.*)\1)?$/s.exec(value)?.[2] ?? (/^["']$/.test(value) ? '' : value);
}
