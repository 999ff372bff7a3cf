/** Splits the words of a command line into options and arguments: with the parser of yargs, told to guess nothing. */
import { Parser } from 'yargs/helpers';
import type { DeclaredOption } from './declared.js';
import { isShortWord, readShortWord } from './short-options.js';

/** What was given, not yet looked at. */
export interface SplitWords {
  /** By long name, in the order of the words; texts are empty where an option has no value. */
  readonly given: ReadonlyMap<string, readonly (string | boolean)[]>;
  /** Neither options nor their values. */
  readonly rest: readonly string[];
}

/** What yargs would do besides: numbers of texts, nested objects of dots, second names, a `false` for what is not given. */
const CONFIGURATION = {
  'boolean-negation': true,
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': true,
  'greedy-arrays': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
} as const;

/** The words before `--`, which ends the options. */
export function beforeDashes(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  return end < 0 ? words : words.slice(0, end);
}

/**
 * Names of long options that are not declared stay as they were given, without dashes.
 * @param refuse hears what is wrong with options of one letter
 */
export function splitWords(
  words: readonly string[],
  options: readonly DeclaredOption[],
  refuse: (message: string) => never,
): SplitWords {
  const named = (isBoolean: boolean): string[] =>
    options.filter(({ type }) => (type === 'boolean') === isBoolean).map(({ name }) => name);
  const head = beforeDashes(words);
  const tail = words.slice(head.length + 1);
  const { _: before, ...values } = Parser(prepared(head, options, refuse), {
    boolean: named(true),
    // Else a following "true" or "false" would be its value, and no argument.
    narg: Object.fromEntries(named(true).map((name) => [name, 0])),
    string: named(false),
    configuration: CONFIGURATION,
  });
  const given = Object.entries(values).map(
    ([name, value]) => [name, (Array.isArray(value) ? value : [value]) as string[]] as const,
  );
  return { given: new Map(given), rest: [...before.map(String), ...tail] };
}

/**
 * Long options alone. The parser takes off quotes, of which there are none here but those that are part of a value; and it would take
 * a value that begins with a dash for an option.
 */
function prepared(
  words: readonly string[],
  options: readonly DeclaredOption[],
  refuse: (message: string) => never,
): string[] {
  const texts = new Set(
    options.filter(({ type }) => type !== 'boolean').map(({ name }) => `--${name}`),
  );
  const result: string[] = [];
  for (const given of words) {
    const word = withCurrentName(given, options);
    const last = result.at(-1) ?? '';
    if (/^-(?:\d|$)/.test(word) && texts.has(last)) result.splice(-1, 1, attached(last, word));
    else if (/^-\d/.test(word)) refuse(`unknown option ${word}`);
    else for (const one of inLongForms(word, options, refuse)) result.push(one);
  }
  return result;
}

/** `--out=FILE` of an option that is called `--output` now. */
function withCurrentName(word: string, options: readonly DeclaredOption[]): string {
  const [, dashes = '', name = '', rest = ''] = /^(--(?:no-)?)([^=]+)([^]*)$/.exec(word) ?? [];
  const option = options.find(({ olderNames }) => olderNames.includes(name));
  return option === undefined ? word : `${dashes}${option.name}${rest}`;
}

function inLongForms(
  word: string,
  options: readonly DeclaredOption[],
  refuse: (message: string) => never,
): string[] {
  if (!isShortWord(word)) {
    const [, name, value = ''] = /^(--[^=]+)=([^]*)$/.exec(word) ?? [];
    return [name === undefined ? word : attached(name, value)];
  }
  const { forms, problem } = readShortWord(word, options);
  if (problem !== undefined) refuse(problem);
  return forms.map(({ name, value }) =>
    value === undefined ? `--${name}` : attached(`--${name}`, value),
  );
}

function attached(option: string, value: string): string {
  return `${option}="${value}"`;
}
