/** `rootseal report`: what is told of two releases, as lines, as a document and as a page. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootableTree, commitTree } from '../helpers/disk.js';
import { errorDocument } from '../helpers/documents.js';
import { templateRepository, type TestRepository } from '../helpers/repository.js';
import { requireDocument, requireRemarks } from '../helpers/schema.js';

const STATUS = (version: string) =>
  [
    'Package: bash',
    'Status: install ok installed',
    'Architecture: amd64',
    `Version: ${version}`,
    '',
  ].join('\n');

/** A name that would break out of a page that was put together from text. */
const EVIL = 'x<script>alert(1)<\u202e';

interface Releases {
  readonly repository: TestRepository;
  readonly keys: string;
}

const releases = templateRepository((repository): Releases => {
  const key = join(repository.scratch, 'release.key');
  const keys = join(repository.scratch, 'keys');
  repository.expect(['key', 'generate', 'release.example.org', '--output', key]);
  fs.mkdirSync(keys);
  fs.copyFileSync(`${key}.pub`, join(keys, 'release.pub'));
  const files = { 'var/lib/dpkg/status': STATUS('5.2.37-2'), 'usr/share/old': 'o'.repeat(3000) };
  const tree = bootableTree(repository, files);
  commitTree(repository, tree);
  fs.writeFileSync(join(tree, 'var/lib/dpkg/status'), STATUS('5.2.37-2+deb13u1'));
  fs.rmSync(join(tree, 'usr/share/old'));
  fs.mkdirSync(join(tree, 'usr/lib/rootseal/kargs.d'), { recursive: true });
  fs.writeFileSync(join(tree, 'usr/lib/rootseal/kargs.d/10-a.toml'), 'kargs = ["audit=1"]\n');
  fs.writeFileSync(join(tree, 'usr/share', EVIL), 'e'.repeat(5000));
  fs.chmodSync(join(tree, 'usr/share', EVIL), 0o4755);
  commitTree(repository, tree);
  repository.expect(['seal', 'main', '--key', key]);
  return { repository, keys };
});

interface Document {
  readonly file: string | null;
  readonly packages: {
    readonly difference: { readonly upgradedPackages: readonly unknown[] } | null;
  };
  readonly fileChanges: {
    readonly entries: readonly { kind: string; path: string; bytes: number }[];
  };
  readonly privileges: { readonly entries: readonly { kind: string; path: string }[] };
  readonly argumentChanges: { readonly addedArguments: readonly { value: string; from: string }[] };
  readonly before: { readonly sealReport: unknown };
  readonly after: { readonly sealReport: { readonly decision: { readonly accepted: boolean } } };
}

test('lines tell packages, files, privileges, kernel and seal; what is not sealed is warned of', (t) => {
  const { repository, keys } = releases(t);
  const { stdout, stderr, status } = repository.call(['report', 'main^..main', '--keys', keys]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^ +Packages +1 changed; 1 upgraded$/m);
  assert.match(stdout, /^ +Privileged files +1 new; 1 in all$/m);
  assert.match(stdout, /^ +Kernel +the same; 1 argument changed$/m);
  assert.match(stdout, /^ +Seal +accepted; sealed by 1 known key$/m);
  assert.match(
    stdout,
    /^ +privileges appeared: \/usr\/share\/x<script>alert\(1\)<\\xe2\\x80\\xae$/m,
  );
  assert.match(stderr, /is not sealed/);
});

test('the document has the facts, and is what its schema says', (t) => {
  const { repository, keys } = releases(t);
  const { stdout, stderr } = repository.call(['report', 'main^..main', '--keys', keys, '--json']);
  requireRemarks(stderr);
  requireDocument('report', stdout);
  const document = JSON.parse(stdout) as Document;
  assert.equal(document.packages.difference?.upgradedPackages.length, 1);
  const [first, second] = document.fileChanges.entries;
  assert.deepEqual([first?.kind, first?.bytes], ['added', 5000]);
  assert.deepEqual(
    [second?.kind, second?.path, second?.bytes],
    ['deleted', '/usr/share/old', 3000],
  );
  assert.deepEqual(
    document.privileges.entries.map(({ kind }) => kind),
    ['appeared'],
  );
  assert.deepEqual(document.argumentChanges.addedArguments, [
    { value: 'audit=1', from: 'image:/usr/lib/rootseal/kargs.d/10-a.toml' },
  ]);
  assert.equal(document.before.sealReport, null);
  assert.equal(document.after.sealReport.decision.accepted, true);
});

