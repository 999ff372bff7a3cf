/** Bytes that change on the disk itself, below the file system. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { unmount } from '../../../../src/linux/mount-api.js';
import { fromText } from '../../../../src/util/bytes.js';
import { TestRepository } from '../../../helpers/repository.js';
import { FILE_SYSTEM } from './measured.js';

/** A second disk with an empty file system. */
const DISK = process.env['ROOTSEAL_TEST_DISK'] ?? '';
const DIRECTORY = '/mnt/second';
const MIB = 2 ** 20;
const MARKER = 'here a byte will change';
const LARGE = `${'x'.repeat(300_000)}${MARKER}${'y'.repeat(300_000)}`;
/** In the image, not in an object: the name of a file whose block is not the root directory's. */
const NAME = 'a name that will change';

/** btrfs has checksums of its own, which would find the change first. */
const OPTIONS = FILE_SYSTEM === 'btrfs' ? 'nodatasum' : 'defaults';

function attach(): void {
  fs.mkdirSync(DIRECTORY, { recursive: true });
  execFileSync('mount', ['-t', FILE_SYSTEM, '-o', OPTIONS, DISK, DIRECTORY]);
}

function detach(): void {
  execFileSync('umount', [DIRECTORY]);
}

/** Changes the first byte of every place on the unmounted disk that has `marker`; returns how many there are. */
function flipOnDisk(marker: string): number {
  const wanted = Buffer.from(marker);
  const device = fs.openSync(DISK, 'r+');
  const chunk = Buffer.alloc(MIB + wanted.length);
  let found = 0;
  for (let position = 0; ; position += MIB) {
    const length = fs.readSync(device, chunk, 0, chunk.length, position);
    if (length === 0) break;
    const at = chunk.subarray(0, length).indexOf(wanted);
    if (at < 0 || at >= MIB) continue;
    fs.writeSync(device, Buffer.from([wanted[0]! ^ 1]), 0, 1, position + at);
    found++;
  }
  fs.fsyncSync(device);
  fs.closeSync(device);
  return found;
}

/** A repository on the second disk, which nobody has mounted when this returns. */
function makeRepository(name: string, files: Readonly<Record<string, string>>): TestRepository {
  attach();
  const scratch = join(DIRECTORY, name);
  fs.mkdirSync(scratch);
  const repository = TestRepository.makeIn(scratch);
  repository.commit(files);
  // The tree holds the markers too.
  for (const entry of fs.readdirSync(scratch))
    if (entry.startsWith('tree-')) fs.rmSync(join(scratch, entry), { recursive: true });
  detach();
  return repository;
}

function mountAgain(t: TestContext): string {
  attach();
  const target = fs.mkdtempSync('/mnt/image-');
  t.after(() => {
    if (fs.readFileSync('/proc/mounts', 'utf8').includes(` ${target} `)) unmount(fromText(target));
    detach();
  });
  return target;
}

test('of an object with a changed byte the other blocks can be read, and that one never', (t) => {
  const repository = makeRepository('object', { large: LARGE, other: 'o'.repeat(9000) });
  assert.ok(flipOnDisk(MARKER) > 0);
  const target = mountAgain(t);
  repository.expect(['image', 'mount', 'main', target]);
  assert.equal(fs.readFileSync(join(target, 'other'), 'utf8'), 'o'.repeat(9000));
  const fd = fs.openSync(join(target, 'large'), 'r');
  const block = Buffer.alloc(4096);
  const at = LARGE.indexOf(MARKER);
  fs.readSync(fd, block, 0, block.length, 0);
  assert.equal(block.toString(), 'x'.repeat(4096));
  assert.throws(() => fs.readSync(fd, block, 0, block.length, at), { code: 'EIO' });
  fs.closeSync(fd);
  assert.throws(() => fs.readFileSync(join(target, 'large')), { code: 'EIO' });
  const { status, stdout } = repository.call(['fsck']);
  assert.equal(status, 3);
  assert.match(stdout, /\/large/);
});

test('an image with a changed byte is not mounted', (t) => {
  const files = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`sub/${n}`, `${n}`]));
  const repository = makeRepository('image', { ...files, [`sub/${NAME}`]: 'small' });
  assert.ok(flipOnDisk(NAME) > 0);
  const target = mountAgain(t);
  const { status, stderr } = repository.call(['image', 'mount', 'main', target]);
  assert.notEqual(status, 0);
  assert.match(stderr, /^error: /);
  assert.deepEqual(fs.readdirSync(target), []);
});
