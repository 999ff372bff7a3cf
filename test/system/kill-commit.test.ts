/** `commit` is killed at every stop point and at random moments. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { printSignerKey, signerKeyFromSeed } from '../../src/formats/seal/key.js';
import { readCommit } from '../../src/repo/commits.js';
import { collectGarbage } from '../../src/repo/gc.js';
import { Repository } from '../../src/repo/repository.js';
import { branchOf, killOften, leftoversOf, makeTree } from '../helpers/kill.js';
import { Random } from '../helpers/random.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { PASSED_BY } from '../helpers/stop-points.js';
import type { CommitId } from '../../src/formats/commit/commit.js';

/** With the other kill tests at least 200 in a run of all tests. */
const KILLS = 75;

test('a killed commit leaves the branch at the old or at the new commit, each whole', async (t) => {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  const directory = join(scratch, 'repo');
  const key = join(scratch, 'key');
  fs.writeFileSync(key, `${printSignerKey(signerKeyFromSeed('test', Buffer.alloc(32, 7)))}\n`, {
    mode: 0o600,
  });
  const files = makeTree(tree, new Random(1), 300);
  const repository = Repository.init(directory, 'sha256');
  let before: string | undefined;
  let rounds = 0;
  await killOften(t, directory, {
    args: ['commit', tree, '--branch', 'main', '--key', key],
    kills: KILLS,
    points: PASSED_BY.commit,
    prepare: async (random) => {
      for (let count = 0; count < 60; count++)
        fs.writeFileSync(random.pick(files), random.bytes(random.integer(0, 20_000)));
      if (rounds++ === 0) return;
      before = branchOf(directory);
      // Without this the repository would grow and every check would take longer than the one before.
      if (rounds % 8 === 0)
        await collectGarbage(repository, { keep: 2, progress: () => undefined });
    },
    check: (findings, state) => {
      const unexpected = findings.filter(({ kind }) => kind !== 'leftover' || state === 'done');
      assert.deepEqual(unexpected, []);
      const now = branchOf(directory) as CommitId;
      if (now === before) assert.equal(state, 'killed', 'the commit after the kill is missing');
      else checkSuccessor(repository, now, before);
      if (state === 'done') assert.deepEqual(leftoversOf(directory), []);
      return findings.length > 0;
    },
  });
});

/** One commit more after a kill; two when the killed command had moved the branch already. */
function checkSuccessor(repository: Repository, now: CommitId, before: string | undefined): void {
  const { parent } = readCommit(repository, now);
  if (parent === before || parent === undefined) return;
  assert.equal(
    readCommit(repository, parent).parent,
    before,
    'the old commit is not in the history',
  );
}
