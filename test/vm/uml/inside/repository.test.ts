/** Repositories whose file system has fs-verity: what is in them has it too. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { killOften, makeTree } from '../../../helpers/kill.js';
import { Random } from '../../../helpers/random.js';
import { TestRepository } from '../../../helpers/repository.js';
import { expectAllMeasured, replaceFile } from './measured.js';

const KILLS = 5;

interface FsckDocument {
  readonly findings: { readonly kind: string; readonly subject: string }[];
}

function findingsOf(repository: TestRepository, status: number): string[][] {
  const { findings } = repository.json(['fsck'], status) as FsckDocument;
  return findings.map(({ kind, subject }) => [kind, subject]);
}

test('every object and image of a commit is measured as its name', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ a: 'a'.repeat(10_000), b: 'b'.repeat(65), 'c/d': 'd'.repeat(4096), e: '' });
  assert.equal(expectAllMeasured(repository), 4);
  assert.deepEqual(findingsOf(repository, 0), []);
});

test('a repository of SHA-512 digests is measured with SHA-512', (t) => {
  const repository = TestRepository.make(t, '--algorithm', 'sha512');
  repository.commit({ a: 'a'.repeat(10_000) });
  assert.equal(expectAllMeasured(repository), 2);
});

test('an object and an image without fs-verity are found, and repaired in place', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ a: 'a'.repeat(10_000), b: 'b'.repeat(10_000) });
  const bad = [repository.digestOf('main', '/a'), repository.imageOf('main')];
  const good = repository.copyTo(repository.scratch, 'good');
  for (const digest of bad) replaceFile(repository.objectFile(digest));
  const expected = bad.map((digest) => ['object-unprotected', digest]);
  assert.deepEqual(findingsOf(repository, 3).sort(), expected.sort());
  repository.expect(['fsck', '--repair', good.path]);
  assert.equal(expectAllMeasured(repository), 3);
  assert.deepEqual(findingsOf(repository, 0), []);
});

test('gc removes sealed objects that nothing needs, and no others', (t) => {
  const repository = TestRepository.make(t);
  repository.commit({ a: 'a'.repeat(10_000), b: 'b'.repeat(10_000) });
  const dropped = repository.digestOf('main', '/a');
  repository.commit({ b: 'b'.repeat(10_000) });
  repository.expect(['gc', '--keep', '1']);
  assert.equal(fs.existsSync(repository.objectFile(dropped)), false);
  assert.equal(expectAllMeasured(repository), 2);
  assert.deepEqual(findingsOf(repository, 0), []);
});

test('a commit killed at any moment leaves no object without fs-verity', async (t) => {
  const repository = TestRepository.make(t);
  const tree = join(repository.scratch, 'big');
  const files = makeTree(tree, new Random(1), 60);
  await killOften(t, repository.path, {
    args: ['commit', tree, '--branch', 'main'],
    kills: KILLS,
    prepare: (random) => {
      for (let count = 0; count < 30; count++)
        fs.writeFileSync(random.pick(files), random.bytes(random.integer(65, 20_000)));
      return Promise.resolve();
    },
    check: (findings) => {
      expectAllMeasured(repository);
      const bad = findings.filter(({ kind }) => kind !== 'leftover' && kind !== 'stray');
      assert.deepEqual(bad, []);
      return findings.length > 0;
    },
  });
});
