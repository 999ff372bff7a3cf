import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { unlessUnreadable } from '../../../../src/repo/packages/summaries.js';
import { FormatError, RootsealError } from '../../../../src/util/errors.js';

test('a deployment does without numbers that cannot be had: a damaged database, no room for a copy of it', async () => {
  for (const fail of [
    () => Promise.reject(new FormatError('dpkg status', 'x')),
    () => fs.promises.mkdtemp('/nowhere/rootseal-rpm-'),
  ])
    assert.equal(await unlessUnreadable<unknown>(fail), undefined);
});

test('what ends the program, and what is wrong with it, is thrown', async () => {
  for (const error of [new RootsealError('INTERRUPTED', 'x'), new TypeError('x')])
    await assert.rejects(
      unlessUnreadable(() => Promise.reject(error)),
      error,
    );
});
