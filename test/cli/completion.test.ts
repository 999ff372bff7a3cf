/** What TAB offers in real shells: names of what there is, files where files belong, and nothing that means nothing. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listCommands, listNames } from '../../src/cli/commands/index.js';
import { SHELLS, type Shell } from '../../src/cli/completion/shells.js';
import { helpText } from '../../src/cli/usage/help.js';
import { PROGRAM, rootseal } from '../helpers/cli.js';
import { askFish, startBash, startZsh, type ShellPlace } from '../helpers/completing-shell.js';
import { everyCommand, Workshop } from '../helpers/every-command.js';
import { skipUnless } from '../helpers/programs.js';

const ends: (() => unknown)[] = [];
const scope = { after: (end: () => unknown) => ends.push(end) };
after(() => {
  for (const end of ends) end();
});
const workshop = Workshop.make(scope);
const { repository } = workshop.sysroot;
repository.expect(['branch', 'set', 'work', 'main']);
const elsewhere = workshop.file('my $repo');
repository.expect(['init', elsewhere]);
repository.expect(['commit', workshop.file('tree'), '-b', 'there', '--repo', elsewhere]);
// Names that each shell must quote.
const odd = workshop.file('odd');
for (const name of ['a b', 'a"b', "a'b", 'a$b', 'a(b', 'a;b', 'a*b', 'a\\b'])
  fs.mkdirSync(join(odd, 'files', name), { recursive: true });
fs.writeFileSync(join(odd, 'plain file'), '');
fs.mkdirSync(join(odd, 'plain folder'));

const bin = workshop.file('bin');
fs.mkdirSync(bin);
fs.writeFileSync(
  join(bin, 'rootseal'),
  `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`,
  { mode: 0o755 },
);

function placeFor(shell: Shell, changes: Partial<ShellPlace> = {}): ShellPlace {
  const script = workshop.file(`completion.${shell}`);
  if (!fs.existsSync(script)) {
    const { status, stdout, stderr } = rootseal(['completion', shell]);
    assert.equal(status, 0, stderr);
    fs.writeFileSync(script, stdout);
  }
  return { bin, cwd: odd, script, env: { ROOTSEAL_REPO: repository.path }, ...changes };
}

/** For each line, the words that may stand in the place of its last one, as the shell would write them. */
type Answers = Map<string, string[]>;

async function ask(
  shell: Shell,
  lines: readonly string[],
  changes?: Partial<ShellPlace>,
): Promise<Answers> {
  const place = placeFor(shell, changes);
  if (shell === 'fish')
    return new Map(
      [...askFish(scope, place, lines)].map(([line, found]) => [line, [...found.keys()].sort()]),
    );
  const running = (shell === 'bash' ? startBash : startZsh)(scope, place);
  const answers: Answers = new Map();
  for (const line of lines) answers.set(line, wordsAfter(line, await running.all(line)));
  assert.doesNotMatch(running.screen(), /error|not found|line \d|bad |usage/i, running.screen());
  return answers;
}

/** What the shell put in the place of the line's last word: all of it, or nothing when the line is as it was. */
function wordsAfter(line: string, becomes: string): string[] {
  const kept = line.slice(0, line.search(/(?:\\ |[^ ])*$/));
  assert.ok(becomes.startsWith(kept), becomes);
  const rest = becomes.slice(kept.length);
  if (rest === line.slice(kept.length)) return [];
  return (rest.match(/(?:\\.|'[^']*'|[^ '\\])+/g) ?? []).sort();
}

const commands = await everyCommand();
const groups = (await listCommands())
  .flatMap(({ everyday, others }) => [...everyday, ...others])
  .filter(({ isGroup }) => isGroup === true);

/** Long options in the left column of `--help`. */
function optionsInHelp(text: string): string[] {
  const columns = text.matchAll(/^ {2}(?:-\w, | {4})(--\S.*?)(?: {2}|$)/gm);
  const found = [...columns].flatMap(([, left = '']) => left.match(/--[a-z][a-z0-9-]+/g) ?? []);
  return found.sort();
}

