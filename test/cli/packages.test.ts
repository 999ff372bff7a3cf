/** Packages of trees: `diff --packages`. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fixTimes } from '../helpers/fixed-times.js';
import { expectStatus, TestRepository, TIME } from '../helpers/repository.js';
import { requireDocument } from '../helpers/schema.js';

/** dpkg's status of packages `NAME VERSION [ARCHITECTURE]`. */
function status(...packages: readonly string[]): string {
  return packages
    .map((text) => {
      const [name = '', version = '', architecture = 'amd64'] = text.split(' ');
      return `Package: ${name}\nStatus: install ok installed\nArchitecture: ${architecture}\nVersion: ${version}\nDescription: some\n words\n`;
    })
    .join('\n');
}

const BEFORE = status('libc6 2.41-11', 'openssl 3.5.1-1', 'old 1', 'tool 2:1.0');
const AFTER = status('libc6 2.41-12', 'openssl 3.5.1-1+deb13u1', 'zstd 1.5.7', 'tool 2:1.0~rc1');

const EXPECTED = [
  'upgraded    libc6    2.41-11 -> 2.41-12',
  'upgraded    openssl  3.5.1-1 -> 3.5.1-1+deb13u1',
  'downgraded  tool     2:1.0 -> 2:1.0~rc1',
  'new         zstd     1.5.7',
  'removed     old      1',
  '2 packages upgraded, 1 downgraded, 1 new, 1 removed',
].join('\n');

test('the difference of two trees is told where dpkg keeps its database and where images have it', (t) => {
  const repository = TestRepository.make(t);
  const link = { 'var/lib/dpkg': '->../../usr/lib/sysimage/dpkg' };
  repository.commit({ 'var/lib/dpkg/status': BEFORE });
  repository.commit({ 'usr/lib/sysimage/dpkg/status': AFTER, ...link });
  assert.equal(repository.expect(['diff', 'main^', 'main', '--packages']), EXPECTED);
  repository.commit({ 'usr/lib/sysimage/dpkg/status': AFTER, ...link, 'etc/motd': 'new' });
  assert.equal(repository.expect(['diff', 'main^', 'main', '--packages']), 'no package changed');
});

test('the document has every package with all that is known of it', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ 'var/lib/dpkg/status': status('a 1') });
  repository.commit({
    'var/lib/dpkg/status': `${status('a 2')}Source: b (2.1)\n\n${status('c 1 all').replace('ok installed', 'ok half-configured')}`,
  });
  const words = ['diff', 'main^', 'main', '--packages', '--changelogs'];
  requireDocument('diff', repository.expect([...words, '--json']));
  const document = repository.json(words);
  const common = { manager: 'dpkg', architecture: 'amd64', state: null };
  assert.deepEqual(document, {
    version: 1,
    packages: {
      upgradedPackages: [
        {
          before: { ...common, name: 'a', version: '1', source: { name: 'a', version: '1' } },
          after: { ...common, name: 'a', version: '2', source: { name: 'b', version: '2.1' } },
          changelog: [],
        },
      ],
      downgradedPackages: [],
      changedPackages: [],
      addedPackages: [
        {
          ...common,
          name: 'c',
          version: '1',
          architecture: 'all',
          source: { name: 'c', version: '1' },
          state: 'half-configured',
        },
      ],
      removedPackages: [],
    },
  });
});

test('log --packages says what each commit changed against its parent, and nothing where that is not known', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ 'var/lib/dpkg/status': status('a 1') });
  repository.commit({ 'var/lib/dpkg/status': status('a 2', 'b 1') });
  repository.commit({ 'var/lib/dpkg/status': 'damaged' });
  const words = ['log', 'main', '--packages'];
  assert.deepEqual(
    repository
      .expect([...words, '--oneline'])
      .split('\n')
      .map((line) => /\[.*\]/.exec(line)?.[0]),
    [undefined, '[1 package upgraded, 1 new]', undefined],
  );
  assert.match(repository.expect(words), /^ {2}packages: {2}1 package upgraded, 1 new$/m);
  const text = repository.expect([...words, '--json']);
  requireDocument('log', text);
  const { commits } = JSON.parse(text) as {
    commits: { packageCounts: unknown; parentId: string }[];
  };
  assert.deepEqual(
    commits.map(({ packageCounts }) => packageCounts),
    [
      null,
      {
        sinceId: commits[1]?.parentId,
        ...{
          upgradedCount: 1,
          downgradedCount: 0,
          changedCount: 0,
          addedCount: 1,
          removedCount: 0,
        },
      },
      null,
    ],
  );
  assert.doesNotMatch(repository.expect(['log', 'main', '--json']), /packages/);
});

