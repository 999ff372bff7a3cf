/** Commits where files can share blocks and have fs-verity too: btrfs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { measureFile } from '../../../../src/repo/verity-file.js';
import { TestRepository } from '../../../helpers/repository.js';

test('objects, sealed as they are, share the blocks of the tree', (t) => {
  const repository = TestRepository.make(t);
  const tree = repository.tree({ large: 'x'.repeat(2_000_000) });
  execFileSync('sync');
  repository.expect(['commit', tree, '-b', 'main']);
  execFileSync('sync');
  const object = repository.objectFile(repository.digestOf('main', '/large'));
  const blocks = firstBlockOf(join(tree, 'large'));
  assert.match(blocks, /^\d+$/);
  assert.equal(firstBlockOf(object), blocks);
  assert.notEqual(measureFile(object), undefined);
  fs.writeFileSync(join(tree, 'large'), 'changed');
  assert.equal(fs.readFileSync(object, 'utf8'), 'x'.repeat(2_000_000));
});

/** Where a file's first block is, as the kernel says (FIEMAP). */
function firstBlockOf(file: string): string {
  const extents = execFileSync('filefrag', ['-v', file], { encoding: 'utf8' });
  return /^ *0: *0\.\. *\d+: *(\d+)\.\./m.exec(extents)?.[1] ?? extents;
}
