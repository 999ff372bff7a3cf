/** What somebody may not read is told with whose it is. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { asNobody, reasonForNoNobody } from '../helpers/nobody.js';
import { TestRepository } from '../helpers/repository.js';

const skip = reasonForNoNobody();

test('a directory that only its owner may enter is named, with owner and mode', { skip }, (t) => {
  const repository = TestRepository.make(t);
  fs.chmodSync(repository.scratch, 0o755);
  const words = ['log', 'main', '--repo', repository.path];
  const { status, stderr } = repository.call(words, { through: asNobody(t) });
  assert.equal(stderr, `error: ${repository.path}: permission denied (owned by root, mode 0700)\n`);
  assert.equal(status, 1);
});
