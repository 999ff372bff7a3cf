/** What is in commits, what differs between them, and their names. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { expectStatus, templateRepository, type TestRepository } from '../helpers/repository.js';

const BIG = 'big\n'.repeat(1000);

interface Fixture {
  readonly repository: TestRepository;
  /** Two commits of `main`, oldest first. */
  readonly ids: readonly [string, string];
}

const fixture = templateRepository((repository): Fixture => {
  const tree = repository.tree({ 'etc/issue': 'one\n', big: BIG, gone: 'x', 'dir/': '' });
  fs.symlinkSync('../big', join(tree, 'etc/link'));
  fs.linkSync(join(tree, 'big'), join(tree, 'etc/again'));
  fs.symlinkSync('/usr/lib/ü\n', join(tree, 'odd-\u001b'));
  const commit = ['commit', tree, '-b', 'main', '--clamp-mtime', '1000', '--time'];
  const first = repository.expect([...commit, '1000']);
  fs.writeFileSync(join(tree, 'etc/issue'), 'two\n');
  fs.chmodSync(join(tree, 'etc/issue'), 0o600);
  fs.rmSync(join(tree, 'gone'));
  fs.rmSync(join(tree, 'odd-\u001b'));
  fs.symlinkSync('/usr/lib/ö', join(tree, 'odd-\u001b'));
  fs.writeFileSync(join(tree, 'new'), 'y');
  return { repository, ids: [first, repository.expect([...commit, '2000'])] };
});

test('log and show tell a commit and its ancestors', (t) => {
  const { repository, ids } = fixture(t);
  const log = repository.expect(['log', 'main']);
  assert.deepEqual(
    log.match(/^commit .*$/gm),
    [ids[1], ids[0]].map((id) => `commit ${id}`),
  );
  const { commits } = repository.json(['log', 'main', '--limit', '1']) as {
    commits: { commitId: string }[];
  };
  assert.deepEqual(
    commits.map(({ commitId }) => commitId),
    [ids[1]],
  );
  const shown = repository.expect(['show', 'main^']);
  assert.match(
    shown,
    new RegExp(`^commit ${ids[0]}\n  name: +main\n  version: +19700101\\.001640$`, 'm'),
  );
  assert.match(shown, /^ {2}sealed: +no$/m);
  expectStatus(repository.call(['show', 'nothing']), 10);
});

test('ls lists names with what they are, of a directory, of all below it, or of one file', (t) => {
  const { repository } = fixture(t);
  const time = '1970-01-01 00:16:40';
  const lines = (...args: string[]) =>
    repository
      .expect(['ls', 'main^', ...args])
      .split('\n')
      .map((line) => line.replace(/ +/g, ' '));
  const etc = [
    `-0644 0 0 4000 ${time} /etc/again`,
    `-0644 0 0 4 ${time} /etc/issue`,
    `l0777 0 0 - ${time} /etc/link -> ../big`,
  ];
  const directory = `d0755 0 0 - ${time} /etc`;
  assert.deepEqual(lines('/etc/'), etc);
  assert.deepEqual(lines('/etc', '-R'), [directory, ...etc]);
  assert.deepEqual(lines('/etc/issue', '-R'), [etc[1]]);
  assert.deepEqual(lines('/etc/issue'), [etc[1]]);
  const all = lines('-R').map((line) => line.split(' ').slice(6).join(' '));
  assert.deepEqual(all, [
    '/',
    '/big',
    '/dir',
    '/etc',
    '/etc/again',
    '/etc/issue',
    '/etc/link -> ../big',
    '/gone',
    '/odd-\\x1b -> /usr/lib/ü\\x0a',
  ]);
  const { entries } = repository.json(['ls', 'main', '/big']) as {
    entries: Record<string, unknown>[];
  };
  const [row] = entries;
  assert.deepEqual([row?.['kind'], row?.['nlink'], row?.['bytes']], ['file', 2, 4000]);
  expectStatus(repository.call(['ls', 'main', '/nothing']), 10);
});

test('cat prints content, through symlinks inside the tree, and nothing when it is damaged', (t) => {
  const { repository } = fixture(t);
  assert.equal(repository.call(['cat', 'main', '/etc/link']).stdout, BIG);
  assert.equal(repository.call(['cat', 'main^', 'etc/issue']).stdout, 'one\n');
  expectStatus(repository.call(['cat', 'main', '/etc']), 2);
  expectStatus(repository.call(['cat', 'main', '/gone']), 10);
  const object = repository.objectFile(repository.digestOf('main', '/big'));
  repository.damage(object);
  const damaged = repository.call(['cat', 'main', '/big']);
  assert.deepEqual([damaged.status, damaged.stdout], [17, '']);
  fs.rmSync(object);
  expectStatus(repository.call(['cat', 'main', '/big']), 10);
});

test('diff lists changed paths, and --explain each field with its values', (t) => {
  const { repository } = fixture(t);
  const names = ['M /etc/issue', 'D /gone', 'A /new', 'M /odd-\\x1b'];
  assert.deepEqual(repository.expect(['diff', 'main^', 'main']).split('\n'), names);
  assert.equal(
    repository.expect(['diff', 'main^', 'main', '--explain']),
    `${names[0]}
    mode: 0644 -> 0600
    content: inline:6f6e650a -> inline:74776f0a
${names[1]}
${names[2]}
${names[3]}
    target: /usr/lib/ü\\x0a -> /usr/lib/ö`,
  );
  assert.equal(repository.expect(['diff', 'main', 'main']), '');
  const { entries } = repository.json(['diff', 'main^', 'main']) as { entries: unknown[] };
  assert.deepEqual(entries[2], { kind: 'added', path: '/new', fields: [] });
});

