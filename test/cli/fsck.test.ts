import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseCommit } from '../../src/formats/commit/codec.js';
import type { CommitId } from '../../src/formats/commit/commit.js';
import { signerKeyFromSeed } from '../../src/formats/seal/key.js';
import { printNote, signText } from '../../src/formats/seal/note.js';
import { isDamage, type Finding } from '../../src/repo/fsck/fsck-finding.js';
import { checkRepository } from '../../src/repo/fsck/fsck.js';
import { repairRepository } from '../../src/repo/fsck/repair-repository.js';
import { Repository } from '../../src/repo/repository.js';
import { sealTextOf } from '../../src/repo/seals.js';
import { hasVerity } from '../../src/repo/object-verity.js';
import { noProgress } from '../../src/util/progress.js';
import { fixTimes } from '../helpers/fixed-times.js';
import { expectStatus, templateRepository, TestRepository } from '../helpers/repository.js';

const ABSENT = 'ab'.repeat(32);

interface Report {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

/** The document, in which a commit's id is called so. */
interface Printed {
  readonly ok: boolean;
  readonly findings: readonly (Omit<Finding, 'affects'> & {
    readonly affects: readonly { commitId: string; refs: string[]; paths: string[] }[];
  })[];
}

interface Fixture {
  readonly repository: TestRepository;
  /** Equal to `repository` before anything was damaged. */
  readonly good: TestRepository;
  readonly id: CommitId;
  readonly object: string;
  readonly image: string;
}

/** One sealed commit, named by a branch and a tag, with one object under three names. */
const template = templateRepository((repository): Omit<Fixture, 'good'> => {
  const tree = repository.tree({ 'etc/issue': 'x'.repeat(5000), 'etc/copy': 'x'.repeat(5000) });
  fs.linkSync(join(tree, 'etc/issue'), join(tree, 'linked'));
  fs.writeFileSync(join(tree, 'other'), 'y'.repeat(500));
  fixTimes(tree);
  const id = repository.expect(['commit', tree, '-b', 'main', '--time', '1000']) as CommitId;
  repository.expect(['tag', 'set', 'v1', 'main']);
  fs.writeFileSync(repository.file(`seals/${id}`), sealNote(repository, id));
  return {
    repository,
    id,
    object: repository.digestOf('main', '/linked'),
    image: repository.imageOf('main'),
  };
});

function fixture(t: TestContext): Fixture {
  const found = template(t);
  return { ...found, good: found.repository.copyTo(found.repository.scratch, 'good') };
}

function sealNote(repository: TestRepository, id: CommitId, version?: string): Uint8Array {
  const commit = parseCommit(fs.readFileSync(repository.file(`commits/${id}`)));
  const text = sealTextOf(id, version === undefined ? commit : { ...commit, version });
  const key = signerKeyFromSeed('release.example.org', new Uint8Array(32).fill(7));
  return printNote({ text, signatures: [signText(text, key)] });
}

/** Calls `fsck --json`, which must end with `status`. */
function fsck(repository: TestRepository, status: number, ...options: string[]): Report {
  const report = repository.json(['fsck', ...options], status) as Printed;
  assert.equal(report.ok, status === 0);
  const findings = report.findings.map(({ affects, ...others }) => ({
    ...others,
    affects: affects.map(({ commitId: commit, refs, paths }) => ({ commit, refs, paths })),
  }));
  return { ok: report.ok, findings };
}

/** What `fsck` finds, without a process of its own. */
async function check({ path }: TestRepository): Promise<readonly Finding[]> {
  return (await checkRepository(Repository.open(path), { progress: noProgress })).findings;
}

async function repair({ repository, good }: Fixture): Promise<readonly Finding[]> {
  const from = Repository.open(good.path);
  const options = { progress: noProgress };
  return (await repairRepository(Repository.open(repository.path), from, options)).findings;
}

/** `kind subject` of each finding. */
function kinds(findings: readonly Finding[]): string[] {
  return findings.map(({ kind, subject }) => `${kind} ${subject}`);
}

/** Expects that these findings are all, and that a repair settles them. */
async function expectRepaired(found: Fixture, ...expected: string[]): Promise<void> {
  const before = await check(found.repository);
  assert.deepEqual(kinds(before), expected);
  assert.equal(before.every(isDamage), true);
  const after = await repair(found);
  assert.deepEqual(after.filter(isDamage), []);
  assert.deepEqual(kinds(after).slice(0, expected.length), expected);
  assert.deepEqual(await check(found.repository), []);
}

/** Expects that these findings are all, and that a repair changes nothing about them. */
async function expectKept(found: Fixture, ...expected: string[]): Promise<void> {
  assert.deepEqual(kinds(await check(found.repository)), expected);
  assert.deepEqual(kinds((await repair(found)).filter(isDamage)), expected);
  assert.deepEqual(kinds(await check(found.repository)), expected);
}

test('a good repository has no findings, and says how much was checked', (t) => {
  const { repository } = fixture(t);
  const text = repository.expect(['fsck']);
  assert.match(text, /^3 objects \([0-9.]+ \S+\), 1 image, 1 commit: ok$/);
});

test('a changed byte is found, with every path and ref it belongs to, and repaired', (t) => {
  const { repository, good, id, object } = fixture(t);
  repository.damage(repository.objectFile(object));
  const { findings } = fsck(repository, 3);
  assert.deepEqual(findings, [
    {
      kind: 'object-corrupt',
      subject: object,
      message: findings[0]?.message,
      affects: [
        { commit: id, refs: ['main', 'v1'], paths: ['/etc/copy', '/etc/issue', '/linked'] },
      ],
      repaired: false,
    },
  ]);
  assert.match(findings[0]?.message ?? '', /^the content has the digest [0-9a-f]{64}$/);
  const text = expectStatus(repository.call(['fsck']), 3);
  assert.match(text, new RegExp(`^object-corrupt ${object}: `));
  assert.match(text, new RegExp(`\n  in commit ${id} \\(main, v1\\)\n    /etc/copy\n`));
  assert.match(text, /: 1 thing is damaged$/);
  const repaired = repository.expect(['fsck', '--repair', good.path]);
  assert.match(repaired, new RegExp(`^object-corrupt ${object} \\(repaired\\): .*: ok$`, 's'));
  assert.deepEqual(fsck(repository, 0).findings, []);
});

test('a missing object is found with its paths and fetched', async (t) => {
  const found = fixture(t);
  const { repository, object } = found;
  fs.rmSync(repository.objectFile(object));
  const [finding] = await check(repository);
  assert.deepEqual(finding?.affects[0]?.paths, ['/etc/copy', '/etc/issue', '/linked']);
  await expectRepaired(found, `object-missing ${object}`);
});

test('paths are cut to ten unless --verbose asks for all', (t) => {
  const repository = TestRepository.make(t);
  const files = Array.from({ length: 14 }, (_, i) => [`f${i}`, 'z'.repeat(100)] as const);
  repository.commit(Object.fromEntries(files));
  fs.rmSync(repository.objectFile(repository.digestOf('main', '/f0')));
  const short = expectStatus(repository.call(['fsck']), 3);
  assert.match(short, /\n {4}… and 4 more \(--verbose lists them\)\n/);
  const long = expectStatus(repository.call(['fsck', '--verbose']), 3);
  assert.equal(long.match(/\n {4}\/f/g)?.length, 14);
});

const REPLACEMENTS: Readonly<Record<string, (file: string) => void>> = {
  'a directory': (file) => {
    fs.mkdirSync(join(file, 'x'), { recursive: true });
  },
  'a symlink': (file) => {
    fs.symlinkSync('/etc/passwd', file);
  },
  'a fifo': (file) => {
    execFileSync('mkfifo', [file]);
  },
  'an empty file': (file) => {
    fs.writeFileSync(file, '');
  },
};

for (const [what, replace] of Object.entries(REPLACEMENTS)) {
  test(`${what} in place of an object is found and replaced`, async (t) => {
    const found = fixture(t);
    const { repository, object } = found;
    fs.rmSync(repository.objectFile(object));
    replace(repository.objectFile(object));
    const [finding] = await check(repository);
    assert.equal(finding?.affects[0]?.paths.length, 3);
    await expectRepaired(found, `object-corrupt ${object}`);
    assert.ok(fs.lstatSync(repository.objectFile(object)).isFile());
  });
}

test('a file in place of a directory of objects is found and replaced', async (t) => {
  const found = fixture(t);
  const { repository, object } = found;
  const directory = repository.file(`objects/${object.slice(0, 2)}`);
  fs.rmSync(directory, { recursive: true });
  fs.writeFileSync(directory, '');
  assert.deepEqual(kinds(await check(repository)), [
    `object-missing ${object}`,
    `stray objects/${object.slice(0, 2)}`,
  ]);
  assert.deepEqual((await repair(found)).filter(isDamage), []);
  assert.deepEqual(await check(repository), []);
});

const LINK_CHANGES: Readonly<Record<string, (link: string) => void>> = {
  'is gone': () => undefined,
  'points elsewhere': (link) => {
    fs.symlinkSync('../objects/00/00', link);
  },
  'is a file': (link) => {
    fs.writeFileSync(link, '');
  },
};

for (const [what, change] of Object.entries(LINK_CHANGES)) {
  test(`an image whose link ${what} is found and linked again`, async (t) => {
    const found = fixture(t);
    const link = found.repository.file(`images/${found.image}`);
    fs.rmSync(link);
    change(link);
    await expectRepaired(found, `image-unlinked ${found.image}`);
  });
}

test('a damaged image is found and fetched, and what it names after it', async (t) => {
  const found = fixture(t);
  const { repository, image, object, id } = found;
  repository.damage(repository.objectFile(image));
  fs.rmSync(repository.objectFile(object));
  const [finding, ...others] = await check(repository);
  assert.deepEqual(finding?.affects, [
    { commit: id, refs: ['main', 'v1'], paths: ['(the image itself)'] },
  ]);
  assert.deepEqual(others, []);
  const repaired = fsck(repository, 0, '--repair', found.good.path).findings;
  assert.deepEqual(kinds(repaired), [`object-corrupt ${image}`, `object-missing ${object}`]);
  assert.deepEqual(await check(repository), []);
});

test('an object that is linked as an image and is none is found, and stays reported', async (t) => {
  const found = fixture(t);
  const { repository, object } = found;
  const target = `../objects/${object.slice(0, 2)}/${object.slice(2)}`;
  fs.symlinkSync(target, repository.file(`images/${object}`));
  await expectKept(found, `image-damaged ${object}`);
});

test('a damaged commit is found with the refs and the seal that need it, and fetched', async (t) => {
  const found = fixture(t);
  const { repository, id } = found;
  repository.damage(repository.file(`commits/${id}`));
  const names = ['ref-dangling branch main', 'ref-dangling tag v1', `seal-orphan ${id}`];
  assert.deepEqual(kinds(await check(repository)), [`commit-damaged ${id}`, ...names]);
  assert.deepEqual((await repair(found)).filter(isDamage), []);
  assert.deepEqual(await check(repository), []);
});

test('a missing commit that a branch names is found and fetched', async (t) => {
  const found = fixture(t);
  const { repository, id } = found;
  fs.rmSync(repository.file(`commits/${id}`));
  const names = ['ref-dangling branch main', 'ref-dangling tag v1', `seal-orphan ${id}`];
  assert.deepEqual(kinds(await check(repository)), names);
  assert.deepEqual((await repair(found)).filter(isDamage), []);
  assert.deepEqual(await check(repository), []);
});

test('a ref to a commit that is nowhere is found, and stays reported', async (t) => {
  const found = fixture(t);
  fs.writeFileSync(found.repository.file('refs/heads/lost'), `${ABSENT}\n`);
  await expectKept(found, 'ref-dangling branch lost');
});

test('refs that hold no commit id are found, and stay reported', async (t) => {
  const found = fixture(t);
  const { repository, id } = found;
  fs.writeFileSync(repository.file('refs/heads/bad'), 'main\n');
  fs.writeFileSync(repository.file('refs/heads/long'), `${id}0\n`);
  fs.symlinkSync('nowhere', repository.file('refs/tags/link'));
  fs.symlinkSync('loop', repository.file('refs/tags/loop'));
  const names = ['heads/bad', 'heads/long', 'tags/link', 'tags/loop'];
  await expectKept(found, ...names.map((name) => `ref-damaged refs/${name}`));
});

test('damaged seals are found and fetched', async (t) => {
  const found = fixture(t);
  const { repository, id } = found;
  const seal = repository.file(`seals/${id}`);
  for (const [kind, content] of [
    ['seal-damaged', fs.readFileSync(seal).subarray(0, -1)],
    ['seal-damaged', Buffer.alloc(0)],
    ['seal-damaged', Buffer.alloc(70_000, 'x')],
    ['seal-mismatch', sealNote(repository, id, '2')],
  ] as const) {
    fs.writeFileSync(seal, content);
    await expectRepaired(found, `${kind} ${id}`);
  }
});

test('a damaged seal is not fetched from a repository without it', async (t) => {
  const found = fixture(t);
  fs.writeFileSync(found.repository.file(`seals/${found.id}`), 'x');
  fs.rmSync(found.good.file(`seals/${found.id}`));
  await expectKept(found, `seal-damaged ${found.id}`);
});

test('a directory in place of a seal is found, and stays reported', async (t) => {
  const found = fixture(t);
  const seal = found.repository.file(`seals/${found.id}`);
  fs.rmSync(seal);
  fs.mkdirSync(seal);
  await expectKept(found, `seal-damaged ${found.id}`);
});

test('a seal without its commit is found, and stays reported', async (t) => {
  const found = fixture(t);
  const { repository, id } = found;
  fs.copyFileSync(repository.file(`seals/${id}`), repository.file(`seals/${ABSENT}`));
  await expectKept(found, `seal-orphan ${ABSENT}`);
});

test('strays and leftovers are remarks: they are listed and the exit status is 0', (t) => {
  const { repository } = fixture(t);
  for (const name of ['objects/x', 'images/x', 'commits/x', 'seals/x', 'tmp/session-1'])
    fs.mkdirSync(repository.file(name));
  fs.mkdirSync(repository.file('objects/ab'), { recursive: true });
  fs.writeFileSync(repository.file('objects/ab/cd'), '');
  const { findings } = fsck(repository, 0);
  assert.deepEqual(kinds(findings).sort(), [
    'leftover tmp/session-1',
    'stray commits/x',
    'stray images/x',
    'stray objects/ab/cd',
    'stray objects/x',
    'stray seals/x',
  ]);
  assert.match(repository.expect(['fsck']), /^stray .*\n.*: ok$/s);
});

test('all findings are listed, and what cannot be repaired stays among them', async (t) => {
  const { repository, good, object, id } = fixture(t);
  const other = repository.digestOf('main', '/other');
  repository.damage(repository.objectFile(object));
  fs.rmSync(repository.objectFile(other));
  fs.rmSync(good.objectFile(other));
  fs.writeFileSync(repository.file(`seals/${id}`), 'x');
  fs.writeFileSync(repository.file('refs/heads/bad'), 'x');
  const lost = [`object-missing ${other}`, 'ref-damaged refs/heads/bad'];
  assert.deepEqual(
    kinds(fsck(repository, 3).findings).sort(),
    [...lost, `object-corrupt ${object}`, `seal-damaged ${id}`].sort(),
  );
  const result = repository.call(['fsck', '--repair', good.path]);
  const text = expectStatus(result, 3);
  assert.match(text, new RegExp(`^object-corrupt ${object} \\(repaired\\): `, 'm'));
  assert.match(text, new RegExp(`^object-missing ${other}: `, 'm'));
  assert.match(text, /: 2 things are damaged$/);
  assert.match(result.stderr, new RegExp(`^not repaired: object-missing ${other}: `, 'm'));
  assert.deepEqual(kinds(await check(repository)).sort(), lost);
});

test('a damaged object is not repaired from a repository where it is damaged too', async (t) => {
  const found = fixture(t);
  found.repository.damage(found.repository.objectFile(found.object));
  found.good.damage(found.good.objectFile(found.object));
  await expectKept(found, `object-corrupt ${found.object}`);
});

test('a repair from another kind of repository, or from none, is refused', (t) => {
  const { repository } = fixture(t);
  const other = join(repository.scratch, 'sha512');
  repository.expect(['init', other, '--algorithm', 'sha512']);
  expectStatus(repository.call(['fsck', '--repair', other]), 2);
  expectStatus(repository.call(['fsck', '--repair', join(repository.scratch, 'none')]), 10);
});

test('a repository of SHA-512 digests is checked and repaired', async (t) => {
  const repository = TestRepository.make(t, '--algorithm', 'sha512');
  repository.commit({ a: 'a'.repeat(10_000) });
  const good = repository.copyTo(repository.scratch, 'good');
  const object = repository.digestOf('main', '/a');
  assert.equal(object.length, 128);
  repository.damage(repository.objectFile(object));
  const found = { repository, good, object, id: '' as CommitId, image: '' };
  await expectRepaired(found, `object-corrupt ${object}`);
});

test('an object without fs-verity is damage where the file system has it, and nothing elsewhere', async (t) => {
  const found = fixture(t);
  const { repository, object } = found;
  const file = repository.objectFile(object);
  fs.copyFileSync(file, `${file}.copy`);
  fs.renameSync(`${file}.copy`, file);
  const unprotected = (await check(repository)).filter(({ kind }) => kind === 'object-unprotected');
  const expected = hasVerity(Repository.open(repository.path)) ? 1 : 0;
  assert.equal(unprotected.length, expected);
  assert.deepEqual((await repair(found)).filter(isDamage), []);
  assert.deepEqual(await check(repository), []);
});