/** A line's offers that do not depend on the shell's way to quote. */
const NAMES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['rootseal com', ['commit', 'completion']],
  ['rootseal nonsense ', []],
  ['rootseal --json bra', ['branch']],
  [`rootseal --repo ${odd} bra`, ['branch']],
  ['rootseal log ', ['main', 'other', 'v0', 'work']],
  ['rootseal log ma', ['main']],
  ['rootseal log main ', []],
  ['rootseal log -- ma', ['main']],
  ['rootseal log --limit 3 ma', ['main']],
  ['rootseal log -qn 3 ma', ['main']],
  ['rootseal log main --limit ', []],
  ['rootseal log main --li', ['--limit']],
  ['rootseal log main --no-', ['--no-color']],
  ['rootseal log main --json --js', []],
  ['rootseal commit tree --key a --ke', ['--key', '--keys']],
  ['rootseal diff main o', ['other']],
  ['rootseal du main other wo', ['work']],
  ['rootseal branch delete o', ['other']],
  ['rootseal tag delete ', ['v0']],
  ['rootseal pull ', ['origin']],
  ['rootseal pull origin wo', ['work']],
  ['rootseal pull nobody ', []],
  ['rootseal remote remove ', ['origin']],
  ['rootseal switch origin/w', ['origin/work']],
  ['rootseal commit tree -b o', ['other']],
  ['rootseal commit tree --xattrs u', ['user']],
  ['rootseal init --algorithm ', ['sha256', 'sha512']],
  ['rootseal seal ', ['attach', 'main', 'other', 'request', 'review', 'sign', 'v0', 'work']],
  ['rootseal seal request ', ['main', 'other', 'v0', 'work']],
  ['rootseal seal --key a at', ['attach']],
  ['rootseal seal -- re', []],
  ['rootseal seal attach ma', ['main']],
  ['rootseal help setup-', ['setup-root', 'setup-root.conf']],
  [`rootseal log --repo ${repository.path} ma`, ['main']],
  ["rootseal log --repo '../my $repo' ", ['there']],
  ['rootseal log --repo ../my\\ \\$repo ', ['there']],
  ['rootseal log --repo /nonexistent ', []],
  ['rootseal log --repo=$ELSEWHERE ', ['there']],
  [`rootseal gc --sysroot ${workshop.sysroot.directory} --kee`, ['--keep']],
  [`rootseal pull --sysroot ${workshop.sysroot.directory} o`, ['origin']],
];

