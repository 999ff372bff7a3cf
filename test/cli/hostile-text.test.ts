/** What others made, and a terminal would obey or show as another text, never reaches it raw: from remotes, disks and names. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { journalEntry } from '../../src/deploy/journal/journal-entry.js';
import type { CallResult } from '../helpers/cli.js';
import { TestRepository } from '../helpers/repository.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { TestSysroot } from '../helpers/sysroot.js';

/** All kinds: C0, DEL, C1, bidirectional controls, no width, line and paragraph separators. */
const EVIL = '\u001b[31m\u001b]0;title\u0007\u007f\u009b\u202e\u2066\u200b\u2028\u2029';
const HIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function expectHarmless({ stdout, stderr }: CallResult, what: string): void {
  assert.doesNotMatch(stdout, HIDDEN, `${what}: ${JSON.stringify(stdout)}`);
  assert.doesNotMatch(stderr, HIDDEN, `${what}: ${JSON.stringify(stderr)}`);
}

for (const file of ['meta.json', 'refs/heads/main', 'commits', 'seals']) {
  test(`pull: ${file} of a hostile remote cannot steer a terminal`, (t) => {
    const remote = TestRepository.make(t);
    const id = remote.commit({ a: 'a' });
    const path = remote.file(/^(?:commits|seals)$/.test(file) ? `${file}/${id}` : file);
    fs.rmSync(path, { force: true });
    fs.writeFileSync(path, `{"a":${EVIL}\n`);
    const here = TestRepository.make(t);
    here.expect(['remote', 'add', 'evil', remote.path]);
    for (const json of [[], ['--json']]) {
      const result = here.call(['pull', 'evil', 'main', ...json]);
      assert.notEqual(result.status, 0);
      expectHarmless(result, file);
    }
  });
}

test('a record, a repository or an entry of a hostile disk cannot steer a terminal', (t) => {
  const sysroot = TestSysroot.inMemory(t);
  sysroot.release('1');
  sysroot.expect(['deploy', 'main']);
  const entries = sysroot.file('boot/loader/entries');
  const [entry = ''] = fs.readdirSync(entries);
  for (const file of [
    'state/deployments.json',
    'composefs/meta.json',
    'composefs/refs/heads/main',
    'state/finalize-failed.json',
    'state/sequence-floor',
    `boot/loader/entries/${entry}`,
    `boot/loader/entries/evil${EVIL.replaceAll('/', '')}.conf`,
  ]) {
    const path = sysroot.file(file);
    const before = fs.existsSync(path) ? fs.readFileSync(path) : undefined;
    fs.writeFileSync(path, `{"a":${EVIL}\n`);
    for (const verb of ['status', 'status --json', 'rollback', 'finalize-staged', 'boot-complete'])
      expectHarmless(sysroot.call(verb.split(' ')), `${verb} with ${JSON.stringify(file)}`);
    for (const verb of ['gc', 'log main', 'fsck', 'branch list', 'du main'])
      expectHarmless(sysroot.repository.call(verb.split(' ')), `${verb} with ${file}`);
    if (before === undefined) fs.rmSync(path, { force: true });
    else fs.writeFileSync(path, before);
  }
});

test('names of files are shown harmlessly everywhere, and two names never alike', (t) => {
  const repository = TestRepository.make(t);
  const names = ['a\\x1b', 'a\u001b', 'b\u202e', 'b\u2028', 'b\\xe2\\x80\\xa8'];
  repository.commit(Object.fromEntries(names.map((name) => [name, 'content'])));
  const calls = [
    ['ls', 'main', '/'],
    ['ls', 'main', '/', '--json'],
    ['ls', '-R', 'main'],
    ['fsck'],
  ];
  for (const args of calls) expectHarmless(repository.call(args), args.join(' '));
  const { entries: rows } = repository.json(['ls', 'main']) as { entries: { path: string }[] };
  assert.deepEqual(
    new Set(rows.map(({ path }) => path)),
    new Set([
      '/a\\\\x1b',
      '/a\\x1b',
      '/b\\xe2\\x80\\xae',
      '/b\\xe2\\x80\\xa8',
      '/b\\\\xe2\\\\x80\\\\xa8',
    ]),
  );
  const lines = repository.expect(['ls', 'main']).split('\n');
  assert.equal(new Set(lines.map((line) => line.split(' ').at(-1))).size, names.length);
  const missing = repository.call(['cat', 'main', `/no${EVIL}`]);
  assert.equal(missing.status, 10);
  expectHarmless(missing, 'cat');
});

test('what a commit says of itself is shown harmlessly, and with --json it is the text that it is', (t) => {
  const repository = TestRepository.make(t);
  const note = '1\u202e2\u2028';
  repository.commit({ a: 'a' }, 'main', '--label', `note=${note}`);
  for (const args of [
    ['log', 'main'],
    ['show', 'main'],
    ['show', 'main', '--json'],
  ])
    expectHarmless(repository.call(args), args.join(' '));
  const { labels } = repository.json(['show', 'main']) as { labels: Record<string, string> };
  assert.deepEqual(labels, { note });
});

test('our own colours are shown, and the text between them is harmless', (t) => {
  const repository = TestRepository.make(t);
  const id = repository.commit({ a: 'a' }, 'main', '--label', 'note=1\u202e');
  const { stdout } = repository.call(['log', 'main', '--color']);
  const sequence = /\u001b\[\d+m/g; // eslint-disable-line no-control-regex -- what colours are made of
  assert.ok((stdout.match(sequence) ?? []).length >= 2, stdout);
  assert.ok(stdout.replaceAll(sequence, '').startsWith(`commit ${id}\n`), stdout);
  assert.doesNotMatch(stdout.replaceAll(sequence, ''), HIDDEN);
});

test('a seal of a stranger is shown harmlessly before anybody has verified it', (t) => {
  const repository = TestRepository.make(t);
  const id = repository.commit({ a: 'a' });
  fs.writeFileSync(repository.file(`seals/${id}`), `a${EVIL}\n\n— b${EVIL} AAAA\n`);
  for (const args of [['show', 'main'], ['verify', 'main', '--keys', repository.scratch], ['fsck']])
    expectHarmless(repository.call(args), args.join(' '));
});

test('words of a command line are told harmlessly when they are wrong', (t) => {
  const directory = scratchDirectory(t);
  const repository = TestRepository.make(t);
  for (const args of [
    [`no${EVIL}`],
    ['log', `no${EVIL}`],
    ['log', 'main', `--no${EVIL}`],
    ['log', 'main', '--limit', EVIL],
    ['commit', join(directory, `no${EVIL}`), '-b', 'main'],
    ['help', EVIL],
  ])
    expectHarmless(repository.call(args), args.join(' '));
});

test('a key is not made with a name that shows another name', (t) => {
  const directory = scratchDirectory(t);
  const repository = TestRepository.make(t);
  for (const name of ['good\u202eexample', 'good\u200b.example', '\ufeffgood']) {
    const out = join(directory, 'key');
    const { status, stderr } = repository.call(['key', 'generate', name, '--output', out]);
    assert.equal(status, 2);
    assert.equal(stderr, 'error: the key name contains a character that is not shown\n');
    assert.equal(fs.existsSync(out), false);
  }
});

test('the journal gets no control characters of others', () => {
  const fields = journalEntry({
    id: 'UPGRADE_REFUSED',
    message: `refused: ${EVIL}`,
    fields: { ROOTSEAL_ORIGIN: `site/${EVIL}` },
  });
  for (const value of Object.values(fields)) assert.doesNotMatch(value, HIDDEN);
});
