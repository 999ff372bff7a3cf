/** What `install to-disk --encrypt` refuses before anything is written. That it encrypts takes a TPM and dm-crypt. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootableTree, commitTree } from '../helpers/disk.js';
import { TestRepository } from '../helpers/repository.js';

const skip = process.getuid?.() !== 0 && 'needs root';

test('--encrypt goes with --uki, and its options with it', { skip }, (t) => {
  const repository = TestRepository.make(t);
  commitTree(repository, bootableTree(repository, {}));
  const disk = join(repository.scratch, 'disk.img');
  const refuses = (words: readonly string[], message: RegExp): void => {
    const all = ['install', 'to-disk', 'main', disk, '--size', '2G', '--force', ...words];
    const { status, stderr } = repository.call(all);
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
    assert.ok(!fs.existsSync(disk));
  };
  refuses(['--encrypt', 'tpm2'], /--encrypt needs --uki/);
  refuses(['--recovery-key-file', 'key'], /--recovery-key-file goes with --encrypt/);
  refuses(['--pcr7', 'current'], /--pcr7 goes with --encrypt/);
  refuses(['--encrypt', 'tpm2', '--pcr7', 'now'], /--pcr7 now: expected "current" or 64 hex/);
  refuses(['--passphrase-file', 'x'], /--passphrase-file is for a key of --secure-boot-keys/);
  assert.ok(!fs.existsSync('key'));
});
