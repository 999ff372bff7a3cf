import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { checkRepository } from '../../src/repo/fsck/fsck.js';
import type { GcReport } from '../../src/repo/gc.js';
import { Repository } from '../../src/repo/repository.js';
import { noProgress } from '../../src/util/progress.js';
import { expectStatus, templateRepository, TestRepository } from '../helpers/repository.js';

/** Content that is too long to be kept in an image, and different for each letter. */
function content(letter: string): string {
  return letter.repeat(1000);
}

interface Fixture {
  readonly repository: TestRepository;
  /** Three commits of `main`, oldest first: `a`, `a` and `b`, `b` and `c`. */
  readonly ids: readonly [string, string, string];
  /** Objects of the files by name. */
  readonly objects: Readonly<Record<'a' | 'b' | 'c', string>>;
}

const fixture = templateRepository((repository): Fixture => {
  const ids = [
    repository.commit({ a: content('a') }),
    repository.commit({ a: content('a'), b: content('b') }),
    repository.commit({ b: content('b'), c: content('c') }),
  ] as const;
  for (const id of ids) fs.writeFileSync(repository.file(`seals/${id}`), 'x');
  const objects = {
    a: repository.digestOf('main~2', '/a'),
    b: repository.digestOf('main', '/b'),
    c: repository.digestOf('main', '/c'),
  };
  return { repository, ids, objects };
});

interface Printed extends Omit<GcReport, 'commits' | 'seals' | 'ukis' | 'attestations' | 'kept'> {
  readonly commitIds: GcReport['commits'];
  readonly sealIds: GcReport['seals'];
  readonly ukiIds: GcReport['ukis'];
  readonly attestationIds: GcReport['attestations'];
  readonly kept: { readonly commitCount: number; readonly objectCount: number };
}

function gc(repository: TestRepository, ...options: string[]): GcReport {
  const document = repository.json(['gc', ...options]) as Printed;
  const { commitIds: commits, sealIds: seals, ukiIds: ukis, kept, ...rest } = document;
  const { attestationIds: attestations, ...others } = rest;
  const counts = { commits: kept.commitCount, objects: kept.objectCount };
  return { ...others, commits, seals, ukis, attestations, kept: counts };
}

/** Kinds of findings, without those about the seals, which are not notes here. */
async function damage({ path }: TestRepository): Promise<string[]> {
  const { findings } = await checkRepository(Repository.open(path), { progress: noProgress });
  return findings.map(({ kind }) => kind).filter((kind) => kind !== 'seal-damaged');
}

test('nothing goes while a branch reaches everything', async (t) => {
  const { repository } = fixture(t);
  const before = repository.listing();
  assert.match(
    repository.expect(['gc']),
    /^removed 0 commits, 0 images, 0 objects \(0 B\); 3 commits and 6 objects stay$/,
  );
  assert.equal(repository.listing(), before);
  assert.deepEqual(await damage(repository), []);
});

test('commits, seals, images and objects that nothing reaches go, and nothing else', async (t) => {
  const { repository, ids, objects } = fixture(t);
  const images = ['main', 'main^'].map((revision) => repository.imageOf(revision));
  repository.expect(['tag', 'set', 'old', 'main~2']);
  repository.expect(['branch', 'delete', 'main']);
  const gone = [objects.b, objects.c, ...images].sort();

  const before = repository.listing();
  const planned = gc(repository, '--dry-run');
  assert.equal(repository.listing(), before);

  const report = gc(repository);
  assert.deepEqual(report, { ...planned, dryRun: false });
  assert.deepEqual(report.objects, gone);
  assert.deepEqual(report.images, images.sort());
  assert.deepEqual(report.commits, [ids[1], ids[2]].sort());
  assert.deepEqual(report.seals, report.commits);
  assert.deepEqual(report.kept, { commits: 1, objects: 2 });
  assert.equal(
    report.bytes,
    2000 + images.length * fs.statSync(repository.objectFile(repository.imageOf('old'))).size,
  );
  for (const digest of gone) assert.equal(fs.existsSync(repository.objectFile(digest)), false);
  assert.deepEqual(fs.readdirSync(repository.file('commits')), [ids[0]]);
  assert.deepEqual(fs.readdirSync(repository.file('seals')), [ids[0]]);
  assert.deepEqual(await damage(repository), []);
  assert.equal(repository.expect(['cat', 'old', '/a']), content('a'));
});

