/** Laws of composefs images: reading is the inverse of writing, and no bytes break the reader. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openTree } from '../../src/formats/erofs/lazy-tree.js';
import { findObjectsInSteps } from '../../src/formats/erofs/needed-objects.js';
import { decodeImage } from '../../src/formats/erofs/read-image.js';
import { dropOpaqueMarkers } from '../../src/formats/erofs/overlay.js';
import { encodeImage, type FormatVersion } from '../../src/formats/erofs/write-image.js';
import { canonicalize } from '../../src/formats/tree/canonical.js';
import { isWhiteout, type Directory, type Tree } from '../../src/formats/tree/model.js';
import { objectsOf } from '../../src/formats/tree/tree-objects.js';
import { walk } from '../../src/formats/tree/walk.js';
import { ascii } from '../../src/util/bytes.js';
import type { Digest } from '../../src/util/digest.js';
import { FormatError } from '../../src/util/errors.js';
import { atOnce } from '../../src/util/steps.js';
import { arbitraryTree } from '../helpers/arbitrary-tree.js';

const SEED = 20261123;
const version = fc.constantFrom<FormatVersion>(0, 1);

/** What version 1 adds to a directory with whiteouts stays in its tree. */
function addOpaque(tree: Tree): void {
  const marked = new Set<Directory>();
  for (const { entry, parent } of walk(tree)) {
    if (entry.kind !== 'link' && isWhiteout(entry) && parent !== undefined) marked.add(parent);
  }
  for (const directory of marked) {
    const added = ['trusted.overlay.opaque', 'user.overlay.opaque'].map(
      (key) => [ascii(key), ascii('x')] as const,
    );
    directory.xattrs = new Map([...directory.xattrs, ...added]);
  }
}

test('a tree comes back from its image', () => {
  fc.assert(
    fc.property(arbitraryTree(), version, (tree, formatVersion) => {
      canonicalize(tree);
      const image = encodeImage(tree, { formatVersion });
      const decoded = decodeImage(image);
      if (formatVersion === 1) addOpaque(tree);
      assert.deepEqual(decoded.tree, tree);
      assert.equal(decoded.formatVersion, formatVersion);
      assert.ok(encodeImage(decoded.tree, { formatVersion }).equals(image));
    }),
    { seed: SEED, numRuns: 300 },
  );
});

test('a tree that is not canonical is written too, and not changed by it', () => {
  fc.assert(
    fc.property(arbitraryTree(), (tree) => {
      const before = structuredClone(tree);
      const image = encodeImage(tree, { formatVersion: 'auto' });
      assert.deepEqual(tree, before);
      decodeImage(image);
    }),
    { seed: SEED, numRuns: 100 },
  );
});

interface Mutation {
  readonly at: number;
  readonly value: number;
  readonly width: 1 | 2 | 4;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.oneof(fc.nat(0x4000), fc.integer({ min: 1024, max: 2048 }), fc.nat(0xfffff)),
  value: fc.oneof(
    fc.constantFrom(0, 1, 4, 0x7f, 0xff, 0xffff, 0x8000, 0xffffffff, 0x1000),
    fc.nat(0xffff),
  ),
  width: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
});

function mutate(image: Buffer, mutations: readonly Mutation[]): Buffer {
  const bytes = Buffer.from(image);
  for (const { at, value, width } of mutations) {
    const offset = at % (bytes.length - 4);
    bytes.writeUIntLE(value % 2 ** (8 * width), offset, width);
  }
  return bytes;
}

/** Undefined when the bytes are refused. */
function findObjects(bytes: Uint8Array): Digest[] | undefined {
  try {
    return [...atOnce(findObjectsInSteps(bytes))].sort();
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    return undefined;
  }
}

/** The tree that is read when somebody looks, all of it looked at; undefined when the bytes are refused. */
function lookAtAll(bytes: Uint8Array): Tree | undefined {
  try {
    return structuredClone(openTree(bytes));
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    return undefined;
  }
}

/** In canonical form: which of several names is the primary one depends on the order in which a tree is read. */
function ordered(tree: Tree): Tree {
  dropOpaqueMarkers(tree);
  canonicalize(tree);
  return tree;
}

function decodeOrRefuse(bytes: Uint8Array): Tree | undefined {
  try {
    return decodeImage(bytes).tree;
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    assert.equal(error.format, 'composefs image');
    assert.notEqual(error.place.field, undefined);
    assert.notEqual(error.place.offset, undefined);
    return undefined;
  }
}

test('a damaged image gives a tree or a FormatError', () => {
  const mutations = fc.array(mutation, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(arbitraryTree(), fc.array(mutations, { maxLength: 20 }), (tree, damages) => {
      const image = encodeImage(tree, { formatVersion: 1 });
      for (const damage of damages) {
        const damaged = mutate(image, damage);
        const decoded = decodeOrRefuse(damaged);
        const objects = findObjects(damaged);
        if (decoded === undefined) continue;
        assert.deepEqual(objects, objectsOf(decoded));
        const looked = lookAtAll(damaged);
        assert.ok(looked !== undefined);
        // Whatever is read is a tree that can be walked to its end.
        for (const { path } of walk(decoded)) assert.ok(path.startsWith('/'));
      }
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('the objects of an image are those of its tree', () => {
  fc.assert(
    fc.property(arbitraryTree(), version, (tree, formatVersion) => {
      const image = encodeImage(tree, { formatVersion });
      assert.deepEqual(findObjects(image), objectsOf(decodeImage(image).tree));
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('a tree that is read when somebody looks is the tree of the image', () => {
  fc.assert(
    fc.property(arbitraryTree(), version, (tree, formatVersion) => {
      canonicalize(tree);
      const image = encodeImage(tree, { formatVersion });
      const looked = lookAtAll(image);
      assert.ok(looked !== undefined);
      assert.deepEqual(ordered(looked), ordered(decodeImage(image).tree));
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('a shortened image is refused', () => {
  fc.assert(
    fc.property(arbitraryTree(), fc.nat(), (tree, cut) => {
      const image = encodeImage(tree, { formatVersion: 0 });
      const cutOff = image.subarray(0, cut % image.length);
      assert.equal(decodeOrRefuse(cutOff), undefined);
      assert.equal(findObjects(cutOff), undefined);
      assert.equal(lookAtAll(cutOff), undefined);
    }),
    { seed: SEED, numRuns: 100 },
  );
});

test('bytes that are not an image are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9000 }), (bytes) => {
      assert.equal(decodeOrRefuse(bytes), undefined);
      assert.equal(findObjects(bytes), undefined);
    }),
    { seed: SEED, numRuns: 100 },
  );
});
