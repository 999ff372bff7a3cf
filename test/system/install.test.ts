/** What `rootseal install` refuses, and that it then has changed nothing. Needs root. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { before, after, test } from 'node:test';
import type { CallResult } from '../helpers/cli.js';
import { bootableTree, commitTree } from '../helpers/disk.js';
import { mountTmpfs, reasonForNoMounts } from '../helpers/mounts.js';
import { TestRepository } from '../helpers/repository.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { NO_SEAL } from '../helpers/sysroot.js';

const skip = reasonForNoMounts();
const POLICY = 'usr/lib/rootseal/setup-root.conf';
const repository = TestRepository.makeIn(fs.mkdtempSync('/tmp/rootseal-install-test-'));

before(() => {
  commitTree(repository, bootableTree(repository, NO_SEAL));
  commitTree(repository, bootableTree(repository, { [POLICY]: '[verify]\nmode=seal\n' }), 'sealed');
});
after(() => {
  fs.rmSync(repository.scratch, { recursive: true });
});

function toDisk(target: string, ...args: string[]): CallResult {
  return repository.call(['install', 'to-disk', target, '--rev', 'main', ...args]);
}

function assertRefused(result: CallResult, status: number, message: RegExp): void {
  assert.match(result.stderr, message);
  assert.equal(result.status, status);
}

test(
  'a file that does not exist needs a size, and is not left behind when it is refused',
  { skip },
  (t) => {
    const disk = join(scratchDirectory(t), 'disk.img');
    assertRefused(toDisk(disk), 2, /does not exist\nhint: .*--size/);
    assertRefused(toDisk(disk, '--size', '100M'), 16, /the disk is 100 MiB, and at least/);
    assertRefused(toDisk(disk, '--size', '1G', '--esp-size', '1M'), 16, /--esp-size is 1 MiB/);
    assert.equal(fs.existsSync(disk), false);
  },
);

test('a file with any content is refused, and stays as it is', { skip }, (t) => {
  const disk = join(scratchDirectory(t), 'thesis.txt');
  fs.writeFileSync(disk, 'words');
  assertRefused(toDisk(disk), 2, /is not empty: it holds data/);
  assertRefused(toDisk(disk, '--size', '1G'), 2, /exists: --size is for a file that does not/);
  assert.equal(fs.readFileSync(disk, 'utf8'), 'words');
});

test('what is not a disk is refused', { skip }, () => {
  assertRefused(toDisk('/dev/null', '--wipe'), 2, /is neither a disk nor a file/);
  assertRefused(toDisk('/tmp', '--wipe'), 2, /is neither a disk nor a file/);
});

test(
  'a command line that no kernel takes whole is refused before a disk is made',
  { skip },
  (t) => {
    const disk = join(scratchDirectory(t), 'disk.img');
    const many = Array.from({ length: 20 }, (_, index) => [
      '--karg-append',
      `k${index}=${'z'.repeat(90)}`,
    ]);
    assertRefused(toDisk(disk, '--size', '2G', ...many.flat()), 2, /kernels take 2047/);
    assert.equal(fs.existsSync(disk), false);
  },
);

test('an image that would refuse its own seal at boot is not installed', { skip }, (t) => {
  const disk = join(scratchDirectory(t), 'disk.img');
  const words = ['install', 'to-disk', disk, '--size', '2G', '--rev', 'sealed'];
  assertRefused(repository.call(words), 12, /is not sealed|has no seal|no seal/);
});

test('an origin needs a URL, and the other way round', { skip }, (t) => {
  const disk = join(scratchDirectory(t), 'disk.img');
  for (const args of [
    ['--origin', 'origin/main'],
    ['--url', 'https://example.org/'],
  ])
    assertRefused(toDisk(disk, '--size', '1G', ...args), 2, /--origin and --url need each other/);
});

test(
  'a directory that is not a mount point, and one without fs-verity, are refused',
  { skip },
  (t) => {
    const scratch = fs.mkdtempSync('/tmp/rootseal-install-test-');
    const call = (directory: string) =>
      repository.call(['install', 'to-filesystem', directory, '--rev', 'main']);
    assertRefused(call(scratch), 2, /is not a mount point/);
    const target = join(scratch, 'target');
    mountTmpfs(t, target, 1 << 20);
    t.after(() => {
      fs.rmSync(scratch, { recursive: true });
    });
    assertRefused(call(target), 14, /nothing can be sealed in .*: no fs-verity on tmpfs/);
    assert.deepEqual(fs.readdirSync(target), []);
    fs.writeFileSync(join(target, 'file'), '');
    assertRefused(call(target), 2, /is not empty: it holds "file"/);
  },
);

test('the disk of the running system is refused, with --wipe too', { skip }, (t) => {
  const source = execFileSync('findmnt', ['--noheadings', '--output', 'SOURCE', '/']).toString();
  const disk = source.trim();
  if (!fs.existsSync(disk) || !fs.statSync(disk).isBlockDevice()) {
    t.diagnostic(`the root is on ${disk}, which is not a device`);
    return;
  }
  // Of an image that is refused anyway, so that a mistake destroys nothing.
  const words = ['install', 'to-disk', disk, '--wipe', '--rev', 'nothing'];
  assertRefused(repository.call(words), 2, /is in use|is not a whole disk/);
});
