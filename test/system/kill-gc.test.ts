/** `gc` is killed at every stop point and at random moments. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { signerKeyFromSeed } from '../../src/formats/seal/key.js';
import { signText } from '../../src/formats/seal/note.js';
import { commitTree } from '../../src/repo/commit-tree.js';
import { listCommits } from '../../src/repo/commits.js';
import { listImages } from '../../src/repo/images.js';
import { SEALS_DIR } from '../../src/repo/layout.js';
import { listObjects } from '../../src/repo/objects.js';
import { deleteRef } from '../../src/repo/refs.js';
import { Repository } from '../../src/repo/repository.js';
import { branchOf, killOften, leftoversOf, makeTree } from '../helpers/kill.js';
import { Random } from '../helpers/random.js';
import { memory, scratchDirectory } from '../helpers/scratch.js';
import { PASSED_BY } from '../helpers/stop-points.js';

const SIGNER = signerKeyFromSeed('test', Buffer.alloc(32, 7));

const KILLS = 70;
/** Commits on the branch that each round makes and deletes. */
const COMMITS = 2;

test('a killed gc removes nothing that a branch needs, and the next one removes the rest', async (t) => {
  const scratch = scratchDirectory(t, memory());
  const [tree, waste] = [join(scratch, 'tree'), join(scratch, 'waste')];
  const directory = join(scratch, 'repo');
  makeTree(tree, new Random(1), 100);
  const files = makeTree(waste, new Random(2), 100);
  const repository = Repository.init(directory, 'sha256');
  const commit = async (source: string, branch: string, time: number) =>
    commitTree(repository, {
      source: { kind: 'directory', path: source },
      branch,
      time,
      xattrs: 'all',
      sign: (text) => Promise.resolve([signText(text, SIGNER)]),
      progress: () => undefined,
    });
  const { id } = await commit(tree, 'main', 1000);
  const wanted = contentsOf(repository);
  let time = 2000;
  let all = 0;
  await killOften(t, directory, {
    args: ['gc'],
    kills: KILLS,
    points: PASSED_BY.gc,
    prepare: async (random) => {
      for (let count = 0; count < COMMITS; count++) {
        for (const file of files)
          if (random.next() < 0.8) fs.writeFileSync(file, random.bytes(random.integer(65, 400)));
        await commit(waste, 'waste', time++);
      }
      await deleteRef(repository, 'branch', 'waste');
      all = contentsOf(repository).length;
    },
    check: (findings, state) => {
      assert.deepEqual(findings, []);
      assert.equal(branchOf(directory), id);
      assert.deepEqual(leftoversOf(directory), []);
      const left = contentsOf(repository);
      if (state === 'done') assert.deepEqual(left, wanted);
      else for (const name of wanted) assert.ok(left.includes(name), `${name} is gone`);
      return left.length > wanted.length && left.length < all;
    },
  });
});

/** Names of all that a repository holds. */
function contentsOf(repository: Repository): string[] {
  return [
    ...listObjects(repository).digests.map((digest) => `object ${digest}`),
    ...listImages(repository).digests.map((digest) => `image ${digest}`),
    ...listCommits(repository).ids.map((id) => `commit ${id}`),
    ...fs.readdirSync(repository.file(SEALS_DIR)).map((name) => `seal ${name}`),
  ];
}
