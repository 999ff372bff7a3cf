import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import {
  digestOf,
  encodeDescriptor,
  fileDigest,
} from '../../../../src/formats/fsverity/descriptor.js';
import { MerkleHasher } from '../../../../src/formats/fsverity/merkle.js';
import type { HashAlgorithm } from '../../../../src/util/digest.js';
import { toHex } from '../../../../src/util/bytes.js';

/** Made with fsverity-utils 1.5: `fsverity digest` of a file of zeros. */
const ZERO_FILES: readonly (readonly [size: number, digest: string])[] = [
  [0, '3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95'],
  [1, 'b803429503d95915829b29fdbc8bbad142f3abfd11b1cadf5526582e685c0551'],
  [4096, 'babc284ee4ffe7f449377fbf6692715b43aec7bc39c094a95878904d34bac97e'],
  [4097, '093756e4ea9683329106d4a16982682ed182c14bf076463a9e7f97305cbac743'],
  [524288, '2d15bd7832895de85aa3d5bdfb57251e27bbec75ff467408340ab3eba858a2e1'],
  [524289, 'e4143a5705610b7ad2eb85482cfc033c7062a89b9faf9118603f592d53fd10e0'],
  [67108865, 'be5993679f703697692cc6ce69e480edc9721baff591795438ae8097275c0687'],
];

for (const [size, expected] of ZERO_FILES) {
  test(`a file of ${size} zeros has the digest that fsverity-utils gives, read or skipped as a hole`, () => {
    const hasher = new MerkleHasher('sha256');
    hasher.updateZeros(size);
    assert.equal(fileDigest('sha256', hasher.finish()), expected);
    if (size < 1e6) assert.equal(digestOf(new Uint8Array(size), 'sha256'), expected);
  });
}

/** Between contents, so that a hole may begin and end anywhere in a block and in a level. */
for (const algorithm of ['sha256', 'sha512'] as const) {
  test(`${algorithm}: a hole that is skipped gives the digest of zeros that are read, wherever it begins and ends`, () => {
    const perBlock = algorithm === 'sha256' ? 128 : 64;
    const blocks = [1, 2, perBlock - 1, perBlock, perBlock + 1, perBlock ** 2, perBlock ** 2 + 1];
    for (const before of [0, 1, 4096, 3 * 4096 - 1, perBlock * 4096])
      for (const hole of blocks.flatMap((count) => [
        count * 4096 - 1,
        count * 4096,
        count * 4096 + 7,
      ]))
        for (const after of [0, 5]) {
          // Who collects the tree adds block for block.
          const hashers = [true, false].map(
            (collectTree) => new MerkleHasher(algorithm, { collectTree }),
          );
          const [read, skipped] = hashers.map((hasher) => {
            hasher.update(Buffer.alloc(before, 'x'));
            hasher.updateZeros(hole);
            hasher.update(Buffer.alloc(after, 'x'));
            return fileDigest(algorithm, hasher.finish());
          });
          assert.equal(skipped, read, `${before} bytes, a hole of ${hole}, ${after} bytes`);
        }
  });
}

test('a hole of 4 EiB is hashed at once', () => {
  let root = sha256(new Uint8Array(4096));
  // 2^50 blocks: seven levels of 128, and a block of two.
  for (let level = 0; level < 7; level++)
    root = sha256(Buffer.concat(Array<Uint8Array>(128).fill(root)));
  root = sha256(
    Buffer.concat([Buffer.concat(Array<Uint8Array>(2).fill(root)), Buffer.alloc(4096 - 64)]),
  );
  const hasher = new MerkleHasher('sha256');
  hasher.updateZeros(2 ** 62);
  assert.equal(toHex(hasher.finish().root), toHex(root));
});

test('"hello world" has the digest that fsverity-utils gives', () => {
  assert.equal(
    digestOf(Buffer.from('hello world\n'), 'sha256'),
    '37061ef2ac4c21bec68489b56138c5780306a4ad7fe6676236ecdf2c9027cd92',
  );
});

/** The definition, written naively over @noble/hashes. */
function referenceRoot(content: Uint8Array, algorithm: HashAlgorithm): Uint8Array {
  const h = algorithm === 'sha256' ? sha256 : sha512;
  if (content.length === 0) return new Uint8Array(h.outputLen);
  let level = content;
  do {
    const next: Uint8Array[] = [];
    for (let offset = 0; offset < level.length; offset += 4096) {
      const block = new Uint8Array(4096);
      block.set(level.subarray(offset, offset + 4096));
      next.push(h(block));
    }
    level = Buffer.concat(next);
  } while (level.length > h.outputLen);
  return level;
}

for (const algorithm of ['sha256', 'sha512'] as const) {
  test(`${algorithm} roots equal the definition around block and level edges, in any chunking`, () => {
    const perBlock = algorithm === 'sha256' ? 128 : 64;
    for (const blocks of [
      1,
      2,
      perBlock - 1,
      perBlock,
      perBlock + 1,
      2 * perBlock,
      2 * perBlock + 1,
    ]) {
      for (const delta of [-1, 0, 1]) {
        const content = Buffer.alloc(blocks * 4096 + delta, 'rootseal');
        const hasher = new MerkleHasher(algorithm);
        for (let offset = 0; offset < content.length; offset += 10007) {
          hasher.update(content.subarray(offset, offset + 10007));
        }
        const { root, size } = hasher.finish();
        assert.equal(size, content.length);
        assert.equal(
          toHex(root),
          toHex(referenceRoot(content, algorithm)),
          `${blocks} blocks ${delta}`,
        );
      }
    }
  });
}

test('a collected tree is stored root level first and hashes to the root', () => {
  const content = Buffer.alloc(200 * 4096 + 5, 'x');
  const hasher = new MerkleHasher('sha256', { collectTree: true });
  hasher.update(content);
  const result = hasher.finish();
  const tree = hasher.treeBytes();
  assert.equal(tree.length, 3 * 4096);
  assert.equal(toHex(sha256(tree.subarray(0, 4096))), toHex(result.root));
  assert.equal(toHex(sha256(tree.subarray(4096, 8192))), toHex(tree.subarray(0, 32)));
  assert.equal(encodeDescriptor('sha256', result).length, 256);
});

test('content of at most one block has no tree', () => {
  const hasher = new MerkleHasher('sha256', { collectTree: true });
  hasher.update(Buffer.alloc(4096, 1));
  hasher.finish();
  assert.equal(hasher.treeBytes().length, 0);
});
