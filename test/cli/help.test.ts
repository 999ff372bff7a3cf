/** `rootseal help`: the manual pages as text. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { GROUPS, listCommands } from '../../src/cli/commands/index.js';
import { rootseal } from '../helpers/cli.js';
import { TestRepository } from '../helpers/repository.js';

// This file runs from dist/test/cli.
const PAGES = fileURLToPath(new URL('../../../docs/man', import.meta.url));

test('without a topic the page of rootseal itself is shown', () => {
  const { status, stdout } = rootseal(['help']);
  assert.equal(status, 0);
  assert.match(stdout, /^rootseal\(1\) - /);
  assert.match(stdout, /^EXIT STATUS$/m);
});

test('every manual page can be shown, and none of its marks are left', () => {
  const pages = readdirSync(PAGES).filter((name) => name.endsWith('.md'));
  assert.ok(pages.length > 40);
  for (const name of pages) {
    const [, page = '', section = ''] = /^(.*)\.(\d)\.md$/.exec(name) ?? [];
    const { status, stdout } = rootseal(['help', page.replace(/^rootseal-/, '')]);
    assert.equal(status, 0, name);
    assert.ok(stdout.startsWith(`${page}(${section}) - `), name);
    // As man does it, but for examples, and words that are longer.
    for (const line of stdout.split('\n'))
      assert.ok(line.length <= 80 || /^ {6}|^ *\S+$/.test(line), `${name}: ${line}`);
    // Pages of files have such marks in what they show of these files.
    if (section !== '1') continue;
    assert.doesNotMatch(stdout, /<!--|^#|\*\*/m, name);
    const prose = stdout.replace(/^ {6}.*$/gm, '');
    assert.doesNotMatch(prose, /[^`]`[\w-]+`[^`]|\b_[A-Z]+_\b/, name);
  }
});

test('examples are shown as they are typed', () => {
  const { stdout } = rootseal(['help', 'rev-parse']);
  assert.match(stdout, /^ +\$ rootseal rev-parse debian\/trixie~1$/m);
});

test('a subcommand is shown on the page of its command', () => {
  assert.equal(rootseal(['help', 'branch', 'set']).stdout, rootseal(['help', 'branch']).stdout);
});

test('with --json the page comes as a document', () => {
  const { stdout } = rootseal(['help', 'init', '--json']);
  const { page, text } = JSON.parse(stdout) as { page: string; text: string };
  assert.equal(page, 'rootseal-init');
  assert.match(text, /^# rootseal-init\(1\)/);
});

for (const topic of [['nothing'], ['../man/rootseal'], ['branch', 'nothing'], ['init', 'a', 'b']]) {
  test(`${topic.join(' ')} is not a topic, and the error names it`, () => {
    const { status, stderr, stdout } = rootseal(['help', ...topic]);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.ok(stderr.includes(JSON.stringify(topic.join(' '))), stderr);
  });
}

test('help is also a word like others', () => {
  const { status, stderr } = rootseal(['rev-parse', 'help', '--repo', '/nowhere']);
  assert.equal(status, 10);
  assert.match(stderr, /no repository at/);
});

/** The lines of `rootseal --help` below each heading. */
function overviewGroups(): Map<string, string[]> {
  const { status, stdout, stderr } = rootseal(['--help']);
  assert.equal(status, 0, stderr);
  const groups = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of stdout.split('\n')) {
    if (GROUPS.some((group) => group === line)) groups.set(line, (current = []));
    else if (line.startsWith('  ')) current?.push(line.trim());
  }
  return groups;
}

test('--help lists each command once, under its group, in the order of the groups', async () => {
  const groups = overviewGroups();
  assert.deepEqual([...groups.keys()], [...GROUPS]);
  for (const { group, everyday, others } of await listCommands()) {
    const lines = groups.get(group) ?? [];
    const described = lines.slice(0, everyday.length).map((line) => line.split(/ {2,}/)[0]);
    const names = lines.slice(everyday.length).join(' ').split(', ');
    const first = (text = '') => text.split(' ')[0];
    const inOrder = (commands: typeof others) => commands.map(({ command }) => first(command));
    assert.deepEqual(described.map(first), inOrder(everyday), group);
    assert.deepEqual(names.map(first), inOrder(others), group);
  }
});

