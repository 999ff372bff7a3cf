/** Images of random dumps against the digests that the reference writer's images have (test/vectors/composefs). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseDump } from '../../src/formats/dumpfile/parse-dump.js';
import { encodeImage } from '../../src/formats/erofs/write-image.js';
import { digestOf } from '../../src/formats/fsverity/descriptor.js';

// This file runs from dist/test/golden.
const VECTORS = new URL('../../../test/vectors/composefs/', import.meta.url);
const GENERATOR = fileURLToPath(new URL('gendump.py', VECTORS));

const hasPython = spawnSync('python3', ['-c', '']).status === 0;
const rows = fs
  .readFileSync(new URL('digests.tsv', VECTORS), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t'));

test('there are vectors', () => {
  assert.equal(rows.length, 20);
});

for (const [seed = '', auto, version1, size] of rows) {
  const skip = hasPython ? false : 'python3 is not installed';
  test(`random dump ${seed}: the images are the reference writer's`, { skip }, () => {
    const { stdout } = spawnSync('python3', [GENERATOR, seed], { maxBuffer: 1 << 28 });
    const tree = parseDump(stdout, { algorithm: 'sha256' });
    const image = encodeImage(tree, { formatVersion: 'auto' });
    assert.deepEqual([digestOf(image, 'sha256'), String(image.length)], [auto, size]);
    assert.equal(digestOf(encodeImage(tree, { formatVersion: 1 }), 'sha256'), version1);
  });
}