test('--dry-run and --verbose say what would go', (t) => {
  const { repository, ids, objects } = fixture(t);
  repository.expect(['branch', 'set', 'main', 'main^']);
  const text = repository.expect(['gc', '-n', '--verbose']);
  assert.match(text, new RegExp(`^commit ${ids[2]}$`, 'm'));
  assert.match(text, new RegExp(`^object ${objects.c}$`, 'm'));
  assert.match(text, /^would remove 1 commit, 1 image, 2 objects \(/m);
  assert.equal(repository.expect(['cat', ids[2], '/c']), content('c'));
});

test('--keep N keeps N commits of each history, and the log ends there', async (t) => {
  const { repository, ids, objects } = fixture(t);
  repository.expect(['tag', 'set', 'middle', 'main^']);
  // Both have a history of two.
  assert.deepEqual(gc(repository, '--keep', '2').commits, []);
  assert.deepEqual(gc(repository, '--keep', '1').commits, [ids[0]]);
  repository.expect(['tag', 'delete', 'middle']);
  const report = gc(repository, '--keep', '1');
  assert.deepEqual(report.commits, [ids[1]]);
  assert.ok(!report.objects.some((digest) => digest === objects.b));
  assert.deepEqual(await damage(repository), []);
  assert.equal(repository.expect(['log', 'main']).match(/^commit /gm)?.length, 1);
  expectStatus(repository.call(['rev-parse', 'main^']), 10);
  for (const wrong of ['0', '1.5', 'x'])
    expectStatus(repository.call(['gc', `--keep=${wrong}`]), 2);
});

test('--explain says which ref needs an object, as what and where', (t) => {
  const { repository, ids, objects } = fixture(t);
  const explain = (object: string) =>
    (repository.json(['gc', '--explain', object]) as { reasons: unknown[] }).reasons;
  const ref = 'branch main';
  const content = { ref, role: 'content' };
  assert.deepEqual(explain(objects.b), [
    { ...content, commitId: ids[2], paths: ['/b'] },
    { ...content, commitId: ids[1], paths: ['/b'] },
  ]);
  const image = repository.imageOf('main');
  assert.deepEqual(explain(image), [{ commitId: ids[2], ref, role: 'image', paths: [] }]);
  assert.equal(
    repository.expect(['gc', '--explain', image]),
    `image of commit ${ids[2]}, reached from branch main`,
  );
  assert.match(
    repository.expect(['gc', '--explain', objects.c]),
    /^content of commit .*, reached from branch main\n {2}\/c$/,
  );
  repository.expect(['branch', 'set', 'main', 'main^']);
  const before = repository.listing();
  const unreachable = repository.expect(['gc', '--explain', objects.c]);
  assert.equal(unreachable, 'nothing reaches it: gc removes it');
  assert.deepEqual(explain(objects.c), []);
  assert.equal(repository.listing(), before);
  expectStatus(repository.call(['gc', '--explain', 'abc']), 2);
});

test('an image that is also a file in a tree stays an image', async (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ a: content('a') }, 'inner');
  const image = repository.imageOf('inner');
  const tree = repository.tree({});
  fs.copyFileSync(repository.objectFile(image), `${tree}/image`);
  repository.expect(['commit', tree, '-b', 'a-outer']);
  assert.equal(repository.digestOf('a-outer', '/image'), image);
  const report = gc(repository);
  assert.deepEqual([report.images, report.objects], [[], []]);
  assert.deepEqual(await damage(repository), []);
});

test('nothing is removed while something that is reached is damaged', (t) => {
  const { repository, ids } = fixture(t);
  repository.commit({ d: content('d') }, 'other');
  repository.expect(['branch', 'delete', 'other']);
  const image = repository.imageOf('main^');
  const files: Readonly<Record<string, string>> = {
    'a commit': repository.file(`commits/${ids[1]}`),
    'an image': repository.objectFile(image),
  };
  for (const [what, file] of Object.entries(files)) {
    const good = fs.readFileSync(file);
    repository.damage(file);
    const before = repository.listing();
    const { status, stderr } = repository.call(['gc']);
    assert.equal(status, 17, what);
    assert.match(stderr, /^error: [^\n]* is damaged: /, what);
    assert.equal(repository.listing(), before, what);
    fs.rmSync(file);
    fs.writeFileSync(file, good);
  }
  for (const [text, message] of [
    ['main\n', /^error: refs\/heads\/lost is damaged, so what it needs is unknown/],
    [`${'ab'.repeat(32)}\n`, /^error: branch lost names commit (ab){32}, which is missing/],
  ] as const) {
    fs.writeFileSync(repository.file('refs/heads/lost'), text);
    const before = repository.listing();
    const { status, stderr } = repository.call(['gc']);
    assert.equal(status, 17);
    assert.match(stderr, message);
    assert.equal(repository.listing(), before);
  }
});

test('an image that is a directory, link or missing stops gc too', (t) => {
  const { repository } = fixture(t);
  const file = repository.objectFile(repository.imageOf('main'));
  fs.rmSync(file);
  assert.equal(repository.call(['gc']).status, 17);
  fs.mkdirSync(file);
  assert.equal(repository.call(['gc']).status, 17);
  fs.rmdirSync(file);
  fs.symlinkSync('/etc/passwd', file);
  assert.equal(repository.call(['gc']).status, 17);
});

test('a missing object of a file does not stop gc', (t) => {
  const { repository, objects } = fixture(t);
  fs.rmSync(repository.objectFile(objects.a));
  assert.deepEqual(gc(repository).objects, []);
});

test('leftovers and unreachable things of any kind go; strays stay', async (t) => {
  const { repository } = fixture(t);
  const unreachable = 'cd'.repeat(32);
  fs.mkdirSync(repository.file('tmp/session-1/objects/ab'), { recursive: true });
  fs.writeFileSync(repository.file('tmp/file-1'), '');
  fs.mkdirSync(repository.objectFile(unreachable), { recursive: true });
  fs.writeFileSync(`${repository.objectFile(unreachable)}/x`, '');
  fs.mkdirSync(repository.file('seals/stray'));
  fs.writeFileSync(repository.file(`seals/${unreachable}`), 'x');
  const report = gc(repository);
  assert.deepEqual(report.leftovers, ['file-1', 'session-1']);
  assert.deepEqual(report.objects, [unreachable]);
  assert.deepEqual(report.seals, [unreachable]);
  assert.deepEqual(fs.readdirSync(repository.file('tmp')), []);
  assert.deepEqual(await damage(repository), ['stray']);
});

test('gc does not run beside a writer or a reader, and readers run beside each other', async (t) => {
  const { repository } = fixture(t);
  for (const kind of ['shared', 'exclusive'] as const) {
    const lock = await Repository.open(repository.path).lock(kind);
    const { status, stderr } = repository.call(['gc']);
    assert.equal(status, 11);
    assert.match(stderr, /^error: .* is locked by another process\nhint: /);
    if (kind === 'shared') assert.equal(repository.call(['fsck']).status, 3);
    lock.release();
  }
  repository.expect(['gc']);
});