test('the page is the same each time, in a file, on standard output, and from a copy of the repository', (t) => {
  const { repository, keys } = releases(t);
  const words = ['report', 'main^..main', '--keys', keys, '--html'];
  const file = join(repository.scratch, 'report.html');
  fs.writeFileSync(file, 'what was there');
  assert.equal(repository.expect([...words, file]), '');
  const page = fs.readFileSync(file, 'utf8');
  assert.equal(fs.statSync(file).mode & 0o777, 0o644);
  assert.match(page, /^<!DOCTYPE html>/);
  assert.ok(page.includes('x&lt;script&gt;alert(1)&lt;\\xe2\\x80\\xae'));
  assert.ok(!page.includes('<script'));
  assert.equal(repository.call([...words, '-']).stdout, page);
  assert.equal(repository.call([...words, '/dev/stdout']).stdout, page);
  const copy = repository.copyTo(repository.scratch, 'copy');
  const ids = ['main^', 'main'].map((name) => repository.expect(['rev-parse', name])).join('..');
  assert.equal(copy.call(['report', ids, '--keys', keys, '--html', '-']).stdout, page);
  const document = repository.json([...words, file]) as Document;
  assert.equal(document.file, file);
});

test('where no key is known, a seal is told as one that nobody can judge, and not as refused', (t) => {
  const { repository } = releases(t);
  const empty = join(repository.scratch, 'no-keys');
  fs.mkdirSync(empty);
  const words = ['report', 'main^..main', '--keys', empty];
  const { stderr, stdout } = repository.call([...words, '--html', '-']);
  assert.match(stderr, /the seal of .* is not checked: no verifier key is known here/);
  assert.match(stdout, /Not checked: no verifier key is known here, so nobody can say\./);
  assert.match(stdout, /unknown key: not checked/);
  assert.match(repository.expect(words), /^ {2}Seal +not checked; no verifier key is known here/m);
});

test('a seal by keys that are not those that are known is told as refused, with who has signed', (t) => {
  const { repository } = releases(t);
  const keys = join(repository.scratch, 'other-keys');
  fs.mkdirSync(keys);
  repository.expect(['key', 'generate', 'other.example.org', '--output', join(keys, 'other')]);
  const { stderr, stdout } = repository.call([
    ...['report', 'main^..main', '--keys', keys],
    ...['--html', '-'],
  ]);
  const reason =
    /0 of 1 needed signatures: signed by release\.example\.org\+[0-9a-f]{8} \(not known\)/;
  assert.match(stderr, new RegExp(`the seal of .* is refused: ${reason.source}`));
  assert.match(stdout, new RegExp(`Refused: ${reason.source}\\.`));
});

test('a release compared with itself has no difference', (t) => {
  const { repository, keys } = releases(t);
  const page = repository.expect(['report', 'main..main', '--keys', keys, '--html', '-']);
  assert.match(page, /No package changed\./);
  assert.match(page, /No file has another content\./);
  assert.match(page, /Both are the same commit\./);
});

test('what is no range, or can be read in two ways, is refused; names may have .. in them', (t) => {
  const { repository, keys } = releases(t);
  for (const range of ['main', 'main..', '..main', ''])
    assert.equal(repository.call(['report', range]).status, 2, range);
  assert.equal(repository.call(['report', 'main..nothing']).status, 10);
  repository.expect(['branch', 'set', 'a..b', 'main']);
  assert.match(repository.expect(['report', 'main^..a..b', '--keys', keys]), /Packages/);
  for (const name of ['a', 'b', 'b..a']) repository.expect(['branch', 'set', name, 'main']);
  const twice = repository.call(['report', 'a..b..a', '--json']);
  assert.equal(twice.status, 2);
  assert.match(errorDocument(twice.stderr).message, /several ways/);
});

test('a page and a document do not both go to standard output; a directory or a link is not replaced', (t) => {
  const { repository, keys } = releases(t);
  const words = ['report', 'main^..main', '--keys', keys, '--html'];
  assert.equal(repository.call([...words, '-', '--json']).status, 2);
  assert.equal(repository.call([...words, keys]).status, 2);
  const [file, link] = [join(repository.scratch, 'file'), join(repository.scratch, 'link')];
  fs.writeFileSync(file, 'mine');
  fs.symlinkSync(file, link);
  assert.equal(repository.call([...words, link]).status, 2);
  assert.equal(fs.readFileSync(file, 'utf8'), 'mine');
  assert.notEqual(repository.call([...words, join(repository.scratch, 'no', 'x.html')]).status, 0);
});

test('kernel arguments that cannot be read, and a package database that is none, are told', (t) => {
  const { repository, keys } = releases(t);
  const tree = bootableTree(repository, {
    'usr/lib/rootseal/kargs.d/10-a.toml': 'kargs = "<b>"\n',
    'var/lib/dpkg/status': 'Package: bash\n nonsense\n:\n',
  });
  commitTree(repository, tree);
  const page = repository.expect(['report', 'main^..main', '--keys', keys, '--html', '-']);
  assert.match(page, /Arguments after cannot be read: .*10-a\.toml/);
  assert.match(page, /Not known: the newer release: /);
});
