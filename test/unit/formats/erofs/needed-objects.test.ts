/** What of an image that is not trusted is refused by whoever only looks for its objects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findObjectsInSteps } from '../../../../src/formats/erofs/needed-objects.js';
import { encodeImage } from '../../../../src/formats/erofs/write-image.js';
import type { Entry } from '../../../../src/formats/tree/model.js';
import type { Digest } from '../../../../src/util/digest.js';
import { FormatError } from '../../../../src/util/errors.js';
import { atOnce } from '../../../../src/util/steps.js';
import {
  directory,
  externalFile,
  inlineFile,
  inodeOffset,
  xattrs,
} from '../../../helpers/image-trees.js';

const ONE = '11'.repeat(32) as Digest;
const TWO = '22'.repeat(32) as Digest;

function encode(entries: Record<string, Entry>): Buffer {
  return encodeImage({ root: directory(entries) }, { formatVersion: 1 });
}

function find(image: Uint8Array): Digest[] {
  return [...atOnce(findObjectsInSteps(image))].sort();
}

/** Checks that the image is refused because of `field` after `damage`. */
function refuse(image: Buffer, field: string, damage: (image: Buffer) => void): void {
  const bytes = Buffer.from(image);
  find(bytes);
  damage(bytes);
  assert.throws(
    () => find(bytes),
    (error: unknown) => {
      assert.ok(error instanceof FormatError);
      assert.equal(error.place.field, field, error.message);
      return true;
    },
  );
}

test('objects are found once, wherever they are, and also by an attribute that files share', () => {
  const nested = directory({ x: externalFile(9, TWO), y: inlineFile(3) });
  assert.deepEqual(find(encode({ a: externalFile(9, ONE), d: nested })), [ONE, TWO]);
  assert.deepEqual(find(encode({ a: externalFile(9, ONE), b: externalFile(9, ONE) })), [ONE]);
  assert.deepEqual(find(encode({ a: inlineFile(3) })), []);
});

test('an attribute of the tree that is called like the one with the digest is none', () => {
  const own = xattrs({ 'trusted.overlay.metacopy': 'm', 'user.overlay.metacopy': 'm' });
  assert.deepEqual(find(encode({ x: { ...externalFile(9, ONE), xattrs: own } })), [ONE]);
});

test('attributes that are cut off, lie nowhere or hold no digest are refused', () => {
  const image = encode({ x: externalFile(100, ONE) });
  const area = inodeOffset(image, 'x') + 32;
  refuse(image, 'h_shared_count', (b) => b.writeUInt8(255, area + 4));
  refuse(image, 'e_value_size', (b) => b.writeUInt16LE(0xffff, area + 14));
  refuse(image, 'xattrs', (b) => b.writeUInt8(9, b.indexOf('overlay.metacopy') + 16 + 3));
  refuse(image, 'xattrs', (b) => {
    b.writeUInt8(1, area + 4);
    b.writeUInt32LE(0xffffffff, area + 12);
  });
});

test('directories that lie outside or are none are refused', () => {
  const image = encode({ x: externalFile(100, ONE) });
  const root = image.readUInt16LE(1024 + 14) * 32;
  const block = image.readUInt32LE(root + 16) * 4096;
  refuse(image, 'nid', (b) => b.writeUInt16LE(0xffff, 1024 + 14));
  refuse(image, 'i_mode', (b) => b.writeUInt16LE(0o100644, root + 4));
  refuse(image, 'i_u', (b) => b.writeUInt32LE(0xffffff, root + 16));
  refuse(image, 'dirent', (b) => b.writeUInt16LE(7, block + 8));
  refuse(image, 'nid', (b) => b.writeUInt32LE(0xffffffff, block + 4));
});

test('inodes that overlap are refused before they are read more often than the image is long', () => {
  const image = encode({ d: directory({ x: externalFile(100, ONE) }) });
  // The attributes of a file are said to reach to the end of the image, for each name again.
  refuse(image, 'i_xattr_icount', (b) =>
    b.writeUInt16LE(0xffff, b.indexOf('overlay.metacopy') - 46),
  );
});
