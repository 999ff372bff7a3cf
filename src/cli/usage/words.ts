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
  'populate--': true,
  'short-option-groups': true,
  'strip-aliased': true,
} as const;

/** Names of options that are not declared stay as they were given, without dashes. */
export function splitWords(
  words: readonly string[],
  options: readonly DeclaredOption[],
): SplitWords {
  const named = (isBoolean: boolean): string[] =>
    options.filter(({ type }) => (type === 'boolean') === isBoolean).map(({ name }) => name);
  const argv = Parser([...words], {
    boolean: named(true),
    // Else a following "true" or "false" would be its value, and no argument.
    narg: Object.fromEntries(named(true).map((name) => [name, 0])),
    string: named(false),
    alias: Object.fromEntries(options.map(({ name, alias = [] }) => [name, alias])),
    configuration: CONFIGURATION,
  });
  const { _: before, '--': after = [], ...values } = argv;
  const given = Object.entries(values).map(
    ([name, value]) => [name, (Array.isArray(value) ? value : [value]) as string[]] as const,
  );
  return { given: new Map(given), rest: [...before.map(String), ...(after as string[])] };
}
