/** The file system of a repository, or of a checkout, has no space left. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CallResult, rootseal } from '../helpers/cli.js';
import { mountTmpfs, reasonForNoMounts } from '../helpers/mounts.js';
import { Random } from '../helpers/random.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = reasonForNoMounts();

const BLOCK = 4096;
const DISK = 12 << 20;

interface Setup {
  readonly disk: string;
  readonly tree: string;
  readonly repository: string;
  readonly call: (...args: string[]) => CallResult;
  readonly head: () => string;
}

/** A repository with one commit on a small file system, and a tree that grew since. */
function makeSetup(t: TestContext): Setup {
  // Hooks run in the order in which they are made: the mount has to go first.
  const scratch = fs.mkdtempSync(join(tmpdir(), 'rootseal-test-'));
  const disk = join(scratch, 'disk');
  mountTmpfs(t, disk, DISK);
  t.after(() => {
    fs.rmSync(scratch, { recursive: true });
  });
  const tree = join(scratchDirectory(t), 'tree');
  const repository = join(disk, 'repo');
  const call = (...args: string[]) => rootseal(['--repo', repository, ...args]);
  const random = new Random(1);
  fs.mkdirSync(tree);
  fs.writeFileSync(join(tree, 'old'), random.bytes(100_000));
  succeed(rootseal(['init', repository]));
  succeed(call('commit', tree, '--branch', 'main'));
  for (let index = 0; index < 40; index++)
    fs.writeFileSync(join(tree, `new-${index}`), random.bytes(5000));
  fs.writeFileSync(join(tree, 'large'), random.bytes(300_000));
  const head = () => succeed(call('rev-parse', 'main')).stdout;
  return { disk, tree, repository, call, head };
}

function succeed(result: CallResult): CallResult {
  assert.equal(result.status, 0, result.stderr);
  return result;
}

function assertNoSpace({ status, stderr }: CallResult): void {
  assert.equal(status, 16, stderr);
  assert.match(stderr, /^error: [^\n]*no space left on the device[^\n]*\n(hint: [^\n]*\n)?$/i);
}

/** Fills the disk so that `blocks` blocks stay free. */
function fill(disk: string, blocks: number): void {
  const { bavail, bsize } = fs.statfsSync(disk);
  assert.equal(bsize, BLOCK);
  const count = Math.max(bavail - blocks, 0);
  fs.writeFileSync(join(disk, 'filler'), Buffer.alloc(count * BLOCK, 1));
}

test('a commit that fills the disk changes nothing, wherever the space ends', { skip }, (t) => {
  const { disk, tree, repository, call, head } = makeSetup(t);
  const before = head();
  const statuses = new Set<number | null>();
  for (const blocks of [0, 1, 2, 8, 60, 140, 165, 190, 280]) {
    fill(disk, blocks);
    const result = call('commit', tree, '--branch', `try-${blocks}`);
    statuses.add(result.status);
    if (result.status !== 0) assertNoSpace(result);
    fs.rmSync(join(disk, 'filler'));
    assert.deepEqual(fs.readdirSync(join(repository, 'tmp')), [], `${blocks} blocks`);
    succeed(call('fsck'));
    assert.equal(head(), before);
    const made = succeed(call('branch', 'list')).stdout.includes(`try-${blocks}`);
    assert.equal(made, result.status === 0);
    if (made) succeed(call('branch', 'delete', `try-${blocks}`));
    succeed(call('gc'));
  }
  assert.deepEqual(statuses, new Set([16, 0]));
  succeed(call('commit', tree, '--branch', 'main'));
  assert.notEqual(head(), before);
});

test('a checkout that fills the disk says so', { skip }, (t) => {
  const { disk, tree, call } = makeSetup(t);
  succeed(call('commit', tree, '--branch', 'main'));
  fill(disk, 50);
  const full = call('checkout', 'main', join(disk, 'out'));
  assertNoSpace(full);
  assert.match(full.stderr, /^error: \S.*: no space left on the device/);
});

test('what is on a full disk can be read, checked and collected', { skip }, (t) => {
  const { disk, tree, call } = makeSetup(t);
  succeed(call('commit', tree, '--branch', 'waste'));
  succeed(call('branch', 'delete', 'waste'));
  fill(disk, 0);
  succeed(call('log', 'main'));
  succeed(call('cat', 'main', '/old'));
  succeed(call('fsck'));
  assert.match(succeed(call('gc')).stdout, /^removed 1 commit, 1 image/);
});
