/** The library: images without a repository, and types that say what documents say. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  digestOfImage,
  initRepository,
  makeImage,
  parseTreeSource,
  readImage,
  type Commit,
  type FindingKind,
  type SealCode,
} from '../../src/api/index.js';
import type { Commit as InnerCommit } from '../../src/formats/commit/commit.js';
import type { SealCode as InnerSealCode } from '../../src/formats/seal/verify.js';
import type { FindingKind as InnerFindingKind } from '../../src/repo/fsck/fsck-finding.js';
import { scratchDirectory } from '../helpers/scratch.js';

test('an image that is made has the digest that a commit of the tree has', async (t) => {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  fs.mkdirSync(join(tree, 'etc'), { recursive: true });
  fs.writeFileSync(join(tree, 'etc/large'), 'x'.repeat(1000));
  fs.writeFileSync(join(tree, 'etc/small'), 'x');
  const source = { kind: 'directory', path: tree } as const;
  const repository = await initRepository(join(scratch, 'repo'));
  const { commit } = await repository.commit({ source, branch: 'main' });
  const [file, objects] = [join(scratch, 'image'), join(scratch, 'objects')];
  const made = await makeImage({ source, file, objects });
  assert.equal(made.digest, commit.image);
  assert.equal(made.bytes.length, commit.imageSize);
  assert.deepEqual(fs.readFileSync(file), made.bytes);
  assert.equal(await digestOfImage(file), commit.image);
  assert.match(await digestOfImage(file, { algorithm: 'sha512' }), /^v1-sha512-12:/);
  const image = await readImage(file);
  const [digest = ''] = image.objects();
  assert.equal(image.entry('/etc/large')?.digest, digest);
  assert.equal(fs.statSync(join(objects, digest.slice(0, 2), digest.slice(2))).size, 1000);
  assert.deepEqual(
    Array.from(image.list('/etc'), ({ path }) => path),
    ['/etc/large', '/etc/small'],
  );
  const again = await makeImage({ source: parseTreeSource(`image:${file}`) });
  assert.equal(again.digest, made.digest);
  await assert.rejects(readImage(join(tree, 'etc/large')), { code: 'FORMAT_INVALID' });
  await assert.rejects(readImage(join(scratch, 'none')), { code: 'PATH_NOT_FOUND' });
  assert.throws(() => parseTreeSource('tar:'), { code: 'USAGE' });
});

/** Does not compile when one has what the other lacks. */
type Same<A, B> = [A, B] extends [B, A] ? true : never;

test('the types of the library name all that commits, seals and checks can say', () => {
  const same: readonly [
    Same<keyof Commit, keyof InnerCommit>,
    Same<keyof NonNullable<Commit['source']>, keyof NonNullable<InnerCommit['source']>>,
    Same<SealCode, InnerSealCode>,
    Same<FindingKind, InnerFindingKind>,
  ] = [true, true, true, true];
  assert.equal(same.length, 4);
});
