/** `rootseal etc diff`, and the merge as the verbs do it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { EtcDiffDocument } from '../../src/deploy/etc/of-sysroot.js';
import { TestSysroot } from '../helpers/sysroot.js';

const FIRST = { 'etc/motd': 'a\nb\nc\n', 'etc/issue': 'old\n', 'etc/gone': 'x', 'etc/rule': '1' };
const SECOND = { 'etc/motd': 'a\nB\nc\n', 'etc/issue': 'new\n', 'etc/rule': '2' };

/** One release is deployed and its /etc was edited; the second one is staged. */
function edited(t: TestContext): TestSysroot {
  const sysroot = TestSysroot.make(t);
  sysroot.expect(['deploy', sysroot.release('1', { files: FIRST })]);
  fs.writeFileSync(sysroot.state('default', 'etc/motd'), 'a\n\x1b[31mmine\nc\n');
  fs.writeFileSync(sysroot.state('default', 'etc/own'), Buffer.from([0, 1, 2]));
  fs.writeFileSync(sysroot.state('default', 'etc/rule'), 'mine');
  fs.mkdirSync(sysroot.state('default', 'etc/rootseal/etc.d'), { recursive: true });
  fs.writeFileSync(sysroot.state('default', 'etc/rootseal/etc.d/site.conf'), 'image /etc/rule\n');
  fs.chmodSync(sysroot.state('default', 'etc/hostname'), 0o600);
  sysroot.expect(['deploy', sysroot.release('2', { files: SECOND }), '--stage']);
  return sysroot;
}

test('etc diff lists what was changed here', (t) => {
  const sysroot = edited(t);
  assert.equal(
    sysroot.expect(['etc', 'diff']),
    [
      'M /etc/hostname (mode)',
      'M /etc/motd (content)',
      'A /etc/own',
      'A /etc/rootseal',
      'A /etc/rootseal/etc.d',
      'A /etc/rootseal/etc.d/site.conf',
      'M /etc/rule (content)',
    ].join('\n'),
  );
});

test('etc diff --content shows lines, and nothing that a terminal would obey', (t) => {
  const sysroot = edited(t);
  const said = sysroot.expect(['etc', 'diff', '--content']);
  assert.match(
    said,
    /^ {4}--- \/etc\/motd\n {4}\+\+\+ \/etc\/motd\n {4}@@ -1,3 \+1,3 @@\n {5}a\n {4}-b\n {4}\+\\x1b\[31mmine\n {5}c$/m,
  );
  assert.match(said, /^A \/etc\/own\n {4}not a text: not shown$/m);
  assert.ok(!said.includes('\x1b'));
});

test('etc diff --against staged says what the merge will do, and does nothing', (t) => {
  const sysroot = edited(t);
  const document = JSON.parse(
    sysroot.expect(['etc', 'diff', '--against', 'staged', '--json']),
  ) as EtcDiffDocument;
  assert.deepEqual(
    document.changes.map(({ kind, path }) => `${kind} ${path}`),
    ['deleted /etc/gone', 'modified /etc/issue', 'modified /etc/rule', 'modified /etc/version'],
  );
  assert.deepEqual(
    document.merge?.conflicts.map(({ path }) => path),
    ['/etc/motd'],
  );
  assert.deepEqual(document.merge.replaced, ['/etc/rule']);
  assert.equal(document.deployment, sysroot.status().roles.staged);
  assert.match(
    sysroot.expect(['etc', 'diff', '--against', 'staged']),
    /^conflict: \/etc\/motd: changed both here and in the new image: the local version is kept\nreplaced: \/etc\/rule: /m,
  );
  assert.equal(fs.existsSync(sysroot.state('staged', 'etc')), false);
  sysroot.expect(['finalize-staged']);
  const read = (name: string) => fs.readFileSync(sysroot.state('default', `etc/${name}`), 'utf8');
  assert.deepEqual(
    [read('issue'), read('rule'), read('version'), read('motd').length],
    ['new\n', '2', '2\n', 'a\n\x1b[31mmine\nc\n'.length],
  );
  const [first] = sysroot.status().deployments;
  assert.deepEqual(
    first?.conflicts.map(({ path }) => path),
    ['/etc/motd'],
  );
});

test('etc diff says when there is nothing to compare with', (t) => {
  const sysroot = TestSysroot.make(t);
  assert.match(sysroot.call(['etc', 'diff']).stderr, /nothing is deployed here yet/);
  sysroot.expect(['deploy', sysroot.release('1')]);
  assert.equal(sysroot.expect(['etc', 'diff']), '');
  assert.match(sysroot.call(['etc', 'diff', '--against', 'staged']).stderr, /nothing is staged/);
  sysroot.expect(['etc', 'diff', '--against', 'staged'], 10);
  sysroot.expect(['etc', 'diff', '--against', 'other'], 2);
});

test('an image that forgets /etc says so', (t) => {
  const sysroot = TestSysroot.make(t);
  const files = {
    'usr/lib/rootseal/setup-root.conf': '[verify]\nmode=none\n[etc]\nmount=transient\n',
  };
  sysroot.expect(['deploy', sysroot.release('1', { files })]);
  assert.match(sysroot.call(['etc', 'diff']).stderr, /mounted as transient: no change/);
  assert.deepEqual(fs.readdirSync(sysroot.state('default', 'etc')), []);
});