for (const shell of SHELLS) {
  const skip = skipUnless(shell, 'tmux');

  test(
    `${shell} offers each option and subcommand exactly where --help lists it`,
    { skip },
    async () => {
      const lines = commands.map(({ declaration }) => `rootseal ${declaration.words} --`);
      const ofGroups = groups.map(({ command }) => `rootseal ${command} `);
      const answers = await ask(shell, ['rootseal ', 'rootseal --', ...lines, ...ofGroups]);
      assert.deepEqual(answers.get('rootseal '), listNames().sort());
      assert.deepEqual(
        answers.get('rootseal --'),
        optionsInHelp(rootseal(['help', '--help']).stdout),
      );
      for (const { command, declaration } of commands)
        assert.deepEqual(
          answers.get(`rootseal ${declaration.words} --`),
          optionsInHelp(helpText(command, declaration.words, undefined)),
          declaration.words,
        );
      for (const { command, subcommands = [] } of groups)
        assert.deepEqual(
          answers.get(`rootseal ${command} `),
          subcommands.map((one) => one.command.split(' ')[0]).sort(),
        );
    },
  );

  test(
    `${shell} offers names of what is in the repository that the line means`,
    { skip },
    async () => {
      const env = { ROOTSEAL_REPO: repository.path, ELSEWHERE: elsewhere };
      const lines = NAMES.map(([line]) => line);
      const answers = await ask(shell, lines, { env });
      for (const [line, offered] of NAMES)
        assert.deepEqual(answers.get(line), [...offered].sort(), line);
    },
  );

  test(
    `${shell} offers ids of commits and deployments, and the parts that these play`,
    { skip },
    async () => {
      const id = repository.expect(['rev-parse', 'main']);
      const log = `rootseal log ${id.slice(0, 6)}`;
      const pin = `rootseal pin --sysroot ${workshop.sysroot.directory} `;
      const answers = await ask(shell, [log, pin]);
      assert.deepEqual(answers.get(log), [id]);
      const offered = answers.get(pin) ?? [];
      const ids = offered.filter((word) => /^[0-9a-f]{12}$/.test(word));
      assert.deepEqual(offered, [...ids, 'default'].sort());
      assert.equal(ids.length, 1);
    },
  );

  test(
    `${shell} offers files and directories where those are wanted, and quotes what is odd`,
    { skip },
    async () => {
      const lines = [
        'rootseal key show plain',
        'rootseal init plain',
        'rootseal key show plain\\ fi',
        'rootseal commit plain\\ fi',
        'rootseal commit tar:plain\\ fi',
        'rootseal commit t',
        'rootseal commit x --key plain\\ fi',
        'rootseal log --repo=plain\\ fo',
        'rootseal lint plain\\ fo',
        'rootseal verify plain\\ fi',
        'rootseal export main --output plain\\ fi',
        'rootseal init files/',
      ];
      const answers = await ask(shell, lines);
      const of = (line: string): string[] =>
        (answers.get(line) ?? []).map((word) => word.replace(/\/$/, '')).sort();
      assert.deepEqual(of('rootseal key show plain'), ['plain\\ file', 'plain\\ folder']);
      assert.deepEqual(of('rootseal init plain'), ['plain\\ folder']);
      for (const start of ['key show', 'commit x --key', 'verify', 'export main --output'])
        assert.deepEqual(of(`rootseal ${start} plain\\ fi`), ['plain\\ file'], start);
      assert.deepEqual(of('rootseal commit plain\\ fi'), []);
      assert.deepEqual(of('rootseal commit tar:plain\\ fi'), ['tar:plain\\ file']);
      assert.deepEqual(of('rootseal commit t'), ['tar:']);
      assert.deepEqual(of('rootseal log --repo=plain\\ fo'), ['--repo=plain\\ folder']);
      assert.deepEqual(of('rootseal lint plain\\ fo'), ['plain\\ folder']);
      const quoted = of('rootseal init files/').map((word) => word.replace(/^files\//, ''));
      assert.deepEqual(quoted.map(unquoted).sort(), fs.readdirSync(join(odd, 'files')).sort());
      // The whole word is safe: each character that means something has a backslash.
      for (const word of quoted) assert.match(word, /^(?:[\w]|\\.)+$/);
    },
  );

  test(
    `${shell} prints nothing at TAB when the program is missing or the repository is damaged`,
    { skip },
    async () => {
      const empty = workshop.fresh();
      fs.mkdirSync(empty);
      const damaged = join(workshop.fresh());
      fs.mkdirSync(damaged);
      fs.writeFileSync(join(damaged, 'meta.json'), '{');
      const lines = ['rootseal log ', 'rootseal bra', 'rootseal pin '];
      const without = await ask(shell, lines, { bin: empty });
      assert.deepEqual([...without.values()], [[], ['branch'], []]);
      const broken = await ask(shell, lines, { env: { ROOTSEAL_REPO: damaged } });
      assert.deepEqual(broken.get('rootseal log '), []);
    },
  );

  test(`the script for ${shell} is the same each time, and knows no place of this checkout`, () => {
    const { stdout } = rootseal(['completion', shell]);
    assert.ok(stdout.includes(`Made by: rootseal completion ${shell}\n`));
    assert.equal(rootseal(['completion', shell], { cwd: '/', env: { HOME: '/x' } }).stdout, stdout);
    assert.ok(!stdout.includes(fileURLToPath(new URL('../../..', import.meta.url))));
    assert.doesNotMatch(stdout, /@[A-Z]+@/);
  });
}

function unquoted(word: string): string {
  return word.replaceAll(/\\(.)/g, '$1');
}

test('bash quotes within the quotes that were begun', { skip: skipUnless('tmux') }, async () => {
  const shell = startBash(scope, placeFor('bash'));
  assert.equal(
    await shell.complete('rootseal key show "plain fi'),
    'rootseal key show "plain file" ',
  );
  assert.equal(
    await shell.complete("rootseal commit 'tar:plain fi"),
    "rootseal commit 'tar:plain file' ",
  );
  assert.equal(
    await shell.complete('rootseal log --repo=../my'),
    'rootseal log --repo=../my\\ \\$repo/',
  );
  assert.equal(await shell.complete('rootseal log "ma'), 'rootseal log "main" ');
});

test('fish and zsh say what each option means', { skip: skipUnless('fish') }, () => {
  const [found] = [...askFish(scope, placeFor('fish'), ['rootseal log --l']).values()];
  assert.equal(found?.get('--limit'), 'list at most this many');
  const names = [...askFish(scope, placeFor('fish'), ['rootseal log v']).values()][0];
  assert.equal(names?.get('v0'), 'tag');
});

test('names are asked of the program; what cannot be read has none, and is not an error', () => {
  const of = (...words: string[]) => workshop.call(['completion', 'names', ...words]);
  assert.equal(of('tag').stdout, 'v0\ttag\n');
  assert.equal(
    of('branch-of-remote', 'm', '--remote', 'origin').stdout,
    'main\tbranch of a remote\n',
  );
  assert.deepEqual(JSON.parse(of('tag', '--json').stdout), {
    version: 1,
    names: [{ name: 'v0', about: 'tag' }],
  });
  const { status, stdout, stderr } = of('revision', '--repo', '/nonexistent');
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});

test('completion --help is help, and another shell is refused', () => {
  assert.match(rootseal(['completion', '--help']).stdout, /^Usage: rootseal completion SUBCOMMAND/);
  assert.match(
    rootseal(['completion', 'zsh', '--help']).stdout,
    /^Usage: rootseal completion zsh /,
  );
  const { status, stderr } = rootseal(['completion', 'tcsh']);
  assert.equal(status, 2);
  assert.match(stderr, /^error: completion: unknown subcommand "tcsh"/);
});
