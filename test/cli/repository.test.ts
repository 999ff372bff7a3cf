/** `init` and `commit`: what they make, print and refuse. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { documentOfCommit } from '../../src/cli/documents/commit-facts.js';
import { setXattrFd } from '../../src/linux/xattr.js';
import { ascii } from '../../src/util/bytes.js';
import { expectStatus, TestRepository, TIME } from '../helpers/repository.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { startRootseal } from '../helpers/cli-async.js';
import { PROGRAM, rootseal } from '../helpers/cli.js';

type Shown = ReturnType<typeof documentOfCommit>;

function shown(repository: TestRepository, revision: string): Shown {
  return repository.json(['show', revision]) as Shown;
}

test('init makes a private repository, a second time changes nothing, and --json says what it is', (t) => {
  const path = join(scratchDirectory(t), 'a/repo');
  const first = rootseal(['init', path, '--json']);
  const { verity, ...rest } = JSON.parse(expectStatus(first)) as { verity: boolean };
  assert.deepEqual(rest, { version: 1, path, algorithm: 'sha256' });
  assert.equal(fs.statSync(path).mode & 0o777, 0o700);
  fs.writeFileSync(join(path, 'refs/heads/x'), '');
  assert.equal(first.stderr.includes('the file system has no fs-verity'), !verity);
  const second = rootseal(['init', path]);
  assert.equal(expectStatus(second, 77), `${path} is a repository already`);
  assert.equal(second.stderr, '');
  assert.ok(fs.existsSync(join(path, 'refs/heads/x')));
  assert.equal(rootseal(['init', `${path}2`, '--quiet']).stderr, '');
});

test('init says so where no directory can be made, and does not try for ever', async (t) => {
  for (const path of ['/proc/x', '/proc/x/y']) {
    const { status, stderr } = await startRootseal(['init', path]).ended;
    assert.equal(status, 1);
    assert.equal(stderr, 'error: /proc/x: cannot make a directory there\n');
  }
  const file = join(scratchDirectory(t), 'file');
  fs.writeFileSync(file, '');
  assert.notEqual((await startRootseal(['init', join(file, 'x')]).ended).status, 0);
});

test('init refuses another algorithm and a directory with files of somebody else', (t) => {
  const scratch = scratchDirectory(t);
  const path = join(scratch, 'repo');
  expectStatus(rootseal(['init', '--repo', path, '--algorithm', 'sha512']));
  const other = rootseal(['init', path]);
  expectStatus(other, 2);
  assert.match(other.stderr, /^error: .* is a sha512 repository already\n$/);
  fs.mkdirSync(join(scratch, 'foreign/objects'), { recursive: true });
  fs.writeFileSync(join(scratch, 'foreign/mine'), '');
  const foreign = rootseal(['init', join(scratch, 'foreign')]);
  expectStatus(foreign, 2);
  assert.match(foreign.stderr, /^error: .* is not empty: it holds "mine"\n$/);
  assert.deepEqual(fs.readdirSync(join(scratch, 'foreign')).sort(), ['mine', 'objects']);
});

test('commit prints the id alone on standard output and a summary beside it', (t) => {
  const repository = TestRepository.make(t);
  const tree = repository.tree({ a: 'a'.repeat(1000), b: 'a'.repeat(1000), c: 'small' });
  const command = ['commit', tree, '-b', 'main', '--time', String(TIME)];
  const first = repository.call(command);
  assert.equal(first.status, 0);
  assert.match(first.stdout, /^[0-9a-f]{64}\n$/);
  assert.match(
    first.stderr,
    /^4 files, 2\.0 kB: 1\.0 kB new in 1 object, 1\.0 kB shared, in [0-9.]+ s\n$/,
  );
  const quiet = repository.call([...command, '--quiet']);
  assert.match(quiet.stdout, /^[0-9a-f]{64}\n$/);
  assert.equal(quiet.stderr, '');
  const document = repository.json(command) as Record<string, unknown>;
  const { newBytes, newObjectCount, sharedBytes, notKept, ...facts } = document;
  const totals = { newBytes, newObjectCount, sharedBytes, notKept };
  assert.deepEqual(totals, { newBytes: 0, newObjectCount: 0, sharedBytes: 2000, notKept: [] });
  const id = String(facts['commitId']);
  assert.deepEqual(
    { ...facts, sealed: false, seal: null, attestations: null },
    shown(repository, id),
  );
  assert.equal(repository.expect(['rev-parse', 'main']), id);
});

test('the same tree, time and parent make the same commit in any repository', (t) => {
  const [one, two] = [TestRepository.make(t), TestRepository.make(t)];
  const tree = one.tree({ 'etc/issue': 'hello' });
  const byTime = one.expect(['commit', tree, '-b', 'main', '--time', '2026-11-23T10:00:00Z']);
  const byEpoch = two.expect(['commit', tree, '-b', 'main'], {
    env: { SOURCE_DATE_EPOCH: String(Date.UTC(2026, 10, 23, 10) / 1000) },
  });
  assert.equal(byTime, byEpoch);
  const { time, release, sequence, name, parentId } = shown(one, 'main');
  assert.deepEqual([time, release], ['2026-11-23T10:00:00Z', '20261123.100000']);
  assert.deepEqual([sequence, name, parentId], [1_795_428_000, 'main', null]);
});

test('what is recorded can be given: name, version, sequence, labels; name and sequence go on', (t) => {
  const repository = TestRepository.make(t);
  const first = repository.commit({ a: 'a' }, 'x/y+z');
  assert.equal(shown(repository, first).name, 'x-y-z');
  const facts = ['--name', 'debian', '--release-version', '1.0', '--sequence', '2000000000'];
  repository.commit({ a: 'a' }, 'main', ...facts, '--label', 'a=1', '--label', 'b=x=y');
  const { name, release, sequence, labels } = shown(repository, 'main');
  assert.deepEqual([name, release, sequence], ['debian', '1.0', 2_000_000_000]);
  assert.deepEqual(labels, { a: '1', b: 'x=y' });
  repository.commit({ a: 'b' });
  const next = shown(repository, 'main');
  assert.deepEqual([next.name, next.sequence], ['debian', 2_000_000_001]);
  assert.equal(next.parentId, repository.expect(['rev-parse', 'main^']));
});

test('--clamp-mtime makes nothing newer, and --xattrs chooses attributes', (t) => {
  const repository = TestRepository.make(t);
  const tree = repository.tree({ old: 'x', new: 'y' });
  fs.utimesSync(join(tree, 'old'), 500, 500);
  const fd = fs.openSync(join(tree, 'old'), 'r');
  setXattrFd(fd, ascii('user.a'), ascii('b'));
  fs.closeSync(fd);
  const list = (...options: string[]) => {
    repository.expect(['commit', tree, '-b', 'main', ...options]);
    const rows = repository.json(['ls', 'main']) as {
      entries: { mtime: number; xattrs: object }[];
    };
    return rows.entries.map(({ mtime, xattrs }) => [mtime, Object.keys(xattrs)]);
  };
  assert.deepEqual(list('--clamp-mtime', '1000'), [
    [1000, []],
    [500, ['user.a']],
  ]);
  assert.deepEqual(list('--clamp-mtime', '@400', '--xattrs', 'none'), [
    [400, []],
    [400, []],
  ]);
  assert.deepEqual(list('--clamp-mtime', '0', '--xattrs', 'security')[1], [0, []]);
  assert.deepEqual(list('--clamp-mtime', '0', '--xattrs', 'user')[1], [0, ['user.a']]);
});

function git(directory: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=T', '-c', 'user.email=t@example.org'];
  return execFileSync('git', ['-C', directory, ...identity, ...args])
    .toString()
    .trim();
}

function workTree(t: TestContext): { repository: TestRepository; work: string; head: string } {
  const repository = TestRepository.make(t);
  const work = repository.tree({ 'images/debian/build': '#!/bin/sh\n', readme: 'x' });
  git(work, 'init', '-q', '-b', 'main');
  git(work, 'remote', 'add', 'origin', 'https://user:secret@git.example.org/images.git');
  git(work, 'add', '.');
  git(work, 'commit', '-q', '-m', 'first');
  return { repository, work, head: git(work, 'rev-parse', 'HEAD') };
}

test('--source-git records URL without credentials, commit, path, and whether it is dirty', (t) => {
  const { repository, work, head } = workTree(t);
  const definition = join(work, 'images/debian');
  const recorded = (...options: string[]) => {
    repository.commit({ a: 'a' }, 'main', ...options);
    return shown(repository, 'main').git;
  };
  const url = 'https://git.example.org/images.git';
  const clean = { url, gitCommit: head, dirty: false, path: 'images/debian' };
  assert.deepEqual(recorded('--source-git', definition), clean);
  assert.equal(recorded(), null);
  fs.writeFileSync(join(work, 'readme'), 'changed outside of the definition');
  assert.deepEqual(recorded('--source-git', definition), clean);
  assert.deepEqual(recorded('--source-git', work), { ...clean, dirty: true, path: '.' });
  fs.writeFileSync(join(definition, 'new'), 'not added');
  assert.deepEqual(recorded('--source-git', definition), { ...clean, dirty: true });
  const text = repository.expect(['show', 'main']);
  assert.match(text, new RegExp(`^ +git: +${url} ${head} \\(dirty\\) images/debian$`, 'm'));
});

test('a tree inside a git work tree is recorded without being asked for', (t) => {
  const { repository, work, head } = workTree(t);
  repository.expect(['commit', join(work, 'images'), '-b', 'main']);
  assert.equal(shown(repository, 'main').git?.gitCommit, head);
});

test('a tree that only happens to lie in a git work tree is not said to come from there', (t) => {
  const { repository, work, head } = workTree(t);
  const tree = join(work, 'tree');
  fs.mkdirSync(tree);
  fs.writeFileSync(join(tree, 'file'), 'content\n');
  repository.expect(['commit', tree, '-b', 'main']);
  assert.equal(shown(repository, 'main').git, null);
  repository.expect(['commit', tree, '-b', 'asked', '--source-git', tree]);
  const { git } = shown(repository, 'asked');
  assert.deepEqual([git?.gitCommit, git?.dirty, git?.path], [head, true, 'tree']);
});

test('--source-git outside of a work tree is refused', (t) => {
  const repository = TestRepository.make(t);
  const tree = repository.tree({ a: 'a' });
  const command = ['commit', tree, '-b', 'main', '--source-git', repository.scratch];
  const { status, stderr } = repository.call(command);
  assert.equal(status, 2);
  assert.match(stderr, /^error: --source-git .*: not in a git work tree with a commit\n$/);
  expectStatus(repository.call(['rev-parse', 'main']), 10);
});

test('a tar, plain or compressed, and an image and dump of it make the same image', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ 'a/b': 'b'.repeat(2000), 'a/c': 'c' });
  const tar = join(repository.scratch, 'x.tar');
  repository.expect(['export', 'main', '--output', tar]);
  execFileSync('gzip', ['-k', tar]);
  execFileSync('zstd', ['-q', tar]);
  execFileSync('xz', ['-k', tar]);
  const image = repository.imageOf('main');
  const dump = join(repository.scratch, 'x.dump');
  fs.writeFileSync(dump, repository.call(['image', 'dump', repository.objectFile(image)]).bytes);
  const sources = ['tar:', 'tar:.gz', 'tar:.zst', 'tar:.xz'].map((source) =>
    source.replace(':', `:${tar}`),
  );
  for (const source of [...sources, `image:${repository.objectFile(image)}`, `dump:${dump}`]) {
    repository.expect(['commit', source, '-b', 'other']);
    assert.equal(repository.imageOf('other'), image, source);
  }
  const input = fs.readFileSync(`${tar}.gz`);
  repository.expect(['commit', 'tar:-', '-b', 'piped'], { input });
  assert.equal(repository.imageOf('piped'), image);
});

test('--progress-fd gets a JSON object on each line, the last one complete', (t) => {
  const repository = TestRepository.make(t);
  const tree = repository.tree({ a: 'a'.repeat(5000), b: 'b' });
  const file = join(repository.scratch, 'progress');
  const fd = fs.openSync(file, 'w');
  const command = ['commit', tree, '-b', 'main', '--progress-fd', '3', '--repo', repository.path];
  const { status } = spawnSync(process.execPath, [PROGRAM, ...command], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  fs.closeSync(fd);
  assert.equal(status, 0);
  const events = fs
    .readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const last = events.filter(({ task }) => task === 'ingest').at(-1);
  assert.deepEqual(last, { task: 'ingest', done: 5001, total: 5001, unit: 'bytes' });
});

test('facts that no commit can hold are refused before anything is read', (t) => {
  const repository = TestRepository.make(t);
  const tree = repository.tree({ a: 'a'.repeat(100) });
  const before = repository.listing();
  for (const [options, message] of [
    [['--sequence', '1.5'], 'commit: --sequence takes a whole number'],
    [['--sequence', 'x'], 'commit: --sequence takes a whole number'],
    [['--name', 'a/b'], '--name: a name consists of'],
    [['--release-version', 'a b'], '--release-version: a version consists of'],
    [['--label', 'x'], '--label "x": write KEY=VALUE'],
    [['--label', 'a b=c'], '--label "a b=c": a label key consists of'],
    [['--label', 'a=1', '--label', 'a=2'], '--label: a key was given more than once'],
    [['--time', 'noon'], '--time: "noon" is not a time'],
    [['--time', '999999999999'], '--time: "999999999999" is not a time'],
    [['--branch', 'other'], 'commit: --branch was given more than once'],
  ] as const) {
    const { status, stderr } = repository.call(['commit', tree, '--branch', 'main', ...options]);
    assert.equal(status, 2, options.join(' '));
    assert.match(stderr, new RegExp(`^error: ${message}`));
  }
  expectStatus(repository.call(['commit', tree, '--branch', '../x']), 2);
  expectStatus(repository.call(['commit', tree]), 2);
  assert.equal(repository.listing(), before);
});
