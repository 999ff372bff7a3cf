/** Wrong use, errors for people and for programs, and exit statuses. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseWords } from '../../src/cli/usage/parse-arguments.js';
import { EXIT_STATUS, exitStatusOf, RootsealError, type ErrorCode } from '../../src/util/errors.js';
import { errorDocument } from '../helpers/documents.js';
import { PROGRAM, rootseal } from '../helpers/cli.js';
import { everyCommand } from '../helpers/every-command.js';
import { expectStatus, TestRepository } from '../helpers/repository.js';

// This file runs from dist/test/cli.
const PAGE = fileURLToPath(new URL('../../../docs/man/rootseal.1.md', import.meta.url));

test('every code has the exit status that the manual page lists, and is told in JSON', () => {
  const table = fs.readFileSync(PAGE, 'utf8').split('## EXIT STATUS')[1] ?? '';
  const listed = new Set(
    [...table.matchAll(/^- ([0-9, ]+):/gm)].flatMap(([, numbers = '']) =>
      numbers.split(', ').map(Number),
    ),
  );
  for (const [code, status] of Object.entries(EXIT_STATUS)) {
    assert.equal(exitStatusOf(new RootsealError(code as ErrorCode, 'x')), status);
    assert.ok(listed.has(status), `${code}: ${status}`);
  }
  listed.delete(0);
  assert.deepEqual(
    [...listed].sort((a, b) => a - b),
    [...new Set(Object.values(EXIT_STATUS))].sort((a, b) => a - b),
  );
});

test('options of one letter may stand before the command, with their value attached', (t) => {
  const repository = TestRepository.make(t);
  const ids = ['1', '2'].map((text) => repository.commit({ a: text }));
  const listed = (...words: string[]): string[] =>
    (
      JSON.parse(repository.expect([...words, '--json'])) as { commits: { commitId: string }[] }
    ).commits.map(({ commitId }) => commitId);
  for (const words of [
    ['-n1', 'log', 'main'],
    ['-qvn1', 'log', 'main'],
    ['-n', '1', 'log', 'main'],
    ['log', '-qn1', 'main'],
    ['log', 'main', '-vn', '1'],
  ])
    assert.deepEqual(listed(...words), [ids[1]], words.join(' '));
  assert.match(repository.expect(['log', '-qh']), /^Usage: rootseal log/);
  const { status, stderr } = repository.call(['log', '-limit', '1', 'main']);
  assert.equal(status, 2);
  assert.match(stderr, /^error: log: unknown option -limit; did you mean --limit\?$/m);
});

test('failures end in the status of their code, with one line of JSON when asked for', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ a: 'a'.repeat(100), b: 'b'.repeat(100) });
  fs.rmSync(repository.objectFile(repository.digestOf('main', '/a')));
  repository.damage(repository.objectFile(repository.digestOf('main', '/b')));
  const readOnly = repository.copyTo(repository.scratch, 'read-only');
  const meta = readOnly.file('meta.json');
  fs.writeFileSync(meta, fs.readFileSync(meta, 'utf8').replace('"v1_erofs"', '"v1_erofs","x"'));
  const broken = join(repository.scratch, 'broken');
  fs.mkdirSync(broken);
  fs.writeFileSync(join(broken, 'meta.json'), '{');
  const calls: readonly (readonly [ErrorCode, readonly string[]])[] = [
    ['USAGE', ['rev-parse']],
    ['REPOSITORY_NOT_FOUND', ['log', 'main', '--repo', join(repository.scratch, 'none')]],
    ['FORMAT_INVALID', ['log', 'main', '--repo', broken]],
    ['REVISION_NOT_FOUND', ['log', 'nothing']],
    ['PATH_NOT_FOUND', ['ls', 'main', '/nothing']],
    ['PATH_NOT_FOUND', ['commit', join(repository.scratch, 'none'), '-b', 'main']],
    ['OBJECT_NOT_FOUND', ['cat', 'main', '/a']],
    ['OBJECT_CORRUPT', ['cat', 'main', '/b']],
    ['UNSUPPORTED', ['commit', 'oci:layout', '-b', 'main']],
    ['READ_ONLY', ['gc', '--repo', readOnly.path]],
    ['FAILED', ['tag', 'set', 'v1', 'main']],
  ];
  repository.expect(['tag', 'set', 'v1', 'main']);
  for (const [code, args] of calls) {
    const { status, stdout, stderr } = repository.call([...args, '--json']);
    assert.equal(status, EXIT_STATUS[code], `${args.join(' ')}: ${stderr}`);
    assert.equal(stdout, '');
    assert.match(stderr, /^\{.*\}\n$/);
    const error = errorDocument(stderr);
    assert.equal(error.code, code, stderr);
    assert.match(error.message, /^\S.*[^.]$/);
  }
});

test('a content with another digest says which was expected and which was found', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ b: 'b'.repeat(100) });
  const digest = repository.digestOf('main', '/b');
  repository.damage(repository.objectFile(digest));
  const { error } = JSON.parse(repository.call(['cat', 'main', '/b', '--json']).stderr) as {
    error: { details: Readonly<Record<string, unknown>> };
  };
  const { expected, found } = error.details;
  assert.equal(expected, digest);
  assert.match(String(found), /^[0-9a-f]{64}$/);
  assert.notEqual(found, digest);
});

test('an error for people is one line, and a hint one more', (t) => {
  const repository = TestRepository.make(t);
  const missing = repository.call(['log', 'main', '--repo', '/nonexistent']);
  expectStatus(missing, 10);
  assert.match(missing.stderr, /^error: no repository at \/nonexistent\nhint: [^\n]+\n$/);
  const unknown = repository.call(['log', 'nothing']);
  assert.equal(unknown.stderr, 'error: "nothing" is not a branch, tag or commit\n');
});

for (const [args, message] of [
  [[], 'name a command; `rootseal --help` lists them'],
  [['loq'], 'unknown command "loq"; did you mean log?'],
  [['branch'], 'branch needs a subcommand'],
  [['log', 'main', '--nothing'], 'log: unknown option --nothing'],
  [['log', 'main', 'main'], 'log: "main" is one argument too many'],
  [['log', 'main', '--repo', 'a', '--repo', 'b'], 'log: --repo was given more than once'],
  [['log', 'main', '--repo'], 'log: --repo needs a value'],
  [['log', 'main', '--limit', 'x'], 'log: --limit takes a whole number'],
  [['log', 'main', '--progress-fd', '99'], '--progress-fd: 99 is not open'],
] as const) {
  test(`wrong use ends with status 2 and one line: ${args.join(' ')}`, () => {
    const { status, stdout, stderr } = rootseal(args);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    const [first = '', hint = '', ...rest] = stderr.split('\n');
    assert.ok(first.startsWith(`error: ${message}`), stderr);
    assert.ok(hint === '' || hint.startsWith('hint: '), stderr);
    assert.ok(rest.length <= 1, stderr);
  });
}

test('an empty $ROOTSEAL_REPO is as good as none', () => {
  const { stderr } = rootseal(['log', 'main'], { env: { ROOTSEAL_REPO: '' } });
  assert.match(stderr, /^error: no repository at \/sysroot\/composefs\n/);
});

for (const [signal, status] of [
  ['SIGINT', EXIT_STATUS.INTERRUPTED],
  ['SIGTERM', EXIT_STATUS.TERMINATED],
  ['SIGHUP', EXIT_STATUS.TERMINATED],
] as const) {
  test(`${signal} ends a command with status ${status}`, async (t) => {
    const repository = TestRepository.make(t);
    const command = ['commit', 'tar:-', '-b', 'main', '--repo', repository.path];
    const child = spawn(process.execPath, [PROGRAM, ...command], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    t.after(() => child.kill('SIGKILL'));
    // The session's directory says that the command is under way; its input never comes.
    const watcher = fs.watch(repository.file('tmp'));
    if (fs.readdirSync(repository.file('tmp')).length === 0) await once(watcher, 'change');
    watcher.close();
    child.kill(signal);
    assert.deepEqual(await once(child, 'exit'), [status, null]);
    assert.deepEqual(fs.readdirSync(repository.file('tmp')), []);
    repository.expect(['fsck']);
  });
}

test('a command that ends at once ends in order, although it has begun to start a thread', () => {
  // Its process must not end while the thread loads native code: that would be an abort.
  for (let round = 0; round < 20; round++) {
    const { status, stderr } = rootseal([
      'image',
      'create',
      'nowhere',
      'image',
      '--format-version',
      '2',
    ]);
    assert.equal(status, 2, stderr);
  }
});

test('older names of options go on to work, and neither help nor a guess tells of them', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ file: 'content' });
  const archive = (option: string) => {
    const file = join(repository.scratch, option);
    repository.expect(['export', 'main', option, file]);
    return fs.readFileSync(file);
  };
  assert.deepEqual(archive('--tar'), archive('--output'));
  assert.deepEqual(archive('-o'), archive('--output'));
  assert.doesNotMatch(rootseal(['export', '--help']).stdout, /--tar/);
  assert.match(rootseal(['export', 'main', '--taar', 'x']).stderr, /unknown option --taar\n/);
  assert.match(repository.call(['export', 'main', '--tar']).stderr, /--output needs a value/);
});

test('every older name of an option means what its name means', async () => {
  let names = 0;
  for (const { declaration } of await everyCommand())
    for (const option of declaration.options)
      for (const older of option.olderNames) {
        const words = declaration.arguments.map(() => 'x');
        const value = option.type === 'boolean' ? [] : [option.choices?.[0] ?? '1'];
        const parsed = (name: string) => {
          const required = declaration.options
            .filter((one) => one.required && one !== option)
            .flatMap(({ name: other }) => [`--${other}`, '1']);
          return parseWords(declaration, [...words, ...required, `--${name}`, ...value]);
        };
        assert.deepEqual(parsed(older), parsed(option.name), `${declaration.words} --${older}`);
        names++;
      }
  assert.ok(names > 8, String(names));
});

test('-m says what a commit is about, and the same tree can be left out', (t) => {
  const repository = TestRepository.make(t);
  const first = repository.commit({ file: 'content' }, 'main', '-m', 'the first\nand more\n');
  const log = repository.expect(['log', 'main', '--oneline', '--no-color']);
  assert.match(log, /^[0-9a-f]{12} \d{8}\.\d{6} \d{4}-\d\d-\d\d \(main\) the first$/);
  assert.match(repository.expect(['show', 'main']), /\n\n {4}the first\n {4}and more$/);
  const tree = repository.tree({ file: 'content' });
  const again = ['commit', tree, '-b', 'main', '--clamp-mtime', '0', '--skip-if-unchanged'];
  const next = repository.expect(again);
  assert.notEqual(next, first);
  const same = repository.call(again);
  assert.equal(same.status, 77, same.stderr);
  assert.equal(same.stdout, `the tree is that of commit ${next}\n`);
  assert.equal(repository.expect(['rev-parse', 'main']), next);
  assert.match(repository.call([...again, '-m', ' \n']).stderr, /--message: the message is empty/);
});

test('pull and switch take REMOTE/BRANCH and REMOTE BRANCH', (t) => {
  const repository = TestRepository.make(t);
  for (const command of ['pull', 'switch']) {
    assert.match(
      repository.call([command, 'site']).stderr,
      new RegExp(`${command}: BRANCH is missing. Usage: rootseal ${command} REMOTE BRANCH`),
    );
    assert.equal(repository.call([command, 'site/main', 'main']).status, 2);
  }
  for (const words of [['site/main'], ['site', 'main']])
    assert.match(repository.call(['pull', ...words]).stderr, /remote site/);
});

test('branch list --all and remote branches show what else there is', (t) => {
  const repository = TestRepository.make(t);
  const id = repository.commit({ file: 'content' });
  repository.expect(['tag', 'set', 'v1', 'main']);
  assert.equal(repository.expect(['branch', 'list', '--all']), `main  ${id}\nv1    ${id}`);
  repository.expect(['remote', 'add', 'here', repository.path]);
  assert.equal(repository.expect(['remote', 'branches', 'here']), `main  ${id}`);
  repository.expect(['remote', 'add', 'web', 'http://127.0.0.1:1/']);
  const { status, stderr } = repository.call(['remote', 'branches', 'web']);
  assert.equal(status, 14);
  assert.match(stderr, /a web server does not list/);
});
