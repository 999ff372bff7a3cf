/** A repository on a read-only file system. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CallResult, rootseal } from '../helpers/cli.js';
import { mountReadOnly, reasonForNoMounts } from '../helpers/mounts.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = reasonForNoMounts();

interface Setup {
  readonly scratch: string;
  readonly tree: string;
  readonly call: (...args: string[]) => CallResult;
}

function makeSetup(t: TestContext): Setup {
  const base = fs.mkdtempSync(join(tmpdir(), 'rootseal-test-'));
  const repository = join(base, 'repo');
  const tree = join(scratchDirectory(t), 'tree');
  fs.mkdirSync(tree);
  fs.writeFileSync(join(tree, 'file'), 'x'.repeat(1000));
  const call = (...args: string[]) => rootseal(['--repo', repository, ...args]);
  assert.equal(rootseal(['init', repository]).status, 0);
  assert.equal(call('commit', tree, '--branch', 'main').status, 0);
  mountReadOnly(t, repository);
  t.after(() => {
    fs.rmSync(base, { recursive: true });
  });
  return { scratch: scratchDirectory(t), tree, call };
}

test('a read-only repository can be read in every way', { skip }, (t) => {
  const { scratch, call } = makeSetup(t);
  for (const args of [
    ['log', 'main'],
    ['show', 'main'],
    ['ls', 'main'],
    ['cat', 'main', '/file'],
    ['du', 'main'],
    ['branch', 'list'],
    ['rev-parse', 'main'],
    ['fsck'],
    ['export', 'main', '--output', join(scratch, 'out.tar')],
    ['checkout', 'main', join(scratch, 'out')],
  ]) {
    const { status, stderr } = call(...args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
  }
  assert.equal(fs.readFileSync(join(scratch, 'out/file'), 'utf8'), 'x'.repeat(1000));
});

test('what would write to a read-only repository says that it is read-only', { skip }, (t) => {
  const { tree, call } = makeSetup(t);
  for (const args of [
    ['commit', tree, '--branch', 'main'],
    ['branch', 'set', 'other', 'main'],
    ['branch', 'delete', 'main'],
    ['tag', 'set', 'one', 'main'],
  ]) {
    const { status, stderr } = call(...args);
    assert.equal(status, 1, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, /^error: [^\n]*read-only[^\n]*\n(hint: [^\n]*\n)?$/i);
  }
});
