/** Options of one letter against a small model of getopt(3), which knows nothing of how they are parsed here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Declaration, DeclaredOption } from '../../src/cli/usage/declared.js';
import { parseWords } from '../../src/cli/usage/parse-arguments.js';
import { RootsealError } from '../../src/util/errors.js';

function option(
  name: string,
  alias: string,
  type: DeclaredOption['type'],
  isList: boolean,
): DeclaredOption {
  const flags = { required: false, isGeneral: false, isHidden: false };
  return { name, alias, olderNames: [], type, isList, describe: '', ...flags };
}

const COMMAND: Declaration = {
  words: 'model',
  options: [
    option('quiet', 'q', 'boolean', false),
    option('verbose', 'v', 'boolean', false),
    option('text', 't', 'string', true),
    option('size', 's', 'number', true),
  ],
  arguments: [{ name: 'rest', required: false, isExpected: false, isList: true, describe: '' }],
};

interface Result {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly text: readonly string[];
  readonly size: readonly number[];
  readonly rest: readonly string[];
}

/** Undefined when it is wrong use. A value in the next word has no dash before it, unless it is one, or a number with a sign. */
function model(words: readonly string[]): Result | undefined {
  const [text, size, rest]: [string[], number[], string[]] = [[], [], []];
  const seen = { q: false, v: false };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      rest.push(...words.slice(at + 1));
      break;
    }
    if (word === '-' || !word.startsWith('-')) {
      rest.push(word);
      continue;
    }
    for (let index = 1; index < word.length; index++) {
      const letter = word.charAt(index);
      if (letter === 'q' || letter === 'v') {
        seen[letter] = true;
        continue;
      }
      if (letter !== 't' && letter !== 's') return undefined;
      let value = word.slice(index + 1).replace(/^=/, '');
      if (index + 1 === word.length) {
        value = words[++at] ?? '';
        if (/^-[^\d]/.test(value)) return undefined;
      }
      if (value === '') return undefined;
      if (letter === 't') text.push(value);
      else if (/^(?:0|[1-9]\d*)$/.test(value)) size.push(Number(value));
      else return undefined;
      break;
    }
  }
  return { quiet: seen.q, verbose: seen.v, text, size, rest };
}

function parse(words: readonly string[]): Result | undefined {
  try {
    const { quiet, verbose, text, size, rest } = parseWords(COMMAND, words);
    return {
      quiet: quiet === true,
      verbose: verbose === true,
      text: (text ?? []) as string[],
      size: (size ?? []) as number[],
      rest: (rest ?? []) as string[],
    };
  } catch (error) {
    if (error instanceof RootsealError && error.code === 'USAGE') return undefined;
    throw error;
  }
}

const RUNS = { seed: 20_261_130, numRuns: 3000 };
const word = (letters: string): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.nat(letters.length - 1).map((index) => letters.charAt(index)),
    minLength: 1,
    maxLength: 5,
  });

test('words of one letter and their values are read as getopt reads them, and what is wrong is wrong use', () => {
  const seen = { taken: 0, refused: 0 };
  const words = fc.array(
    fc.oneof(
      word('qvtsx=5-"\' a').map((letters) => `-${letters}`),
      word('qvts').map((letters) => `-${letters}`),
      word('ts5').map((letters) => `-${letters}`),
      word('a5="t'),
      fc.constantFrom('-', '--', '', '-5', '5'),
    ),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(words, (given) => {
      // Long options are another matter, and so is the end of options where a value is wanted.
      fc.pre(given.every((one) => !/^--./.test(one)));
      const expected = model(given);
      seen[expected === undefined ? 'refused' : 'taken']++;
      assert.deepEqual(parse(given), expected);
    }),
    RUNS,
  );
  assert.ok(seen.taken > RUNS.numRuns / 10 && seen.refused > RUNS.numRuns / 10);
});

test('what is meant comes back from each way to write it', () => {
  const value = word('abt5="- q\n').filter((text) => !text.startsWith('='));
  const meant = fc.record(
    {
      quiet: fc.boolean(),
      verbose: fc.boolean(),
      text: fc.array(value, { maxLength: 3 }),
      size: fc.array(fc.nat(), { maxLength: 3 }),
      rest: fc.array(fc.constantFrom('a', '-', '-q', '--quiet', '-t5'), { maxLength: 3 }),
    },
    { noNullPrototype: true },
  );
  const spell = (letter: string, text: string, how: number): string[] => {
    const form = how % 3;
    if (form === 0 || (form === 1 && text.startsWith('-'))) return [`-${letter}=${text}`];
    return form === 1 ? [`-${letter}`, text] : [`-${letter}${text}`];
  };
  fc.assert(
    fc.property(meant, fc.infiniteStream(fc.nat()), (wanted, choices) => {
      const next = (): number => Number(choices.next().value);
      const switches = `${wanted.quiet ? 'q' : ''}${wanted.verbose ? 'v' : ''}`;
      const valued = [
        ...wanted.text.map((text) => spell('t', text, next())),
        ...wanted.size.map((size) => spell('s', String(size), next())),
      ];
      const [first, ...others] = valued;
      // Switches before the first option with a value, in its word or in one of their own.
      const begin =
        switches === ''
          ? (first ?? [])
          : first !== undefined && next() % 2 === 0
            ? [`-${switches}${first[0]?.slice(1) ?? ''}`, ...first.slice(1)]
            : [`-${switches}`, ...(first ?? [])];
      const words = [...begin, ...others.flat(), '--', ...wanted.rest];
      assert.deepEqual(parse(words), wanted, JSON.stringify(words));
    }),
    RUNS,
  );
});
