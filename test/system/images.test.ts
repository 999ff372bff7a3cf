/** The last step of every image definition, and what the Debian one says when it is used wrongly. No network. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchDirectory } from '../helpers/scratch.js';

function call(script: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const unset = { SOURCE_DATE_EPOCH: '', ROOTSEAL_KEYS: '' };
  return spawnSync(join('images', script), args, {
    env: { ...process.env, ...unset, ...env },
    encoding: 'utf8',
  });
}

test('times later than SOURCE_DATE_EPOCH are lowered to it, those of links too, and others stay', (t) => {
  const root = scratchDirectory(t);
  writeFileSync(join(root, 'new'), '');
  symlinkSync('nowhere', join(root, 'link'));
  spawnSync('touch', ['--date=@500', join(root, 'old')]);
  const { status, stderr } = call('complete', [root], { SOURCE_DATE_EPOCH: '1000' });
  assert.equal(status, 0, stderr);
  const times = ['.', 'new', 'link', 'old'].map((name) => lstatSync(join(root, name)).mtimeMs);
  assert.deepEqual(times, [1_000_000, 1_000_000, 1_000_000, 500_000]);
});

test('the date that a build noted is used and does not stay in the tree', (t) => {
  const root = scratchDirectory(t);
  writeFileSync(join(root, '.source-date-epoch'), '2000\n');
  assert.equal(call('complete', [root]).status, 0);
  assert.deepEqual(readdirSync(root), []);
  assert.equal(lstatSync(root).mtimeMs, 2_000_000);
});

test('a tree without any date is refused', (t) => {
  const { status, stderr } = call('complete', [scratchDirectory(t)]);
  assert.equal(status, 1);
  assert.match(stderr, /SOURCE_DATE_EPOCH/);
});

test('verifier keys of ROOTSEAL_KEYS come into the tree, and a folder without any is refused', (t) => {
  const [root, keys] = [scratchDirectory(t), scratchDirectory(t)];
  const env = { SOURCE_DATE_EPOCH: '1000', ROOTSEAL_KEYS: keys };
  assert.equal(call('complete', [root], env).status, 1);
  writeFileSync(join(keys, 'release.pub'), 'key\n', { mode: 0o600 });
  writeFileSync(join(keys, 'release.key'), 'secret\n');
  assert.equal(call('complete', [root], env).status, 0);
  const folder = join(root, 'usr/lib/rootseal/keys.d');
  assert.deepEqual(readdirSync(folder), ['release.pub']);
  assert.equal(readFileSync(join(folder, 'release.pub'), 'utf8'), 'key\n');
  assert.equal(lstatSync(join(folder, 'release.pub')).mode & 0o777, 0o644);
});

test('the Debian build refuses a folder that is not empty and calls without a folder', (t) => {
  const root = scratchDirectory(t);
  mkdirSync(join(root, 'home'));
  const { status, stderr } = call('debian/build', [root]);
  assert.equal(status, 1);
  assert.match(stderr, process.getuid?.() === 0 ? /not empty|mmdebstrap/ : /root/);
  assert.equal(call('debian/build', []).status, 2);
  assert.equal(call('debian/build', ['--help']).status, 2);
});
