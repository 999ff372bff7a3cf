import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listChanges } from '../../../../src/deploy/etc/changes.js';
import { Comparison } from '../../../../src/deploy/etc/compare.js';
import type { Entry, Tree } from '../../../../src/formats/tree/model.js';
import { atOnce } from '../../../../src/util/steps.js';
import { directory, file } from '../../../helpers/image-trees.js';

/** More names than arguments fit on the call stack. */
const MANY = 200_000;

test('a directory of /etc with 200,000 names is compared name by name', () => {
  const entries: Record<string, Entry> = {};
  for (let index = 0; index < MANY; index++) entries[`n${index}`] = file();
  const full = { root: directory({ crowd: directory(entries) }) };
  const empty = { root: directory({ crowd: directory() }) };
  const comparison = new Comparison({ identify: () => 'x', privileged: true });
  const count = (before: Tree, after: Tree): number =>
    atOnce(listChanges(before, after, comparison)).length;
  assert.deepEqual([count(empty, full), count(full, empty), count(full, full)], [MANY, MANY, 0]);
});
