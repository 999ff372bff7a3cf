import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Image } from '../../../../src/formats/erofs/image.js';
import { decodeImage } from '../../../../src/formats/erofs/read-image.js';
import { encodeImage } from '../../../../src/formats/erofs/write-image.js';
import { inodeOf, type Entry, type Tree } from '../../../../src/formats/tree/model.js';
import { objectsOf } from '../../../../src/formats/tree/tree-objects.js';
import { lookup } from '../../../../src/formats/tree/walk.js';
import { ascii } from '../../../../src/util/bytes.js';
import type { Digest } from '../../../../src/util/digest.js';
import { FormatError } from '../../../../src/util/errors.js';
import {
  device,
  directory,
  externalFile,
  file,
  inlineFile,
  inodeOffset,
  rootEntries,
  symlink,
  xattrs,
} from '../../../helpers/image-trees.js';

function encode(entries: Record<string, Entry>): Buffer {
  return encodeImage({ root: directory(entries) }, { formatVersion: 0 });
}

function roundTrip(entries: Record<string, Entry>): Tree {
  return decodeImage(encode(entries)).tree;
}

/** Checks that the image is refused because of `field` after `damage`. */
function refuse(image: Buffer, field: string, damage: (image: Buffer) => void): void {
  const bytes = Buffer.from(image);
  decodeImage(bytes);
  damage(bytes);
  assert.throws(
    () => decodeImage(bytes),
    (error: unknown) => {
      assert.ok(error instanceof FormatError);
      assert.equal(error.place.field, field, error.message);
      assert.equal(typeof error.place.offset, 'number');
      return true;
    },
  );
}

test('stubs are not part of the tree', () => {
  assert.deepEqual([...roundTrip({ ab: file() }).root.children.keys()], ['ab']);
});

test('whiteouts come back as whiteouts, without their markers', () => {
  const tree = roundTrip({ d: directory({ x: device(0) }) });
  const whiteout = lookup(tree, ascii('/d/x'));
  assert.deepEqual(whiteout, device(0));
  assert.equal(inodeOf(lookup(tree, ascii('/d'))!).xattrs.size, 0);
});

test('overlayfs attributes of the tree come back under their own names', () => {
  const own = xattrs({ 'trusted.overlay.metacopy': 'm', 'trusted.overlay.overlay.x': 'y' });
  const tree = roundTrip({ x: { ...externalFile(10), xattrs: own } });
  assert.deepEqual(inodeOf(lookup(tree, ascii('/x'))!).xattrs, own);
});

test('the first name in depth-first order is the primary one', () => {
  const target = inlineFile(3);
  const tree = roundTrip({ a: directory({ z: { kind: 'link', target } }), b: target });
  assert.equal(lookup(tree, ascii('/a/z'))?.kind, 'file');
  assert.equal(lookup(tree, ascii('/b'))?.kind, 'link');
});

test('inline content is a copy', () => {
  const image = encode({ x: inlineFile(3) });
  const { tree } = decodeImage(image);
  image.fill(0);
  const decoded = lookup(tree, ascii('/x'));
  assert.ok(decoded?.kind === 'file');
  assert.deepEqual(decoded.inline, Uint8Array.from([0x61, 0x61, 0x61]));
});

test('a digest of SHA-512 comes back', () => {
  const digest = 'cd'.repeat(64) as Digest;
  assert.deepEqual(objectsOf(roundTrip({ x: externalFile(100, digest) })), [digest]);
});

test('objects are listed once and in order', () => {
  const [one, two] = ['11'.repeat(32) as Digest, '22'.repeat(32) as Digest];
  const tree = roundTrip({
    a: externalFile(9, two),
    b: externalFile(9, one),
    c: externalFile(8, two),
  });
  assert.deepEqual(objectsOf(tree), [one, two]);
});

test('a directory nested 3000 deep is read', () => {
  let inner = directory();
  for (let i = 0; i < 3000; i++) inner = directory({ d: inner });
  const image = encodeImage({ root: inner }, { formatVersion: 1 });
  assert.ok(encodeImage(decodeImage(image).tree, { formatVersion: 1 }).equals(image));
});

test('headers that are not those of a composefs image are refused', () => {
  const image = encode({});
  refuse(image, 'magic', (b) => b.writeUInt8(0, 0));
  refuse(image, 'version', (b) => b.writeUInt8(2, 4));
  refuse(image, 'flags', (b) => b.writeUInt8(2, 8));
  refuse(image, 'composefs_version', (b) => b.writeUInt8(2, 12));
  refuse(image, 'magic', (b) => b.writeUInt8(0, 1024));
  refuse(image, 'feature_compat', (b) => b.writeUInt8(2, 1024 + 8));
  refuse(image, 'blkszbits', (b) => b.writeUInt8(9, 1024 + 12));
  refuse(image, 'sb_extslots', (b) => b.writeUInt8(1, 1024 + 13));
  refuse(image, 'blocks', (b) => b.writeUInt8(9, 1024 + 36));
  refuse(image, 'feature_incompat', (b) => b.writeUInt8(4, 1024 + 80));
  refuse(image, 'build_time', (b) => b.writeUInt32LE(1_000_000_000, 1024 + 32));
  refuse(image, 'nid', (b) => b.writeUInt16LE(0xffff, 1024 + 14));
});

