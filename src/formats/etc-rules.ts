/**
 * Rules of the merge of `/etc` (rootseal-etc.d(5)): lines `keep GLOB` and `image GLOB`. The last rule that covers a path decides.
 *
 * Globs are absolute paths below `/etc`: `*` is any number of bytes of a name, `?` one byte, and `**` as a whole name any number of
 * directories. A rule covers what its glob names and everything below that.
 */
import type { ByteString } from '../util/bytes.js';
import { FormatError } from '../util/errors.js';
import { trimBlanks, settingLines, type SettingLine } from './setting-lines.js';

/** `keep`: what the machine has stays. `image`: what the image has is taken. */
export type EtcRuleKind = 'keep' | 'image';

export interface EtcRule {
  readonly kind: EtcRuleKind;
  /** Names of the glob, from the one below `/etc` on, each as its bytes. */
  readonly names: readonly (readonly string[])[];
}

/** Longest glob, in bytes. */
const GLOB_MAX = 1024;
const PREFIX = '/etc/';
const ANY_DIRECTORIES = ['*', '*'];

/**
 * @param file name of the file, for errors
 * @throws {FormatError} naming the line with another verb, or with a glob that is not allowed
 */
export function parseEtcRules(bytes: Uint8Array, file: string): EtcRule[] {
  return settingLines(bytes, file).map((line) => parseRule(line, file));
}

function parseRule(line: SettingLine, file: string): EtcRule {
  const [, verb = '', rest = ''] = /^([^ \t]*)(.*)$/s.exec(line.text) ?? [];
  if (verb !== 'keep' && verb !== 'image')
    throw refusal(line, file, 'expected "keep GLOB" or "image GLOB"');
  const glob = trimBlanks(rest);
  const problem = globProblem(glob);
  if (problem !== undefined) throw refusal(line, file, problem);
  return {
    kind: verb,
    names: glob
      .slice(PREFIX.length)
      .split('/')
      .map((name) => name.split('')),
  };
}

function globProblem(glob: string): string | undefined {
  if (glob === '') return 'the glob is missing';
  if (glob.length > GLOB_MAX) return `the glob has ${glob.length} bytes, more than ${GLOB_MAX}`;
  if (!glob.startsWith(PREFIX)) return 'the glob does not begin with "/etc/"';
  if (/[[\]{}\\]/.test(glob))
    return 'only "*", "?" and "**" are known: write "?" for a bracket, a brace or a backslash';
  const names = glob.slice(PREFIX.length).split('/');
  if (names.includes('')) return 'the glob has an empty name';
  if (names.includes('.') || names.includes('..')) return 'the glob has a name "." or ".."';
  if (names.some((name) => name.includes('**') && name !== '**'))
    return '"**" stands for whole names only';
  return undefined;
}

function refusal({ number }: SettingLine, file: string, message: string): FormatError {
  return new FormatError(file, message, { line: number });
}

/**
 * The kind of the last rule that covers a path.
 * @param path absolute, `/etc/…`
 */
export function ruleFor(rules: readonly EtcRule[], path: ByteString): EtcRuleKind | undefined {
  if (rules.length === 0 || !path.startsWith(PREFIX)) return undefined;
  const names = path.slice(PREFIX.length).split('/');
  for (let index = rules.length - 1; index >= 0; index--) {
    const rule = rules[index];
    if (rule !== undefined && covers(rule.names, names)) return rule.kind;
  }
  return undefined;
}

function covers(glob: EtcRule['names'], names: readonly string[]): boolean {
  return matchSequence([...glob, ANY_DIRECTORIES], names, {
    isAny: (name) => name.length === 2 && name.every((byte) => byte === '*'),
    matches: (name, text) =>
      matchSequence(name, text.split(''), {
        isAny: (byte) => byte === '*',
        matches: (byte, other) => byte === '?' || byte === other,
      }),
  });
}

interface Matching<P, T> {
  /** Whether a part of the pattern stands for any number of items. */
  readonly isAny: (part: P) => boolean;
  readonly matches: (part: P, item: T) => boolean;
}

/** Takes time by the product of both lengths at most: only the last `any` is ever tried again. */
function matchSequence<P, T>(
  pattern: readonly P[],
  items: readonly T[],
  { isAny, matches }: Matching<P, T>,
): boolean {
  let [part, item] = [0, 0];
  let [resumePart, resumeItem] = [-1, 0];
  while (item < items.length) {
    const current = pattern[part];
    if (current !== undefined && isAny(current)) {
      resumePart = ++part;
      resumeItem = item;
    } else if (current !== undefined && matches(current, items[item] as T)) {
      part++;
      item++;
    } else if (resumePart >= 0) {
      part = resumePart;
      item = ++resumeItem;
    } else return false;
  }
  return pattern.slice(part).every(isAny);
}
