import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitPath } from '../../../src/linux/open.js';
import { ascii } from '../../../src/util/bytes.js';

test('a path within the limit is one piece', () => {
  assert.deepEqual(splitPath(ascii('a/b'), 3), ['a/b']);
});

test('the empty path is the directory itself', () => {
  assert.deepEqual(splitPath(ascii(''), 10), ['.']);
  assert.deepEqual(splitPath(ascii('///'), 1), ['.']);
});

test('a longer path is cut only between components', () => {
  assert.deepEqual(splitPath(ascii('aa/bb/cc/dd'), 5), ['aa/bb', 'cc/dd']);
  assert.deepEqual(splitPath(ascii('aa/bbbb/cc'), 5), ['aa', 'bbbb', 'cc']);
});

test('a limit of zero gives every component alone', () => {
  assert.deepEqual(splitPath(ascii('a//b/c/'), 0), ['a', 'b', 'c']);
});

test('a component longer than the limit is left whole', () => {
  assert.deepEqual(splitPath(ascii('a/bbbbbbbb/c'), 4), ['a', 'bbbbbbbb', 'c']);
});
