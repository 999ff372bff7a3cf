import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeError, failureOf, RootsealError, SyscallError } from '../../../src/util/errors.js';
import { standsFor } from '../../../src/util/temporary-names.js';
import { scratchDirectory } from '../../helpers/scratch.js';

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

test('an error of the system is the path and what is wrong with it', (t) => {
  const scratch = scratchDirectory(t);
  fs.writeFileSync(join(scratch, 'file'), '');
  for (const [action, sentence] of [
    [() => fs.readFileSync(`${scratch}/nope`), 'nope: no such file or directory'],
    [() => fs.readFileSync(`${scratch}/no/such/file`), 'no: no such directory'],
    [() => fs.readFileSync(`${scratch}/file/x/y`), 'file: it is not a directory'],
    [
      () => {
        fs.mkdirSync(`${scratch}/file`);
      },
      'file: cannot make the directory: it is there already',
    ],
  ] as const)
    assert.equal(describeError(thrown(action)), `${scratch}/${sentence}`);
});

test('errors of native calls have the same words, and the kernel’s own where it said more', () => {
  const plain = new SyscallError('openat', 'ENOENT', '/nonexistent/x');
  assert.equal(describeError(plain), '/nonexistent: no such directory');
  const told = new SyscallError('fsconfig', 'EINVAL', 'erofs', "erofs: Unknown parameter 'x'");
  assert.equal(describeError(told), "erofs: cannot mount it: erofs: Unknown parameter 'x'");
});

test('a failure on a temporary file is told of the file that was to be made', () => {
  const error = thrown(() => fs.readFileSync('/nonexistent/file-c2daf81187b89f5f'));
  assert.equal(
    describeError(failureOf('/nonexistent/image', error)),
    '/nonexistent: no such directory',
  );
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    syscall: 'write',
    code: 'ENOSPC',
  });
  assert.equal(describeError(full), 'no space left on the device');
  assert.equal(describeError(failureOf('out.cfs', full)), 'out.cfs: no space left on the device');
});

test('what is not an error of the system is not told of a path', () => {
  const bug = new TypeError('x');
  assert.equal(failureOf('path', bug), bug);
  const ours = new RootsealError('FAILED', 'x');
  assert.equal(failureOf('path', ours), ours);
});

test('temporary names are replaced by what they stand for, with all that is below them', () => {
  const temporary = standsFor('/r/tmp/session-1-abc', '/r/objects');
  const error = new SyscallError('openat', 'EROFS', `${temporary}/objects/00/11`);
  assert.equal(describeError(error), '/r/objects: the file system is read-only');
});

test('a chain names a path once, in one line', () => {
  const cause = new SyscallError('openat', 'EROFS', '/a/b');
  const error = new RootsealError('FAILED', 'the record /a/b cannot\nbe read', { cause });
  assert.equal(
    describeError(error),
    'the record /a/b cannot be read: the file system is read-only',
  );
});
