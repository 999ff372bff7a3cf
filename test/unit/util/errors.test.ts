import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import {
  describeError,
  exitStatusOf,
  FormatError,
  hasErrno,
  RootsealError,
  SyscallError,
} from '../../../src/util/errors.js';

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

test('a chain of causes is printed once each, outermost first', () => {
  const error = new RootsealError('FAILED', 'a', { cause: new Error('b', { cause: 'c' }) });
  assert.equal(describeError(error), 'a: b: c');
});

test('a format error says where: line, column, offset and field', () => {
  const error = new FormatError('dump', 'bad', { line: 3, column: 7, field: 'MODE' });
  assert.equal(error.message, 'dump: line 3, column 7, MODE: bad');
  assert.equal(exitStatusOf(error), 17);
});

for (const [errno, status] of [
  ['ENOSPC', 16],
  ['EDQUOT', 16],
  ['EOPNOTSUPP', 14],
  ['ENOENT', 10],
  ['EACCES', 1],
  ['EIO', 1],
] as const) {
  test(`${errno} ends in exit status ${status}`, () => {
    assert.equal(exitStatusOf(new SyscallError('open', errno, 'x', 'text')), status);
  });
}

test("Node's own system errors are classified by their errno too", () => {
  const error = thrown(() => fs.readFileSync('/nonexistent/file'));
  assert.equal(hasErrno(error, 'ENOENT'), true);
  assert.equal(exitStatusOf(error), 10);
});

test('a bug is exit status 1', () => {
  assert.equal(exitStatusOf(new TypeError('bug')), 1);
});
