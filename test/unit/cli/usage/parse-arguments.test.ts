import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCommand } from '../../../../src/cli/commands/index.js';
import { declarationOf, type Declaration } from '../../../../src/cli/usage/declared.js';
import { parseWords } from '../../../../src/cli/usage/parse-arguments.js';

async function declared(name: string, subcommand?: string): Promise<Declaration> {
  const command = await loadCommand(name);
  const inner = command?.subcommands?.find((one) => one.command.split(' ')[0] === subcommand);
  assert.ok(command);
  return declarationOf(
    inner ?? command,
    [name, ...(subcommand === undefined ? [] : [subcommand])].join(' '),
  );
}

const COMMIT = await declared('commit');
const LOG = await declared('log');

test('options may stand anywhere, with their value attached or apart', () => {
  for (const words of [
    ['tree', '-b', 'main', '--sequence', '7'],
    ['-b', 'main', '--sequence=7', 'tree'],
    ['-b=main', 'tree', '--sequence', '7'],
    ['-bmain', 'tree', '--sequence', '7'],
    ['-qbmain', 'tree', '--sequence', '7'],
    ['-vqb', 'main', 'tree', '--sequence', '7'],
    ['--branch=main', '--sequence=7', '--', 'tree'],
  ]) {
    const { tree, branch, sequence, releaseVersion, json } = parseWords(COMMIT, words);
    assert.deepEqual(
      [tree, branch, sequence, releaseVersion, json],
      ['tree', 'main', 7, undefined, false],
    );
  }
});

test('switches can be written together, and negated', () => {
  const { quiet, verbose, color } = parseWords(LOG, ['main', '-qv', '--no-color']);
  assert.deepEqual([quiet, verbose, color], [true, true, false]);
  assert.equal(parseWords(LOG, ['main'])['color'], undefined);
});

test('- is an argument, -- ends the options, and help is a word like others', () => {
  assert.equal(parseWords(LOG, ['-'])['rev'], '-');
  assert.equal(parseWords(LOG, ['--', '--json'])['rev'], '--json');
  assert.equal(parseWords(LOG, ['help'])['rev'], 'help');
});

test('lists take all that is left, or what was given several times', async () => {
  const digest = await declared('verity', 'digest');
  assert.deepEqual(parseWords(digest, ['a', '--json', 'b'])['files'], ['a', 'b']);
  const { label } = parseWords(COMMIT, ['t', '-b', 'm', '--label', 'a=1', '--label', 'b=2']);
  assert.deepEqual(label, ['a=1', 'b=2']);
});

test('a word after a switch is an argument, whatever it says, and only switches are negated', () => {
  for (const word of ['true', 'false']) {
    const { rev, json, quiet } = parseWords(LOG, ['--json', word, '-q']);
    assert.deepEqual([rev, json, quiet], [word, true, true]);
  }
  assert.equal(parseWords(LOG, ['-q', 'true'])['rev'], 'true');
  assert.throws(() => parseWords(LOG, ['main', '--no-repo']), {
    message: 'log: unknown option --no-repo',
  });
});

test('nothing turns a switch off but its negation, and no word with dashes becomes an argument', () => {
  for (const [words, message] of [
    [['-q1', 'main'], 'log: -q takes no value'],
    [['-q-v', 'main'], 'log: -q takes no value'],
    [['-vq:x', 'main'], 'log: -q takes no value'],
    [['--_', 'main'], 'log: unknown option --_'],
    [['---', 'main'], 'log: unknown option ---'],
    [['-5', 'main'], 'log: unknown option -5'],
    [['-x', 'main'], 'log: unknown option -x'],
    [['-qxv', 'main'], 'log: unknown option -x'],
    [['-q_', 'main'], 'log: -q takes no value'],
    [['-json', 'main'], 'log: unknown option -json; did you mean --json?'],
    [['-n5x', 'main'], 'log: --limit takes a whole number, and "5x" is not one'],
    [['-n-5', 'main'], 'log: --limit takes a whole number, and "-5" is not one'],
    [['-qn', '-5', 'main'], 'log: --limit takes a whole number, and "-5" is not one'],
    [['-n', '-q', 'main'], 'log: --limit needs a value: --limit N'],
    [['-n=', 'main'], 'log: --limit needs a value: --limit N'],
    [['main', '-qn'], 'log: --limit needs a value: --limit N'],
    [['-n5', '-n6', 'main'], 'log: --limit was given more than once'],
  ] as const)
    assert.throws(() => parseWords(LOG, words), { code: 'USAGE', message });
});

test('a value is what was written: with its quotes, a single dash, and never what ends the options', () => {
  const { label } = parseWords(COMMIT, ['t', '-b', 'm', '--label="a=1"', '--label', '"b=2"']);
  assert.deepEqual(label, ['"a=1"', '"b=2"']);
  assert.equal(parseWords(LOG, ['--repo', '-', 'main'])['repo'], '-');
  assert.throws(() => parseWords(COMMIT, ['-b', '--', 'tree']), {
    message: 'commit: --branch needs a value: --branch BRANCH',
  });
});

test('an option without a value, or with an empty one, is told', () => {
  for (const words of [
    ['--sequence'],
    ['--sequence='],
    ['--sequence', ''],
    ['--sequence', '--json'],
  ])
    assert.throws(() => parseWords(COMMIT, ['tree', '-b', 'main', ...words]), {
      code: 'USAGE',
      message: 'commit: --sequence needs a value: --sequence N',
    });
});

for (const text of [
  '0x1f',
  '1e1',
  ' 7 ',
  '+7',
  '-3',
  '1.5',
  '07',
  '٧',
  '1_000',
  'Infinity',
  '9007199254740993',
]) {
  test(`${JSON.stringify(text)} is not a number`, () => {
    for (const words of [['--sequence', text], [`--sequence=${text}`]])
      assert.throws(() => parseWords(COMMIT, ['tree', '-b', 'main', ...words]), {
        code: 'USAGE',
        message: `commit: --sequence takes a whole number, and ${JSON.stringify(text)} is not one`,
      });
  });
}