test('checkout and export write the tree, and refuse a directory that is not empty', (t) => {
  const { repository } = fixture(t);
  const target = join(repository.scratch, 'out');
  assert.equal(repository.expect(['checkout', 'main', target]), '');
  assert.equal(fs.readFileSync(join(target, 'etc/link'), 'utf8'), BIG);
  assert.equal(fs.statSync(join(target, 'big')).ino, fs.statSync(join(target, 'etc/again')).ino);
  assert.equal(fs.statSync(join(target, 'etc')).mtimeMs, 1_000_000);
  const again = repository.call(['checkout', 'main', target]);
  assert.equal(again.status, 2);
  assert.match(again.stderr, /^error: .* is not empty\nhint: /);
  const { bytes } = repository.call(['export', 'main']);
  const tar = join(repository.scratch, 'x.tar');
  assert.equal(repository.expect(['export', 'main', '--output', tar]), '');
  assert.deepEqual(fs.readFileSync(tar), bytes);
  const listed = execFileSync('tar', ['-tf', tar]).toString().split('\n');
  assert.ok(listed.includes('./etc/issue'), listed.join());
  fs.rmSync(repository.objectFile(repository.digestOf('main', '/big')));
  expectStatus(repository.call(['checkout', 'main', join(repository.scratch, 'x')]), 10);
  expectStatus(repository.call(['export', 'main', '--output', tar]), 10);
});

test('branches move, tags stay, and both can be listed and deleted', (t) => {
  const { repository, ids } = fixture(t);
  assert.equal(repository.expect(['branch', 'set', 'a/b', 'main^']), ids[0]);
  assert.equal(repository.expect(['branch', 'set', 'a/b', 'main']), ids[1]);
  assert.equal(repository.expect(['tag', 'set', 'v1', 'main^']), ids[0]);
  const moved = repository.call(['tag', 'set', 'v1', 'main']);
  assert.equal(moved.status, 1);
  assert.match(moved.stderr, /^error: tag v1 exists already: it is at [0-9a-f]{64}\nhint: delete/);
  assert.equal(repository.expect(['branch', 'list']), `a/b   ${ids[1]}\nmain  ${ids[1]}`);
  assert.deepEqual(repository.json(['tag', 'list']), {
    version: 1,
    refs: [{ kind: 'tag', name: 'v1', commitId: ids[0] }],
  });
  for (const name of ['a', 'a/b/c', 'main/x/y', '../x', '.x', 'x.lock', '', 'x'.repeat(256)])
    assert.equal(repository.call(['branch', 'set', name, 'main']).status, 2, name);
  expectStatus(repository.call(['branch', 'set', 'lost', 'ab'.repeat(32)]), 10);
  const deleted = repository.call(['branch', 'delete', 'a/b']);
  assert.deepEqual([deleted.status, deleted.stdout], [0, '']);
  assert.equal(deleted.stderr, `branch a/b was at ${ids[1]}\n`);
  assert.equal(fs.existsSync(repository.file('refs/heads/a')), false);
  expectStatus(repository.call(['branch', 'delete', 'a/b']), 10);
});

test('a revision is a name, an id, a prefix of one, or an ancestor of these', (t) => {
  const { repository, ids } = fixture(t);
  const parse = (revision: string) => repository.expect(['rev-parse', revision]);
  for (const revision of ['main', ids[1], ids[1].slice(0, 12), 'main~0'])
    assert.equal(parse(revision), ids[1], revision);
  for (const revision of ['main^', 'main~', 'main~1', `${ids[1].slice(0, 12)}^`])
    assert.equal(parse(revision), ids[0], revision);
  for (const wrong of ['main^^', 'main~9', 'abc', ids[1].slice(0, 3), 'x.lock', 'main/x', '^'])
    assert.equal(repository.call(['rev-parse', wrong]).status, 10, wrong);
});

test('a prefix that begins several ids is refused, and says so', (t) => {
  const { repository, ids } = fixture(t);
  const [first] = ids;
  const twin = `${first.slice(0, 63)}${first.endsWith('0') ? '1' : '0'}`;
  fs.writeFileSync(repository.file(`commits/${twin}`), '');
  const { status, stderr } = repository.call(['rev-parse', first.slice(0, 20)]);
  assert.equal(status, 10);
  assert.match(stderr, /^error: "[0-9a-f]{20}" begins 2 commit ids\n/);
  assert.equal(repository.expect(['rev-parse', first]), first);
});

test('du counts each object once, and tells what commits share', (t) => {
  const { repository, ids } = fixture(t);
  const size = (revision: string) =>
    fs.statSync(repository.objectFile(repository.imageOf(revision))).size;
  const report = repository.json(['du', 'main^', 'main']) as { commits: unknown[]; total: unknown };
  const own = [size('main^'), size('main')] as const;
  const usage = { objectCount: 2, sharedBytes: 4000, ukiBytes: 0, attestationBytes: 0 };
  assert.deepEqual(report.commits, [
    { ...usage, commitId: ids[0], bytes: 4000 + own[0], ownBytes: own[0] },
    { ...usage, commitId: ids[1], bytes: 4000 + own[1], ownBytes: own[1] },
  ]);
  const none = { ukiBytes: 0, attestationBytes: 0 };
  assert.deepEqual(report.total, { objectCount: 3, ...none, bytes: 4000 + own[0] + own[1] });
  assert.match(
    repository.expect(['du', 'main', 'main^']),
    /^commit +objects +size +shared +own\nmain .*\nmain\^ .*\ntogether +3 +[0-9.]+ \S+$/,
  );
});