test('packages of apk, pacman and distroless images are found', (t) => {
  const repository = TestRepository.make(t);
  const apk = (version: string) => `P:busybox\nV:${version}\nA:x86_64\n\n`;
  repository.commit({ 'lib/apk/db/installed': apk('1.37.0-r9') }, 'apk');
  repository.commit({ 'usr/lib/apk/db/installed': apk('1.37.0-r12') }, 'apk');
  const desc = (version: string) => `%NAME%\nlinux\n\n%VERSION%\n${version}\n\n%ARCH%\nx86_64\n`;
  repository.commit({ 'var/lib/pacman/local/linux-1/desc': desc('6.12rc1-1') }, 'pacman');
  repository.commit({ 'usr/lib/sysimage/lib/pacman/local/linux-2/desc': desc('6.12-1') }, 'pacman');
  const distroless = (version: string) => ({
    'var/lib/dpkg/status.d/base': `Package: base\nArchitecture: all\nVersion: ${version}\n`,
    'var/lib/dpkg/status.d/base.md5sums': 'd41d8cd98f00b204e9800998ecf8427e  etc/x\n',
  });
  repository.commit(distroless('13'), 'distroless');
  repository.commit(distroless('13.1'), 'distroless');
  for (const [branch, line] of [
    ['apk', 'upgraded  busybox  1.37.0-r9 -> 1.37.0-r12'],
    ['pacman', 'upgraded  linux  6.12rc1-1 -> 6.12-1'],
    ['distroless', 'upgraded  base  13 -> 13.1'],
  ] as const)
    assert.equal(
      repository.expect(['diff', `${branch}^`, branch, '--packages']),
      `${line}\n1 package upgraded`,
    );
});

test('changelogs say what the versions since have changed, and only those', (t) => {
  const repository = TestRepository.make(t);
  const entry = (version: string, text: string) =>
    `a (${version}) unstable; urgency=medium\n\n  * ${text}\n    more of it\n\n -- A B <a@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n\n`;
  const files = (version: string) => ({ 'var/lib/dpkg/status': status(`a ${version}`, 'b 1') });
  repository.commit(files('1-1'));
  const tree = repository.tree({ ...files('1-3'), 'usr/share/doc/a/': '' });
  const text = entry('1-3', 'third \u001b[31m') + entry('1-2', 'second') + entry('1-1', 'first');
  fs.writeFileSync(join(tree, 'usr/share/doc/a/changelog.Debian.gz'), gzipSync(text));
  fixTimes(tree);
  repository.expect(['commit', tree, '-b', 'main', '--time', String(TIME)]);
  assert.equal(
    repository.expect(['diff', 'main^', 'main', '--packages', '--changelogs']),
    [
      'upgraded  a  1-1 -> 1-3',
      '    1-3',
      '      * third \\x1b[31m',
      '        more of it',
      '',
      '    1-2',
      '      * second',
      '        more of it',
      '',
      '1 package upgraded',
    ].join('\n'),
  );
});

test('a changelog that unpacks to more than anybody reads is passed over', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ 'var/lib/dpkg/status': status('a 1') });
  const tree = repository.tree({ 'var/lib/dpkg/status': status('a 2'), 'usr/share/doc/a/': '' });
  const bomb = gzipSync(Buffer.alloc(33 * 1024 * 1024));
  fs.writeFileSync(join(tree, 'usr/share/doc/a/changelog.gz'), bomb);
  fs.writeFileSync(join(tree, 'usr/share/doc/a/changelog.Debian.gz'), 'no gzip');
  fixTimes(tree);
  repository.expect(['commit', tree, '-b', 'main', '--time', String(TIME)]);
  assert.equal(
    repository.expect(['diff', 'main^', 'main', '--packages', '--changelogs']),
    'upgraded  a  1 -> 2\n1 package upgraded',
  );
});

test('a database that its package manager would not write ends the command with 17, and nothing of it reaches the terminal', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ 'var/lib/dpkg/status': BEFORE });
  for (const [index, odd] of [
    BEFORE.replace('old', 'o\u001b]0;owned\u0007d'),
    BEFORE.replace('2.41-11', '2.41-11\u202e'),
    'Package: x\n',
    'binary\0',
  ].entries()) {
    repository.commit({ 'var/lib/dpkg/status': odd }, `odd${index}`);
    const {
      status: exit,
      stdout,
      stderr,
    } = repository.call(['diff', 'main', `odd${index}`, '--packages']);
    assert.equal(exit, 17, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /^error: dpkg status: .*\n$/);
    // eslint-disable-next-line no-control-regex -- what must not be there
    assert.doesNotMatch(stderr, /[\u0000-\u0009\u000b-\u001f\u202e]/);
  }
});

test('a database longer than any is refused by its size', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ 'var/lib/dpkg/status': BEFORE });
  const tree = repository.tree({ 'var/lib/dpkg/status': '' });
  fs.truncateSync(join(tree, 'var/lib/dpkg/status'), 64 * 2 ** 20 + 1);
  repository.expect(['commit', tree, '-b', 'main', '--time', String(TIME)]);
  const { status: exit, stderr } = repository.call(['diff', 'main^', 'main', '--packages']);
  assert.equal(exit, 17);
  assert.match(stderr, /^error: \/var\/lib\/dpkg\/status: 67108865 bytes, more than 67108864\n/);
});

test('a tree without a package database is told with exit status 10', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ 'etc/motd': 'a' });
  repository.commit({ 'var/lib/dpkg/status': AFTER });
  const { status: exit, stderr } = repository.call(['diff', 'main^', 'main', '--packages']);
  assert.equal(exit, 10);
  assert.match(stderr, /^error: commit [0-9a-f]{64} has no package database\n/);
});

test('options that say nothing together are refused', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ a: '' });
  expectStatus(repository.call(['diff', 'main', 'main', '--changelogs']), 2);
  expectStatus(repository.call(['diff', 'main', 'main', '--packages', '--explain']), 2);
});
