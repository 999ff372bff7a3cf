import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffTrees } from '../../../../src/formats/tree/diff.js';
import type { Directory, Entry } from '../../../../src/formats/tree/model.js';
import { directory, file } from '../../../helpers/image-trees.js';

/** More names than arguments fit on the call stack. */
const MANY = 200_000;

function crowd(): Directory {
  const entries: Record<string, Entry> = {};
  for (let index = 0; index < MANY; index++) entries[`n${index}`] = file();
  return directory({ crowd: directory(entries) });
}

test('a directory of 200,000 names differs from none in all of them, and from itself in nothing', () => {
  const tree = { root: crowd() };
  const none = { root: directory({ crowd: directory() }) };
  assert.equal(diffTrees(none, tree).filter(({ kind }) => kind === 'added').length, MANY);
  assert.equal(diffTrees(tree, none).filter(({ kind }) => kind === 'deleted').length, MANY);
  assert.deepEqual(diffTrees(tree, tree), []);
});
