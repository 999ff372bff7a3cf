/**
 * Boot loader entries, type 1 (UAPI.1 Boot Loader Specification; systemd-boot 257 `boot.c`, boot counting as in
 * systemd's AUTOMATIC_BOOT_ASSESSMENT). Writing only.
 */
import { FormatError } from '../../util/errors.js';

/** Longest name of a file on the EFI system partition, in characters. */
const FILE_NAME_MAX = 255;
/** Longest line; loaders read entries into buffers of a few pages. */
const LINE_MAX = 4096;
/** Tries that a boot counter may start with. */
export const TRIES_MAX = 99;

/** What a boot entry says. Paths begin with `/` and are relative to the partition's root. */
export interface BootEntry {
  readonly title: string;
  readonly version: string;
  /** Entries of one system are sorted together by it. */
  readonly sortKey: string;
  readonly program: BootProgram;
}

/** What is started: a kernel, or an EFI program that needs nothing else, as a unified kernel image is. */
export type BootProgram =
  | {
      readonly linux: string;
      readonly initrd: string;
      /** Kernel arguments, each as it is to stand on the command line. */
      readonly options: readonly string[];
    }
  | { readonly efi: string };

/** What names a boot entry's file. */
export interface BootEntryName {
  readonly name: string;
  /** Counts the deployments of a host, from 1. */
  readonly serial: number;
  /** Boots that may fail before the entry counts as bad; undefined switches counting off. */
  readonly tries?: number | undefined;
}

/**
 * `rootseal-<name>-<serial>.conf`, or `rootseal-<name>-<serial>+<tries>.conf`.
 * @throws {FormatError} when it would be no file name or no counter
 */
export function bootEntryFileName({ name, serial, tries }: BootEntryName): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._~-]*$/.test(name))
    throw refusal('name', `${JSON.stringify(name)} cannot be part of a file name`);
  requireCount('serial', serial, Number.MAX_SAFE_INTEGER);
  if (tries !== undefined) requireCount('tries', tries, TRIES_MAX);
  const counter = tries === undefined ? '' : `+${tries}`;
  const file = `rootseal-${name}-${serial}${counter}.conf`;
  if (file.length > FILE_NAME_MAX) throw refusal('name', 'the file name is too long');
  return file;
}

/**
 * The entry's text.
 * @throws {FormatError} when a value cannot be written on one line, or would be read as something else
 */
export function printBootEntry(entry: BootEntry): string {
  const lines = [
    ['title', requireText('title', entry.title)],
    ['version', requireText('version', entry.version)],
    ['sort-key', requireWord('sort-key', entry.sortKey)],
    ...programLines(entry.program),
  ] as const;
  return lines
    .map(([key, value]) => {
      const line = `${key} ${value}`;
      if (line.length > LINE_MAX)
        throw refusal(key, `the line has more than ${LINE_MAX} characters`);
      return `${line}\n`;
    })
    .join('');
}

function programLines(program: BootProgram): readonly (readonly [string, string])[] {
  if ('efi' in program) return [['efi', requirePath('efi', program.efi)]];
  return [
    ['linux', requirePath('linux', program.linux)],
    ['initrd', requirePath('initrd', program.initrd)],
    ['options', program.options.map(requireArgument).join(' ')],
  ];
}

function requireCount(field: string, value: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > max)
    throw refusal(field, `${value} is not a whole number from 1 to ${max}`);
}

/** Text for people. White space at its ends would be lost. */
function requireText(field: string, value: string): string {
  if (value === '' || value !== value.trim()) throw refusal(field, 'empty, or spaces at its ends');
  if (/[\p{Cc}\p{Surrogate}]/u.test(value)) throw refusal(field, 'a control character');
  return value;
}

function requireWord(field: string, value: string): string {
  if (!/^[\x21-\x7e]+$/.test(value)) throw refusal(field, 'not one word of ASCII characters');
  return value;
}

function requirePath(field: string, value: string): string {
  if (!/^(?:\/[A-Za-z0-9][A-Za-z0-9._+~-]*)+$/.test(value))
    throw refusal(field, `${JSON.stringify(value)} is not a path of plain names`);
  return value;
}

/** One kernel argument. The kernel takes spaces inside double quotes, and knows no way to escape a quote. */
function requireArgument(argument: string): string {
  if (!/^(?:[\x21\x23-\x7e]|"[\x20\x21\x23-\x7e]*")+$/.test(argument))
    throw refusal('options', `${JSON.stringify(argument)} is not one kernel argument`);
  return argument;
}

function refusal(field: string, message: string): FormatError {
  return new FormatError('boot entry', message, { field });
}
