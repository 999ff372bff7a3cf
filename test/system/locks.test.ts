/** Several commands at once in one repository. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { CommitId } from '../../src/formats/commit/commit.js';
import { readCommit } from '../../src/repo/commits.js';
import { checkRepository } from '../../src/repo/fsck/fsck.js';
import { collectGarbage } from '../../src/repo/gc.js';
import { LOCK_FILE } from '../../src/repo/layout.js';
import { readRef } from '../../src/repo/refs.js';
import { Repository } from '../../src/repo/repository.js';
import { PROGRAM, rootseal } from '../helpers/cli.js';
import { makeTree } from '../helpers/kill.js';
import { Random } from '../helpers/random.js';
import { scratchDirectory } from '../helpers/scratch.js';

/** Commands that run at the same time. */
const WRITERS = 4;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function makeSetup(t: TestContext): { scratch: string; repository: Repository; tree: string } {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  makeTree(tree, new Random(1), 60);
  return { scratch, repository: Repository.init(join(scratch, 'repo'), 'sha256'), tree };
}

/** Starts all command lines at once and waits for all of them. */
async function runTogether(
  repository: Repository,
  commands: readonly (readonly string[])[],
): Promise<Ended[]> {
  return Promise.all(
    commands.map((args) => {
      const child = spawn(process.execPath, [PROGRAM, '--repo', repository.path, ...args]);
      const output = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output.stdout += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk));
      return new Promise<Ended>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (status) => {
          resolve({ status, ...output });
        });
      });
    }),
  );
}

async function assertClean(repository: Repository): Promise<void> {
  const { findings } = await checkRepository(repository, { progress: () => undefined });
  assert.deepEqual(
    findings.filter(({ kind }) => kind !== 'leftover'),
    [],
  );
}

function historyOf(repository: Repository, branch: string): CommitId[] {
  const history: CommitId[] = [];
  for (let id = readRef(repository, 'branch', branch); id !== undefined;) {
    history.push(id);
    id = readCommit(repository, id).parent;
  }
  return history;
}

test('gc gives up while somebody reads or writes, and removes nothing', async (t) => {
  const { repository, tree } = makeSetup(t);
  const gc = () => rootseal(['--repo', repository.path, 'gc']);
  for (const name of ['one', 'two'])
    assert.equal(rootseal(['--repo', repository.path, 'commit', tree, '--branch', name]).status, 0);
  rootseal(['--repo', repository.path, 'branch', 'delete', 'two']);
  const lock = await repository.lock('shared');
  const { status, stderr } = gc();
  assert.equal(status, 11, stderr);
  assert.match(stderr, /^error: [^\n]*locked[^\n]*\n(hint: [^\n]*\n)?$/);
  lock.release();
  assert.equal(gc().status, 0);
});

test('gc asks what else is needed when nobody can change that any more', async (t) => {
  const { repository } = makeSetup(t);
  const isFree = () =>
    spawnSync('flock', ['--nonblock', '--shared', repository.file(LOCK_FILE), 'true']).status === 0;
  assert.ok(isFree());
  const asked: boolean[] = [];
  const roots = (): readonly CommitId[] => {
    asked.push(isFree());
    return [];
  };
  await collectGarbage(repository, { roots, progress: () => undefined });
  assert.deepEqual(asked, [false]);
});

test('readers and writers do not lock each other out', async (t) => {
  const { repository, tree } = makeSetup(t);
  const lock = await repository.lock('shared');
  for (const args of [['commit', tree, '--branch', 'main'], ['log', 'main'], ['fsck']])
    assert.equal(rootseal(['--repo', repository.path, ...args]).status, 0, args.join(' '));
  lock.release();
});

test('a commit waits until gc has ended', async (t) => {
  const { repository, tree } = makeSetup(t);
  const lock = await repository.lock('exclusive');
  const running = runTogether(repository, [['commit', tree, '--branch', 'main']]);
  // A call that runs to its end takes longer than the commit would need to get somewhere.
  rootseal(['verity', 'digest', ...fs.readdirSync(tree).map(() => PROGRAM)]);
  assert.equal(readRef(repository, 'branch', 'main'), undefined);
  lock.release();
  const [ended] = await running;
  assert.equal(ended?.status, 0, ended?.stderr);
});

test('commits of the same tree to different branches at once all succeed', async (t) => {
  const { repository, tree } = makeSetup(t);
  const branches = Array.from({ length: WRITERS }, (_, index) => `branch-${index}`);
  const results = await runTogether(
    repository,
    branches.map((branch) => ['commit', tree, '--branch', branch]),
  );
  for (const [index, { status, stdout, stderr }] of results.entries()) {
    assert.equal(status, 0, stderr);
    assert.equal(readRef(repository, 'branch', branches[index] ?? ''), stdout.trim());
  }
  await assertClean(repository);
});

test('of commits to the same branch at once, each is in the history or is refused', async (t) => {
  const { scratch, repository, tree } = makeSetup(t);
  fs.mkdirSync(join(scratch, 'first'));
  const { stdout } = rootseal([
    ...['--repo', repository.path, 'commit', join(scratch, 'first'), '--branch', 'main'],
  ]);
  const trees = Array.from({ length: WRITERS }, (_, index) => {
    const copy = join(scratch, `tree-${index}`);
    fs.cpSync(tree, copy, { recursive: true, verbatimSymlinks: true });
    fs.writeFileSync(join(copy, 'mark'), `${index}`.repeat(500));
    return copy;
  });
  const results = await runTogether(
    repository,
    trees.map((copy) => ['commit', copy, '--branch', 'main']),
  );
  const history = historyOf(repository, 'main');
  const made = results.filter(({ status }) => status === 0).map((result) => result.stdout.trim());
  assert.ok(made.length > 0);
  assert.deepEqual(history.slice().sort(), [...made, stdout.trim()].sort());
  for (const { status, stderr } of results) {
    if (status === 0) continue;
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^error: branch main was changed meanwhile[^\n]*\nhint: [^\n]*\n$/m);
  }
  await assertClean(repository);
});

test('gc at the same time as commits takes nothing from them', async (t) => {
  const { repository, tree } = makeSetup(t);
  const commands = Array.from({ length: WRITERS }, (_, index) =>
    index % 2 === 0 ? ['commit', tree, '--branch', `branch-${index}`] : ['gc'],
  );
  for (let round = 0; round < 3; round++) {
    const results = await runTogether(repository, commands);
    for (const [index, { status, stderr }] of results.entries())
      assert.ok(status === 0 || (status === 11 && index % 2 === 1), stderr);
    await assertClean(repository);
  }
});
