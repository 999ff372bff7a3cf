/** Holes of sparse files in our archives, when others extract them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootseal } from '../helpers/cli.js';
import { load } from '../helpers/loaded.js';
import { scratchDirectory } from '../helpers/scratch.js';

const MIB = 2 ** 20;
const SIZE = 1024 * MIB + 5;
const NAME = `${'long '.repeat(30)}name`;

/** A tree with a file of a gibibyte with some data, one that is a hole, and an ordinary one. */
function fill(tree: string): void {
  fs.mkdirSync(join(tree, 'd'), { recursive: true });
  const sparse = fs.openSync(join(tree, 'd', NAME), 'w');
  fs.writeSync(sparse, 'begin', 0);
  for (let index = 1; index < 200; index++) fs.writeSync(sparse, `${index}`, index * 3 * MIB + 77);
  fs.writeSync(sparse, 'end', SIZE - 3);
  fs.closeSync(sparse);
  fs.writeFileSync(join(tree, 'hole'), '');
  fs.truncateSync(join(tree, 'hole'), 2 * MIB);
  fs.writeFileSync(join(tree, 'plain'), 'x'.repeat(3 * MIB));
}

const isThere = (program: string) => spawnSync(program, ['--version']).error === undefined;
const readers: Record<string, (file: string, target: string) => string[]> = {
  'GNU tar': (file, target) => ['tar', '-xpf', file, '-C', target],
  bsdtar: (file, target) => ['bsdtar', '-xpf', file, '-C', target],
  'tarfile of Python': (file, target) => ['python3', '-m', 'tarfile', '-e', file, target],
};

test('others extract an archive without its holes to the same files, and it is small', async (t) => {
  const scratch = scratchDirectory(t, '/var/tmp');
  const [tree, repo] = [join(scratch, 'tree'), join(scratch, 'repo')];
  fill(tree);
  const call = (...args: string[]) => {
    const { status, stderr, bytes } = rootseal(args);
    assert.equal(status, 0, stderr);
    return bytes;
  };
  call('init', repo);
  call('commit', tree, '--branch', 'main', '--repo', repo);
  const file = join(scratch, 'x.tar');
  call('export', 'main', '--output', file, '--repo', repo);
  assert.ok(fs.statSync(file).size < 6 * MIB, `${fs.statSync(file).size} bytes`);
  const { image } = await load(tree);
  assert.ok((await load(`tar:${file}`)).image.equals(image));

  for (const [name, commandOf] of Object.entries(readers)) {
    const target = join(scratch, name);
    const [program = '', ...args] = commandOf(file, target);
    const skip = isThere(program) ? false : `needs ${program}`;
    await t.test(name, { skip }, async () => {
      fs.mkdirSync(target);
      const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      // bsdtar leaves the time of the directory into which it extracts.
      fs.utimesSync(target, 0, fs.statSync(tree).mtimeMs / 1000);
      assert.ok((await load(target)).image.equals(image));
      assert.ok(fs.statSync(join(target, 'd', NAME)).blocks * 512 < 20 * MIB);
      fs.rmSync(target, { recursive: true });
    });
  }

  // An object that was copied without its holes gives the same archive.
  const first = fs.readFileSync(file);
  for (const directory of fs.readdirSync(join(repo, 'objects'))) {
    for (const object of fs.readdirSync(join(repo, 'objects', directory))) {
      const path = join(repo, 'objects', directory, object);
      fs.writeFileSync(`${path}.copy`, fs.readFileSync(path));
      fs.renameSync(`${path}.copy`, path);
    }
  }
  assert.ok(call('export', 'main', '--repo', repo).equals(first));
});

test('--holes zeros writes an archive that POSIX alone explains', async (t) => {
  const scratch = scratchDirectory(t, '/var/tmp');
  const [tree, repo] = [join(scratch, 'tree'), join(scratch, 'repo')];
  fs.mkdirSync(tree);
  fs.writeFileSync(join(tree, 'hole'), '');
  fs.truncateSync(join(tree, 'hole'), 2 * MIB);
  for (const args of [
    ['init', repo],
    ['commit', tree, '--branch', 'main', '--repo', repo],
  ])
    assert.equal(rootseal(args).status, 0);
  const { bytes } = rootseal(['export', 'main', '--holes', 'zeros', '--repo', repo]);
  assert.ok(bytes.length > 2 * MIB);
  assert.ok(!bytes.includes('GNU.sparse'));
  const file = join(scratch, 'x.tar');
  fs.writeFileSync(file, bytes);
  assert.ok((await load(`tar:${file}`)).image.equals((await load(tree)).image));
});
