/** Wrong use of each command, and files that are not what they should be: sentences in the command's own words. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { after, test } from 'node:test';
import { valueText } from '../../src/cli/usage/declared.js';
import { describeError, errorCodeOf, isNodeError, RootsealError } from '../../src/util/errors.js';
import { everyCommand, Workshop, type Runnable } from '../helpers/every-command.js';

const COMMANDS = await everyCommand();
const ends: (() => unknown)[] = [];
after(() => {
  for (const end of ends) end();
});
const workshop = Workshop.make({ after: (end) => ends.push(end) });

/** Names of errors, of system calls' machinery, of the option parser, of temporary files. */
const RAW = [
  /\bE(?:NOENT|ISDIR|NOTDIR|ACCES|PERM|EXIST|INVAL|NOSPC|BADF|LOOP|IO|NXIO|NAMETOOLONG|NOTEMPTY)\b/,
  /\bat .*:\d+:\d+|node:internal|\.js\b/,
  /non-option arguments|Unknown argument|Missing required|Invalid values/,
  /\b(?:file|link|session|stream|clone)-[0-9a-f-]{12,}|\.\d+\.part\b|\.new\b|rootseal-disk-/,
  /\b(?:openat2?|fsopen|move_mount|fstat|lstat|scandir|uv_\w+)\b/,
  /undefined|\[object|\bNaN\b|COMMAND`/,
];

/** A sentence, perhaps with a hint, and nothing that only a programmer understands. */
function expectSentence(error: unknown, words: string): string {
  const message = describeError(error);
  const hint = error instanceof RootsealError ? (error.hint ?? '') : '';
  const said = `${words}: ${message} (${hint})`;
  assert.ok(error instanceof RootsealError || isNodeError(error), said);
  for (const raw of RAW) assert.doesNotMatch(`${message}\n${hint}`, raw, said);
  assert.match(message, /^\S.*(?:[^.:\s]|[A-Z]\.{3})$/, said);
  // Deeper, and nobody reads to its end; a path is named once.
  assert.ok(message.split(': ').length <= 5, said);
  for (const [path] of message.matchAll(/\/[\w./-]{8,}/g))
    assert.ok(message.split(path).length <= 2, said);
  return message;
}

/** Runs a command, which must be called wrongly. */
async function wrongUse(runnable: Runnable, words: readonly string[]): Promise<string> {
  const error = await workshop.run(runnable, words);
  const message = expectSentence(error, [runnable.declaration.words, ...words].join(' '));
  assert.equal(errorCodeOf(error), 'USAGE', message);
  const { hint } = error as RootsealError;
  assert.equal(hint, `\`rootseal help ${runnable.declaration.words}\` says how it is used`);
  return message;
}

function expectStart(message: string, start: string): void {
  assert.equal(message.slice(0, start.length), start);
}

