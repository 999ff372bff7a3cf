/**
 * Files that ask for kernel arguments: `kargs.d/*.toml` of rootseal, and those that bootc reads (bootc 1.x,
 * docs/src/building/kernel-arguments.md). TOML 1.0.
 */
import { parseTomlTable } from './toml-table.js';
import { FormatError } from '../util/errors.js';
import { COMMAND_LINE_MAX } from './deployment/command-line.js';

/** What one file asks for. */
export interface ArgumentFile {
  readonly append: readonly string[];
  /** Arguments, or keys of arguments, of other files that are taken away. */
  readonly delete: readonly string[];
}

/** Whose file it is. rootseal refuses keys that it does not know; in bootc's, later versions of that may have more. */
export type ArgumentFileKind = 'rootseal' | 'bootc';

/** Longest file, in bytes. */
export const ARGUMENT_FILE_MAX = 1 << 16;
const FORMAT = 'kargs.d';
const LIST_MAX = 256;
const KEYS: readonly string[] = ['kargs', 'delete', 'match-architectures'];

/**
 * @param architecture by Rust's name, which is bootc's (`x86_64`): a file for others asks for nothing
 * @throws {FormatError} naming line or key
 */
export function parseArgumentFile(
  bytes: Uint8Array,
  architecture: string,
  kind: ArgumentFileKind,
): ArgumentFile {
  const table = parseTomlTable(bytes, { format: FORMAT, limit: ARGUMENT_FILE_MAX });
  const unknown = Object.keys(table).find((key) => !KEYS.includes(key));
  if (unknown !== undefined && kind === 'rootseal')
    throw new FormatError(FORMAT, `the keys are ${KEYS.join(', ')}`, { field: unknown });
  const architectures = stringsOf(table, 'match-architectures');
  const append = (stringsOf(table, 'kargs') ?? []).map(requireArgument);
  const isForOthers = architectures?.includes(architecture) === false;
  if (isForOthers || kind === 'bootc') return { append: isForOthers ? [] : append, delete: [] };
  return { append, delete: (stringsOf(table, 'delete') ?? []).map(requireArgument) };
}

function stringsOf(table: Record<string, unknown>, key: string): readonly string[] | undefined {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  if (value === undefined) return undefined;
  const isGood =
    Array.isArray(value) &&
    value.length <= LIST_MAX &&
    value.every((item): item is string => typeof item === 'string');
  if (!isGood)
    throw new FormatError(FORMAT, `expected at most ${LIST_MAX} strings`, { field: key });
  return value;
}

/** Words that the boot program minds: what they say is not for files to say. */
const RESERVED = /^(?:root|composefs|(?:composefs|rootseal)\..*)$/;
/** Longest argument that is shown whole, in characters. */
const SHOWN_MAX = 80;

/** Says why an argument may not be added, or nothing. `rootseal.min-sequence=` only makes a boot stricter. */
export function argumentProblem(argument: string): string | undefined {
  if (argument.length > COMMAND_LINE_MAX)
    return `it has ${argument.length} characters, and kernels take command lines of ${COMMAND_LINE_MAX}`;
  if (!/^(?:[\x21\x23-\x7e]|"[\x20\x21\x23-\x7e]*")+$/.test(argument))
    return 'it is not one kernel argument';
  const key = kernelKey(argument);
  if (key === 'rootseal.min-sequence' || !RESERVED.test(key)) return undefined;
  return 'the deployment says that itself, or the boot program refuses it';
}

/**
 * What kernel and boot program take for the name of an argument: quotes around all of it do not belong to it (Linux
 * `next_arg` in lib/cmdline.c; `kernel_word_next` of the boot program).
 */
export function kernelKey(argument: string): string {
  const isQuoted = argument.startsWith('"');
  const word = isQuoted ? argument.slice(1) : argument;
  const equals = word.indexOf('=');
  if (equals > 0) return word.slice(0, equals);
  return isQuoted && word.endsWith('"') ? word.slice(0, -1) : word;
}

/** An argument for a message: in quotes, and not longer than a line. */
export function showArgument(argument: string): string {
  const isLong = argument.length > SHOWN_MAX;
  return JSON.stringify(isLong ? `${argument.slice(0, SHOWN_MAX)}…` : argument);
}

/** Whether an argument is what somebody wants to take away: `console` means all `console=…`, `console=ttyS0` that one. */
export function isMeant(argument: string, wanted: string): boolean {
  return (
    argument === wanted || (!wanted.includes('=') && kernelKey(argument) === kernelKey(wanted))
  );
}

function requireArgument(argument: string): string {
  const problem = argumentProblem(argument);
  if (problem === undefined) return argument;
  throw new FormatError(FORMAT, `${showArgument(argument)}: ${problem}`);
}
