import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootseal } from '../helpers/cli.js';
import { scratchDirectory } from '../helpers/scratch.js';

const hasFsverity = spawnSync('fsverity', ['--version']).error === undefined;
const skip = !hasFsverity && 'needs the program fsverity (Debian package fsverity)';

test('digests of files are those of fsverity', { skip }, (t) => {
  const scratch = scratchDirectory(t);
  const files = [0, 1, 4096, 4097, 524_288, 524_289, 3_000_000].map((size) => {
    const file = join(scratch, String(size));
    fs.writeFileSync(file, Buffer.alloc(size, 'content'));
    return file;
  });
  const sparse = join(scratch, 'sparse');
  fs.writeFileSync(sparse, 'begin');
  fs.truncateSync(sparse, 50_000_000);
  files.push(sparse);
  for (const algorithm of ['sha256', 'sha512']) {
    const expected = spawnSync('fsverity', ['digest', `--hash-alg=${algorithm}`, ...files], {
      encoding: 'utf8',
    });
    const { status, stdout } = rootseal(['verity', 'digest', '--algorithm', algorithm, ...files]);
    assert.deepEqual([status, stdout], [0, expected.stdout]);
  }
});

test('all digests are one document with --json', (t) => {
  const file = join(scratchDirectory(t), 'file');
  fs.writeFileSync(file, 'hello world\n');
  const { stdout } = rootseal(['verity', 'digest', '--json', file]);
  assert.deepEqual(JSON.parse(stdout), {
    version: 1,
    files: [
      {
        file,
        algorithm: 'sha256',
        digest: '37061ef2ac4c21bec68489b56138c5780306a4ad7fe6676236ecdf2c9027cd92',
      },
    ],
  });
});

test('a file is sealed and measured, or the error names what lacks fs-verity', (t) => {
  const file = join(scratchDirectory(t), 'file');
  fs.writeFileSync(file, 'hello world\n');
  const before = rootseal(['verity', 'measure', file]);
  if (before.status === 14) {
    assert.match(before.stderr, /^error: no fs-verity on \S.* with this kernel/);
    assert.equal(rootseal(['verity', 'enable', file]).status, 14);
    return;
  }
  assert.equal(before.status, 3);
  assert.match(before.stderr, /fs-verity is not enabled/);
  const enabled = rootseal(['verity', 'enable', file]);
  assert.equal(enabled.status, 0, enabled.stderr);
  assert.equal(enabled.stdout, rootseal(['verity', 'digest', file]).stdout);
  assert.equal(rootseal(['verity', 'measure', file]).stdout, enabled.stdout);
});

test('what is not a regular file is refused, and a missing one is not found', (t) => {
  const scratch = scratchDirectory(t);
  const directory = rootseal(['verity', 'digest', scratch]);
  assert.equal(directory.status, 2);
  assert.match(directory.stderr, /is not a regular file/);
  assert.equal(rootseal(['verity', 'digest', '/dev/null']).status, 2);
  assert.equal(rootseal(['verity', 'digest', join(scratch, 'nothing')]).status, 10);
  assert.equal(rootseal(['verity', 'digest']).status, 2);
});
