/** Splits the words of a command line into options and arguments: with the parser of yargs, told to guess nothing. */
import { Parser } from 'yargs/helpers';
import type { DeclaredOption } from './declared.js';

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
  'short-option-groups': true,
  'strip-aliased': true,
} as const;

/** The words before `--`, which ends the options. */
export function beforeDashes(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  return end < 0 ? words : words.slice(0, end);
}

/** Names of options that are not declared stay as they were given, without dashes. */
export function splitWords(
  words: readonly string[],
  options: readonly DeclaredOption[],
): SplitWords {
  const named = (isBoolean: boolean): string[] =>
    options.filter(({ type }) => (type === 'boolean') === isBoolean).map(({ name }) => name);
  const head = beforeDashes(words);
  const tail = words.slice(head.length + 1);
  const texts = new Set(named(false).map((name) => `--${name}`));
  const { _: before, ...values } = Parser(prepared(head, texts), {
    boolean: named(true),
    // Else a following "true" or "false" would be its value, and no argument.
    narg: Object.fromEntries(named(true).map((name) => [name, 0])),
    string: named(false),
    alias: Object.fromEntries(options.map(({ name, alias = [] }) => [name, alias])),
    configuration: CONFIGURATION,
  });
  const given = Object.entries(values).map(
    ([name, value]) => [name, (Array.isArray(value) ? value : [value]) as string[]] as const,
  );
  return { given: new Map(given), rest: [...before.map(String), ...tail] };
}

/** The parser takes off quotes, of which there are none here but those that are part of a value; and `-` for an option. */
function prepared(words: readonly string[], texts: ReadonlySet<string>): string[] {
  const result: string[] = [];
  for (const word of words) {
    const last = result.at(-1) ?? '';
    if (word === '-' && texts.has(last)) result.splice(-1, 1, `${last}="-"`);
    else result.push(word.replace(/^(--[^=]+=)([^]*)$/, '$1"$2"'));
  }
  return result;
}
