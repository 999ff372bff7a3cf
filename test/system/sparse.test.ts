/** Files that are mostly holes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileDigest } from '../../src/formats/fsverity/descriptor.js';
import { MerkleHasher } from '../../src/formats/fsverity/merkle.js';
import { listObjects } from '../../src/repo/objects.js';
import { Repository } from '../../src/repo/repository.js';
import { type CallResult, rootseal } from '../helpers/cli.js';
import { scratchDirectory } from '../helpers/scratch.js';

const GIB = 2 ** 30;
/** What a sparse file may take on disk here. */
const DISK_MAX = 4 << 20;

const skipFsverity =
  spawnSync('fsverity', ['--version']).error !== undefined && 'needs fsverity (fsverity)';

interface Setup {
  readonly scratch: string;
  readonly file: string;
  readonly call: (...args: string[]) => CallResult;
}

/** A tree of one file with a few bytes of data between holes. */
function makeSetup(t: TestContext, size: number): Setup {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  const file = join(tree, 'sparse');
  fs.mkdirSync(tree);
  const fd = fs.openSync(file, 'w');
  fs.ftruncateSync(fd, size);
  for (const position of [size / 2 + 5, size - 3]) fs.writeSync(fd, 'abc', position);
  fs.closeSync(fd);
  const call = (...args: string[]) => {
    const result = rootseal(['--repo', join(scratch, 'repo'), ...args]);
    assert.equal(result.status, 0, result.stderr);
    return result;
  };
  assert.equal(rootseal(['init', join(scratch, 'repo')]).status, 0);
  call('commit', tree, '--branch', 'main');
  return { scratch, file, call };
}

function bytesOnDisk(file: string): number {
  return fs.statSync(file).blocks * 512;
}

/** The object of the only file: the image is far smaller. */
function objectOf(scratch: string): { digest: string; file: string } {
  const repository = Repository.open(join(scratch, 'repo'));
  const objects = listObjects(repository).digests.map((digest) => ({
    digest,
    file: repository.file(`objects/${digest.slice(0, 2)}/${digest.slice(2)}`),
  }));
  const [first, ...others] = objects.filter(({ file }) => fs.statSync(file).size > 1 << 20);
  assert.ok(first !== undefined && others.length === 0);
  return first;
}

test('a sparse file of 10 GiB is stored sparse, checked, and checked out sparse', (t) => {
  const { scratch, call } = makeSetup(t, 10 * GIB);
  const { digest, file } = objectOf(scratch);
  assert.equal(fs.statSync(file).size, 10 * GIB);
  assert.ok(bytesOnDisk(file) <= DISK_MAX, `the object takes ${bytesOnDisk(file)} bytes`);
  assert.equal(digest, digestOfSparse(10 * GIB));
  call('fsck');
  call('checkout', 'main', join(scratch, 'out'));
  const out = join(scratch, 'out/sparse');
  assert.equal(fs.statSync(out).size, 10 * GIB);
  assert.ok(bytesOnDisk(out) <= DISK_MAX, `the file takes ${bytesOnDisk(out)} bytes`);
  const fd = fs.openSync(out, 'r');
  const found = Buffer.alloc(3);
  fs.readSync(fd, found, 0, 3, 5 * GIB + 5);
  fs.closeSync(fd);
  assert.equal(found.toString(), 'abc');
});

test(
  'the object of a sparse file has the digest that fsverity computes',
  { skip: skipFsverity },
  (t) => {
    const { scratch, file } = makeSetup(t, GIB / 4);
    const { stdout } = spawnSync('fsverity', ['digest', '--compact', file], { encoding: 'utf8' });
    assert.equal(objectOf(scratch).digest, stdout.trim());
  },
);

/** What `makeSetup` writes, without reading it from the file. */
function digestOfSparse(size: number): string {
  const hasher = new MerkleHasher('sha256');
  hasher.updateZeros(size / 2 + 5);
  hasher.update(Buffer.from('abc'));
  hasher.updateZeros(size / 2 - 11);
  hasher.update(Buffer.from('abc'));
  return fileDigest('sha256', hasher.finish());
}
