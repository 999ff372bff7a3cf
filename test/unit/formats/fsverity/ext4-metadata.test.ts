import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verityMetadata, verityPlace } from '../../../../src/formats/fsverity/ext4-metadata.js';
import { MerkleHasher } from '../../../../src/formats/fsverity/merkle.js';
import type { HashAlgorithm } from '../../../../src/util/digest.js';

const SIZES = [0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 524287, 524288, 524289, 3 << 20];

for (const algorithm of ['sha256', 'sha512'] as const satisfies readonly HashAlgorithm[]) {
  for (const size of SIZES) {
    test(`the metadata of ${size} bytes fills its place with ${algorithm}`, () => {
      const hasher = new MerkleHasher(algorithm, { collectTree: true });
      hasher.update(Buffer.alloc(size, 7));
      const merkle = hasher.finish();
      const metadata = verityMetadata(algorithm, hasher, merkle);
      const { offset, length } = verityPlace(algorithm, size);
      assert.equal(metadata.length, length);
      assert.equal(offset % 65536, 0);
      assert.ok(offset >= size && offset < size + 65536);
      assert.equal(metadata.readUInt32LE(metadata.length - 4), 256);
      assert.equal(metadata.readUInt8(metadata.length - 4096), 1, 'the descriptor begins here');
    });
  }
}