for (const runnable of COMMANDS) {
  const { words, options, arguments: list } = runnable.declaration;
  const needed = list.filter(({ required }) => required);
  const fill = needed.map(() => 'x');

  test(`rootseal ${words} says what is missing, unknown, empty, repeated or too much`, async () => {
    const expect = async (args: readonly string[], what: string): Promise<void> => {
      expectStart(await wrongUse(runnable, args), `${words}: ${what}`);
    };
    for (const [count, { name }] of needed.entries())
      await expect(
        fill.slice(0, count),
        `${name.toUpperCase()} is missing. Usage: rootseal ${words} `,
      );
    for (const [index, { name }] of needed.entries())
      await expect(fill.with(index, ''), `${name.toUpperCase()} is empty`);
    // An unknown option is the mistake, whatever else is missing.
    await expect(['--bogus-option'], 'unknown option --bogus-option');
    await expect(['--jsno'], 'unknown option --jsno; did you mean --json?');
    await expect(['-X'], 'unknown option -X');
    await expect(['--json=no'], '--json takes no value');
    await expect(['--no-json=x'], '--no-json takes no value');
    await expect(['--color=maybe'], '--color takes no value: write --color or --no-color');
    await expect(
      ['--progress-fd', '1', '--progress-fd=2'],
      '--progress-fd was given more than once',
    );
    if (!list.some(({ isList }) => isList) && !list.some(({ choices }) => choices !== undefined))
      await expect([...list.map(() => 'x'), 'surplus'], '"surplus" is one argument too many');
  });

  test(`rootseal ${words} says which option needs what`, async () => {
    for (const option of options) {
      const { name, type, choices, required } = option;
      const flag = `--${name}`;
      const start = (what: string): string => `${words}: ${flag}${what}`;
      if (required) {
        const others = options.filter((one) => one.required && one.name !== name);
        const given = others.flatMap((one) => [`--${one.name}`, 'x']);
        const message = await wrongUse(runnable, [...fill, ...given]);
        assert.equal(message, `${words} needs ${flag} ${valueText(option)}`);
      }
      if (type === 'boolean') {
        expectStart(await wrongUse(runnable, [`${flag}=yes`]), start(' takes no value'));
        continue;
      }
      expectStart(await wrongUse(runnable, [flag]), start(` needs a value: ${flag} `));
      if (type === 'number')
        for (const value of ['x', '-3', '1.5', '0x1f', '1e1', ' 7 ', '9'.repeat(20)])
          expectStart(
            await wrongUse(runnable, [`${flag}=${value}`]),
            start(' takes a whole number'),
          );
      expectStart(await wrongUse(runnable, [`${flag}=`]), start(' needs a value'));
      if (choices !== undefined)
        assert.equal(
          await wrongUse(runnable, [flag, 'foo']),
          start(`: "foo" is not one of ${choices.join(', ')}`),
        );
    }
  });
}

/** A device. As root one of our own, since root could lose it; nobody else can. */
const isRoot = process.getuid?.() === 0;
const DEVICE = isRoot ? workshop.file('device') : '/dev/null';
if (isRoot) execFileSync('mknod', ['-m', '666', DEVICE, 'c', '1', '3']);

/** Names that are not files, of the wrong kind, foreign, unreadable, or cannot be made. */
const PLACES = [
  'no-such-thing',
  'missing/deeper/thing',
  'key/below',
  'keys',
  'foreign',
  'empty',
  'bytes',
  'unreadable',
  DEVICE,
  `${DEVICE}/below/x`,
  'x'.repeat(300),
];

process.chdir(workshop.scratch);
fs.writeFileSync(workshop.file('foreign'), 'root:x:0:0:root:/root:/bin/sh\n');
// Nothing of the above: what is written to them would be read here.
fs.writeFileSync(workshop.file('no-image'), 'root:x:0:0:root:/root:/bin/sh\n'.repeat(200));
fs.writeFileSync(workshop.file('empty'), '');
fs.writeFileSync(
  workshop.file('bytes'),
  Buffer.from(Array.from({ length: 9000 }, (_, at) => at % 251)),
);
fs.mkdirSync(workshop.file('unreadable'), { mode: 0 });

/** Commands that would wait for a machine, or that others may find something to do for. */
const NOT_HERE =
  /^(?:init|help|completion|health|boot-failed|usr-overlay|boot-complete|bless|finalize-staged|install .*)$/;

/** Runs a command on what is not what it should be; some find nothing wrong with it. */
async function expectNothingRaw(runnable: Runnable, words: readonly string[]): Promise<void> {
  const error = await workshop.run(runnable, words);
  if (error !== undefined) expectSentence(error, [runnable.declaration.words, ...words].join(' '));
}

for (const runnable of COMMANDS) {
  const { words, arguments: list, options } = runnable.declaration;
  if (NOT_HERE.test(words)) continue;
  const needed = options.filter(({ required }) => required);
  const has = (name: string): boolean => options.some((option) => option.name === name);

  test(`rootseal ${words} names the path that is wrong, and what is wrong with it`, async () => {
    for (const path of PLACES)
      await expectNothingRaw(runnable, [
        ...list.filter(({ required }) => required).map(() => path),
        ...needed.flatMap(({ name }) => [`--${name}`, name === 'branch' ? 'b' : path]),
        ...(has('sysroot') ? ['--sysroot', path] : []),
        ...(has('boot') ? ['--boot', workshop.scratch] : []),
      ]);
    if (has('repo'))
      for (const path of PLACES)
        await expectNothingRaw(runnable, [
          ...list.filter(({ required }) => required).map(() => 'main'),
          ...needed.flatMap(({ name }) => [`--${name}`, workshop.fresh()]),
          ...['--repo', path],
        ]);
  });

  const good = workshop.wordsFor(words)?.slice(words.split(' ').length);
  const files = options.filter((option) => /^(?:FILE|DIR)$/.test(valueText(option)));
  if (good === undefined || files.length === 0) continue;
  test(`rootseal ${words} names what is wrong with the file of an option`, async () => {
    for (const { name } of files)
      for (const path of PLACES) {
        const at = good.indexOf(`--${name}`);
        const call = at < 0 ? [...good, `--${name}`, path] : good.with(at + 1, path);
        await expectNothingRaw(runnable, call);
      }
  });
}

