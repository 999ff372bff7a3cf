/** Files and directories that the caller may not read or write. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CallResult, rootseal } from '../helpers/cli.js';
import { scratchDirectory } from '../helpers/scratch.js';

/** Root may read everything; without these capabilities it is as anybody else. */
const UNPRIVILEGED = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search,-fowner'];

const skip = reasonToSkip();

function reasonToSkip(): string | false {
  if (process.getuid?.() !== 0)
    return 'needs root, to own files without being allowed to read them';
  const { status, stderr, error } = spawnSync('setpriv', [...UNPRIVILEGED.slice(1), 'true'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return 'needs setpriv (util-linux)';
  return status !== 0 && stderr.trim();
}

interface Setup {
  readonly tree: string;
  readonly repository: string;
  readonly call: (...args: string[]) => CallResult;
}

function makeSetup(t: TestContext): Setup {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  const repository = join(scratch, 'repo');
  fs.mkdirSync(join(tree, 'sub'), { recursive: true });
  fs.writeFileSync(join(tree, 'sub/secret'), 'x'.repeat(1000));
  assert.equal(rootseal(['init', repository]).status, 0);
  assert.equal(rootseal(['--repo', repository, 'commit', tree, '--branch', 'main']).status, 0);
  const call = (...args: string[]) =>
    rootseal(['--repo', repository, ...args], { through: UNPRIVILEGED });
  return { tree, repository, call };
}

function assertDenied({ status, stderr }: CallResult, path: string): void {
  assert.equal(status, 1, stderr);
  assert.match(stderr, /^error: [^\n]*permission denied[^\n]*\n(hint: [^\n]*\n)?$/i);
  assert.ok(stderr.includes(path), stderr);
}

test('a file that cannot be read fails the commit and is named', { skip }, (t) => {
  const { tree, repository, call } = makeSetup(t);
  fs.chmodSync(join(tree, 'sub/secret'), 0);
  assertDenied(call('commit', tree, '--branch', 'main'), 'sub/secret');
  assert.deepEqual(fs.readdirSync(join(repository, 'tmp')), []);
});

test('a directory that cannot be read fails the commit and is named', { skip }, (t) => {
  const { tree, call } = makeSetup(t);
  fs.chmodSync(join(tree, 'sub'), 0);
  assertDenied(call('commit', tree, '--branch', 'main'), 'sub');
});

test('a repository that cannot be written fails the commit and is named', { skip }, (t) => {
  const { tree, repository, call } = makeSetup(t);
  fs.chmodSync(join(repository, 'tmp'), 0o555);
  assertDenied(call('commit', tree, '--branch', 'main'), join(repository, 'tmp'));
  fs.chmodSync(join(repository, 'tmp'), 0o755);
  fs.chmodSync(join(repository, 'commits'), 0o555);
  assertDenied(call('commit', tree, '--branch', 'main'), join(repository, 'commits'));
});

test(
  'a repository that cannot be read is not a repository to its caller, who is told why',
  { skip },
  (t) => {
    const { repository, call } = makeSetup(t);
    fs.chmodSync(repository, 0);
    assertDenied(call('log', 'main'), repository);
    fs.chmodSync(repository, 0o755);
    fs.chmodSync(join(repository, 'commits'), 0);
    assertDenied(call('log', 'main'), join(repository, 'commits'));
  },
);

test('a checkout into a directory that cannot be written is refused', { skip }, (t) => {
  const { tree, call } = makeSetup(t);
  const target = join(tree, 'sub/target');
  fs.mkdirSync(target, { mode: 0o555 });
  assertDenied(call('checkout', 'main', target), target);
});
