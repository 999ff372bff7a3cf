/** `rootseal verity` and a kernel that can do what it asks for. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { enableVerity } from '../../../../src/linux/verity.js';
import { hasErrno } from '../../../../src/util/errors.js';
import { rootseal } from '../../../helpers/cli.js';
import { expectStatus } from '../../../helpers/repository.js';
import { scratchDirectory } from '../../../helpers/scratch.js';

const SIZES = [
  0, 1, 63, 64, 65, 4095, 4096, 4097, 65_535, 65_536, 65_537, 524_287, 524_288, 524_289, 3_000_001,
];

for (const algorithm of ['sha256', 'sha512']) {
  test(`${algorithm}: the kernel measures what rootseal computes, whatever the size`, (t) => {
    const scratch = scratchDirectory(t);
    const files = SIZES.map((size) => {
      const file = join(scratch, String(size));
      fs.writeFileSync(file, Buffer.alloc(size, 'some content'));
      return file;
    });
    const sparse = join(scratch, 'sparse');
    fs.writeFileSync(sparse, 'begin');
    fs.truncateSync(sparse, 5_000_001);
    files.push(sparse);
    const verity = (command: string, ...options: string[]): string =>
      expectStatus(rootseal(['verity', command, ...options, ...files]));
    const computed = verity('digest', '--algorithm', algorithm);
    assert.equal(verity('enable', '--algorithm', algorithm), computed);
    assert.equal(verity('measure'), computed);
    assert.equal(computed.split('\n').length, files.length);
    // A second time changes nothing.
    assert.equal(verity('enable', '--algorithm', algorithm), computed);
  });
}

test('a sealed file keeps its hash when another one is asked for', (t) => {
  const file = join(scratchDirectory(t), 'file');
  fs.writeFileSync(file, 'content');
  const first = expectStatus(rootseal(['verity', 'enable', file]));
  assert.match(first, /^sha256:/);
  const second = rootseal(['verity', 'enable', '--algorithm', 'sha512', file]);
  assert.equal(expectStatus(second), first);
});

test('a file that somebody has open for writing is not sealed, and the error names it', async (t) => {
  const file = join(scratchDirectory(t), 'file');
  fs.writeFileSync(file, 'content');
  const writer = fs.openSync(file, 'r+');
  const reader = fs.openSync(file, 'r');
  t.after(() => {
    fs.closeSync(writer);
    fs.closeSync(reader);
  });
  const { status, stderr } = rootseal(['verity', 'enable', file]);
  assert.notEqual(status, 0);
  assert.ok(stderr.includes(file), stderr);
  await assert.rejects(enableVerity(reader, 'sha256'), (error) => hasErrno(error, 'ETXTBSY'));
  assert.equal(rootseal(['verity', 'measure', file]).status, 3);
});

test('on tmpfs sealing and measuring fail with the reason', (t) => {
  const file = join(scratchDirectory(t, '/tmp'), 'file');
  fs.writeFileSync(file, 'content');
  for (const command of ['enable', 'measure']) {
    const { status, stderr } = rootseal(['verity', command, file]);
    assert.equal(status, 14, stderr);
    assert.match(stderr, /^error: no fs-verity on tmpfs with this kernel/);
  }
});

test('a sealed file cannot be written, not even by root, but renamed and removed', (t) => {
  const scratch = scratchDirectory(t);
  const file = join(scratch, 'file');
  fs.writeFileSync(file, 'content');
  expectStatus(rootseal(['verity', 'enable', file]));
  assert.throws(() => fs.openSync(file, 'r+'), { code: 'EPERM' });
  assert.throws(
    () => {
      fs.truncateSync(file, 1);
    },
    { code: 'EPERM' },
  );
  fs.renameSync(file, join(scratch, 'other'));
  fs.rmSync(join(scratch, 'other'));
});