test('no command puts a file in the place of a device', () => {
  assert.ok(fs.statSync(DEVICE).isCharacterDevice());
});

for (const [args, sentence, status] of [
  [['commit', 'nope', '-b', 'x'], 'nope: no such file or directory', 10],
  [['image', 'ls', 'tree'], 'tree is a directory, not an image', 2],
  [
    ['image', 'ls', 'no-image'],
    'no-image is not a composefs image (its magic number is another)',
    17,
  ],
  [['image', 'create', 'tree', '/nonexistent/x'], '/nonexistent: no such directory', 10],
  [['export', 'main', '--output', '/nonexistent/x'], '/nonexistent: no such directory', 10],
  [['commit', 'tree'], 'commit needs --branch BRANCH', 2],
  [['commit', 'tree', '--brnch', 'x'], 'commit: unknown option --brnch; did you mean --branch?', 2],
  [['pull', 'site'], 'pull: BRANCH is missing. Usage: rootseal pull REMOTE BRANCH', 2],
  [['status', '--bogus'], 'status: unknown option --bogus', 2],
  [['foo'], 'unknown command "foo"', 2],
  [['version'], 'unknown command "version"', 2],
  [['--version', 'x'], 'unknown command "x"', 2],
  [['nonsense', '--help'], 'unknown command "nonsense"', 2],
  [['loq'], 'unknown command "loq"; did you mean log?', 2],
  [['branch', 'lst'], 'branch: unknown subcommand "lst"; did you mean list?', 2],
  [['branch'], 'branch needs a subcommand: list, set, delete', 2],
  [
    ['commit', 'tree', '-b', 'x', '--xattrs', 'foo'],
    'commit: --xattrs: "foo" is not one of all, user, security, none',
    2,
  ],
  [['show', 'e9'], '"e9" is not a branch, tag or commit (a short id needs 4 digits)', 10],
  [['log', 'main', '-n', '0'], '--limit takes a whole number from 1', 2],
  [['gc', '--keep', '0'], '--keep takes a whole number from 1', 2],
  [['log', 'main', '-n', '-3'], 'log: --limit takes a whole number, and "-3" is not one', 2],
  [['log', 'main', '-n', '1.5'], 'log: --limit takes a whole number, and "1.5" is not one', 2],
  [['log', 'main', '--color=maybe'], 'log: --color takes no value: write --color or --no-color', 2],
  [['log', 'main', '--json=no'], 'log: --json takes no value', 2],
  [['log', 'main', '--progress-fd', '99'], '--progress-fd: 99 is not open', 2],
  [['disk', 'build', 'main', '-o', 'disk', '--cert', 'x'], '--cert goes with --uki', 2],
  [['key', 'generate', 'foo'], 'key generate needs --output FILE', 2],
] as const) {
  test(`rootseal ${args.join(' ')}: ${sentence}`, () => {
    const { status: found, stdout, stderr } = workshop.call(args);
    assert.equal(stderr.split('\n')[0], `error: ${sentence}`);
    assert.equal(found, status);
    assert.equal(stdout, '');
  });
}

test('a working directory that was removed is no matter for absolute paths, and is named for others', () => {
  const through = ['sh', '-c', 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', 'sh'];
  const absolute = workshop.call(['log', 'main', '--limit', '1'], through);
  assert.equal(absolute.status, 0, absolute.stderr);
  const relative = workshop.call(['init', 'repository'], through);
  assert.equal(relative.stderr, 'error: the working directory was removed\n');
  assert.equal(relative.status, 10);
});