test('--help says what the everyday commands of a machine do, and names a lone subcommand', () => {
  const machine = overviewGroups().get('Machine') ?? [];
  assert.equal(machine[0], 'status    show deployments, what boots next, and problems');
  assert.ok(machine.includes('etc       show local changes in /etc, and settle conflicts'));
  const distribution = overviewGroups().get('Distribution') ?? [];
  assert.deepEqual(distribution, ['remote, pull, lint, uki, disk build, install']);
});

test('--help fits a screen of 80 columns and 40 lines, and ends with where to read on', () => {
  const { stdout } = rootseal(['--help']);
  const lines = stdout.trimEnd().split('\n');
  assert.ok(lines.length <= 40, stdout);
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.equal(
    lines.at(-2),
    'rootseal help COMMAND shows the manual; rootseal COMMAND --help the options.',
  );
});

for (const args of [['-h'], ['--quiet', '--help'], ['--progress-fd', '2', '--help']]) {
  test(`${args.join(' ')} is the same as --help`, () => {
    assert.equal(rootseal(args).stdout, rootseal(['--help']).stdout);
  });
}

test('--help after a command, or before it, shows the options of that', () => {
  const { status, stdout } = rootseal(['status', '--help']);
  assert.equal(status, 0);
  assert.match(stdout, /^Usage: rootseal status \[OPTIONS\]\n/);
  assert.match(stdout, /^ +--sysroot DIR +physical root/m);
  assert.equal(rootseal(['--quiet', 'status', '--help']).stdout, stdout);
  assert.match(rootseal(['branch', '--help']).stdout, /^ +rootseal branch set NAME REV /m);
});

for (const args of [
  ['statsu', '--help'],
  ['--help', 'statsu'],
  ['statsu', 'show', '--help'],
]) {
  test(`--help does not hide that a word is not a command: ${args.join(' ')}`, () => {
    const { status, stdout, stderr } = rootseal(args);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^error: \S/);
  });
}

test('rootseal(1) has the commands in the same groups', async () => {
  const page = readFileSync(`${PAGES}/rootseal.1.md`, 'utf8');
  const section = page.slice(page.indexOf('## COMMANDS'), page.indexOf('## OPTIONS'));
  const written = new Map<string, Set<string>>();
  let current = new Set<string>();
  for (const line of section.split('\n')) {
    const heading = GROUPS.find((group) => line.startsWith(group) && line.endsWith(':'));
    if (heading !== undefined) written.set(heading, (current = new Set()));
    if (!line.startsWith('- ')) continue;
    for (const [, name = ''] of line.matchAll(/rootseal-([a-z-]+)\(\d\)/g)) current.add(name);
  }
  for (const { group, everyday, others } of await listCommands()) {
    const names = [...everyday, ...others].map(({ command }) => command.split(' ')[0] ?? '');
    // The page of `disk build` is its own.
    const wanted = names.map((name) => (name === 'disk' ? 'disk-build' : name));
    assert.deepEqual([...(written.get(group) ?? [])].sort(), wanted.sort(), group);
  }
});

test('help after a command is never a run of the command, wherever the other options stand', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ file: 'of an old commit' });
  repository.commit({ file: 'of a new one' });
  const before = repository.expect(['log', 'main', '--json']);
  const words = ['--repo', repository.path, 'gc', '--keep', '1', '--help'];
  const { status, stdout } = rootseal(words);
  assert.equal(status, 0);
  assert.match(stdout, /^Usage: rootseal gc /);
  assert.equal(repository.expect(['log', 'main', '--json']), before);
});

test('a word that is not a command is an error with --help too, and a value of an option is not such a word', () => {
  for (const line of [
    ['statsu', '--help'],
    ['-v', 'statsu', '--help'],
  ]) {
    const { status, stderr } = rootseal(line);
    assert.equal(status, 2, stderr);
    assert.match(stderr, /statsu|unknown command/);
  }
  assert.match(rootseal(['--progress-fd', '2', '--help']).stdout, /^Usage: rootseal COMMAND/);
});
