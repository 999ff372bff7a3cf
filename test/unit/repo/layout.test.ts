import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageLink, imageLinkTarget, objectFile, refFile } from '../../../src/repo/layout.js';
import { parseDigest } from '../../../src/util/digest.js';

const digest = parseDigest('ab'.padEnd(64, '0'), 'sha256');

test('objects lie in 256 directories, and image links point to them', () => {
  assert.equal(objectFile(digest), `objects/ab/${'0'.repeat(62)}`);
  assert.equal(imageLink(digest), `images/${digest}`);
  assert.equal(imageLinkTarget(digest), `../objects/ab/${'0'.repeat(62)}`);
});

for (const name of ['a', 'debian/trixie/amd64', 'v1.0+2', '_x', 'A-b']) {
  test(`"${name}" is a branch name`, () => {
    assert.equal(refFile('branch', name), `refs/heads/${name}`);
    assert.equal(refFile('tag', name), `refs/tags/${name}`);
  });
}

for (const name of [
  '',
  '.',
  '..',
  'a/../b',
  '/a',
  'a/',
  'a//b',
  '-a',
  '.a',
  'a/.b',
  'a b',
  'ä',
  'a\n',
  'a.lock',
  'x'.repeat(256),
]) {
  test(`${JSON.stringify(name.slice(0, 20))} is refused as a branch name`, () => {
    assert.throws(() => refFile('branch', name), { code: 'USAGE' });
  });
}
