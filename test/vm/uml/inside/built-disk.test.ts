/** A disk of `rootseal disk build`, whose fs-verity was written without a kernel that knows it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { bootOnce } from '../../../helpers/boot-once.js';
import { TestRepository } from '../../../helpers/repository.js';
import { scratchDirectory } from '../../../helpers/scratch.js';
import { KEY_FILES } from './keys.js';
import { expectAllMeasured } from './measured.js';

/** Its root partition, which udev is not there to name. */
const PARTITION = process.env['ROOTSEAL_TEST_PARTITION'] ?? '';
const PHYSICAL = '/mnt/physical';
const SIZES = (process.env['ROOTSEAL_TEST_SIZES'] ?? '').split(' ').map(Number);

before(() => {
  fs.mkdirSync(PHYSICAL);
  execFileSync('mount', ['-t', 'ext4', PARTITION, PHYSICAL]);
});

const repository = new TestRepository(PHYSICAL, join(PHYSICAL, 'composefs'));

test('the kernel measures every object and image as its name', () => {
  assert.ok(expectAllMeasured(repository) > SIZES.length);
});

test('the kernel reads all contents through its checks, and fsck finds nothing wrong', () => {
  assert.match(repository.expect(['fsck', '--json']), /"findings": ?\[\]/);
});

test('the boot program starts it, and every size of file is read as it was', (t) => {
  const [hex = ''] = fs.readdirSync(join(PHYSICAL, 'state/deploy'));
  const result = bootOnce({
    scratch: scratchDirectory(t),
    cmdline: `composefs.digest=v1-sha256-12:${hex}`,
    physical: PHYSICAL,
    files: KEY_FILES,
    after:
      'cd sysroot/sizes && for name in *; do echo "$name $(tr -d x <$name | wc -c) $(wc -c <$name)"; done',
  });
  assert.equal(result.output, `rootseal: verified v1-sha256-12:${hex} by test.example.org\n`);
  const lines = result.afterwards.trimEnd().split('\n').sort();
  assert.deepEqual(lines, SIZES.map((size) => `${size} 0 ${size}`).sort());
});