test('inodes with impossible fields are refused', () => {
  const image = encode({
    x: inlineFile(3),
    l: symlink(3),
    s: { ...file(), xattrs: xattrs({ 'user.a': 'b' }) },
  });
  const x = inodeOffset(image, 'x');
  refuse(image, 'i_format', (b) => b.writeUInt16LE(3 << 1, x));
  refuse(image, 'i_format', (b) => b.writeUInt16LE(8 << 1, x));
  refuse(image, 'i_mode', (b) => b.writeUInt16LE(0o644, x + 4));
  refuse(image, 'i_size', (b) => b.writeUInt32LE(5001, x + 8));
  refuse(image, 'i_size', (b) => b.writeUInt32LE(4095, inodeOffset(b, 'l') + 8));
  refuse(image, 'i_xattr_icount', (b) => b.writeUInt16LE(0xffff, inodeOffset(b, 's') + 2));
});

test('attribute areas with impossible fields are refused', () => {
  const image = encode({ x: { ...file(), xattrs: xattrs({ 'user.a': 'b' }) } });
  const area = inodeOffset(image, 'x') + 32;
  refuse(image, 'h_name_filter', (b) => b.writeUInt32LE(0xffffffff, area));
  refuse(image, 'h_shared_count', (b) => b.writeUInt8(3, area + 4));
  refuse(image, 'h_shared_xattrs', (b) => {
    b.writeUInt8(1, area + 4);
    b.writeUInt32LE(0xffffffff, area + 12);
  });
  refuse(image, 'e_name_index', (b) => b.writeUInt8(99, area + 13));
  refuse(image, 'e_value_size', (b) => b.writeUInt16LE(9, area + 14));
});

test('an image that overlayfs would show otherwise is refused', () => {
  const image = encode({ x: externalFile(100), y: inlineFile(5) });
  const rename = (from: string, to: string) => (b: Buffer) =>
    b.write(to, b.indexOf(from), 'latin1');
  refuse(image, 'h_name_filter', rename('overlay.metacopy', 'overlay.meta_opy'));
  refuse(image, 'xattrs', (b) => b.writeUInt8(9, b.indexOf('overlay.metacopy') + 16 + 3));
  refuse(image, 'xattrs', (b) => b.write('x', b.indexOf('overlay.redirect') + 16, 'latin1'));
  refuse(image, 'xattrs', (b) => b.writeUInt8(0, b.indexOf('overlay.redirect') + 16 + 3));
  refuse(image, 'i_u', (b) => {
    const x = inodeOffset(b, 'x');
    b.writeUInt8(7, x + 32 + 12 + (b.readUInt16LE(x + 2) - 1) * 4);
  });
  refuse(image, 'xattrs', (b) => b.write('x', b.indexOf('overlay.opaque') + 14, 'latin1'));
});

test('directories with impossible entries are refused', () => {
  const image = encode({ aaa: directory(), bbb: inlineFile(3) });
  const at = (b: Buffer, name: string) => {
    const block = b.readUInt32LE(b.readUInt16LE(1024 + 14) * 32 + 16) * 4096;
    return block + rootEntries(b).findIndex((entry) => entry.name === name) * 12;
  };
  const rename = (to: string) => (b: Buffer) => b.write(to, b.indexOf('bbb'), 'latin1');
  refuse(image, 'file_type', (b) => b.writeUInt8(2, at(b, 'bbb') + 10));
  refuse(image, 'nid', (b) => b.writeUInt32LE(0xffffff, at(b, 'bbb')));
  refuse(image, 'nid', (b) => b.writeUInt32LE(0xffffffff, at(b, 'bbb') + 4));
  refuse(image, 'dirent', (b) => b.writeUInt16LE(0xffff, at(b, 'bbb') + 8));
  refuse(image, 'dirent', rename('aaa'));
  refuse(image, 'dirent', rename('b/b'));
  refuse(image, 'dirent', rename('000'));
  refuse(image, 'dirent', (b) => b.writeUInt32LE(1, at(b, '..')));
});

test('a directory with two names is refused', () => {
  const image = encode({ aaa: directory(), bbb: directory() });
  const block = image.readUInt32LE(image.readUInt16LE(1024 + 14) * 32 + 16) * 4096;
  const index = (name: string) => rootEntries(image).findIndex((entry) => entry.name === name);
  refuse(image, 'nid', (b) =>
    b.copyWithin(
      block + index('bbb') * 12,
      block + index('aaa') * 12,
      block + index('aaa') * 12 + 4,
    ),
  );
});

test('no more is read than the image has bytes', () => {
  const image = new Image(encode({}));
  image.claim(0, image.bytes.length, 'test');
  assert.throws(() => {
    image.claim(0, 1, 'test');
  }, /overlap/);
});
