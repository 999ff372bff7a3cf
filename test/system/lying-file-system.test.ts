/** A file system whose server answers for fs-verity in the kernel's place. Not for User Mode Linux, whose kernel has no FUSE. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { enableVerity, isVerityUnsupported, measureVerity } from '../../src/linux/verity.js';
import { rootseal } from '../helpers/cli.js';
import { cannotServe, serveLies } from '../helpers/fuse.js';
import { scratchDirectory } from '../helpers/scratch.js';

test(
  'what a file system in user space answers for fs-verity is not believed',
  { skip: cannotServe },
  async (t) => {
    const other = join(scratchDirectory(t), 'other');
    fs.writeFileSync(other, 'evil');
    const file = serveLies(t, '5e'.repeat(32), other);
    assert.equal(fs.readFileSync(file, 'utf8'), 'evil');
    const fd = fs.openSync(file, 'r');
    try {
      assert.throws(() => measureVerity(fd), isVerityUnsupported);
      await assert.rejects(enableVerity(fd, 'sha256'), isVerityUnsupported);
    } finally {
      fs.closeSync(fd);
    }
    const { status, stdout, stderr } = rootseal(['verity', 'measure', file]);
    assert.deepEqual([status, stdout], [14, '']);
    assert.match(stderr, /^error: no fs-verity on FUSE or virtiofs/);
  },
);
