import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { enableVerity, isVerityUnsupported, measureVerity } from '../../src/linux/verity.js';
import { RootsealError } from '../../src/util/errors.js';
import { scratchDirectory } from '../helpers/scratch.js';

test('a file is sealed and measured, or the error names what lacks fs-verity', async (t) => {
  const path = join(scratchDirectory(t), 'file');
  fs.writeFileSync(path, 'hello');
  const fd = fs.openSync(path, 'r');
  t.after(() => {
    fs.closeSync(fd);
  });
  try {
    assert.equal(measureVerity(fd), undefined);
    await enableVerity(fd, 'sha256');
  } catch (error) {
    assert.ok(error instanceof RootsealError);
    assert.ok(isVerityUnsupported(error));
    assert.equal(error.code, 'UNSUPPORTED');
    assert.match(error.message, /^no fs-verity on \S.* with this kernel$/);
    return;
  }
  await enableVerity(fd, 'sha256');
  assert.deepEqual(measureVerity(fd), {
    algorithm: 'sha256',
    digest: '555b589c26ee43b7a2510e6c67ced9fb3190b6da6e9e683984551f5d77a763de',
  });
});

test('a file system that never has fs-verity is named in the error', async () => {
  const fd = fs.openSync('/proc/version', 'r');
  await assert.rejects(enableVerity(fd, 'sha512'), (error) => {
    assert.ok(isVerityUnsupported(error));
    assert.match((error as Error).message, /no fs-verity on file system type 0x9fa0/);
    return true;
  });
  fs.closeSync(fd);
});

test('a failure of another kind is not taken for a lacking feature', async () => {
  const fd = fs.openSync('/', 'r');
  fs.closeSync(fd);
  await assert.rejects(enableVerity(fd, 'sha256'), (error) => {
    assert.equal(isVerityUnsupported(error), false);
    return true;
  });
});
