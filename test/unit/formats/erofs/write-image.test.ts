import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  COMPOSEFS_HEADER,
  EROFS_INODE_COMPACT,
  EROFS_INODE_EXTENDED,
  EROFS_SUPER_BLOCK,
} from '../../../../src/formats/erofs/structures.js';
import { encodeImage } from '../../../../src/formats/erofs/write-image.js';
import { digestOf } from '../../../../src/formats/fsverity/descriptor.js';
import type { Entry, Tree } from '../../../../src/formats/tree/model.js';
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

function encode(entries: Record<string, Entry>, formatVersion: 0 | 1 | 'auto' = 0): Buffer {
  return encodeImage({ root: directory(entries) }, { formatVersion });
}

test('the empty tree gives the known smallest images', () => {
  const tree: Tree = { root: directory() };
  const image = encodeImage(tree, { formatVersion: 'auto' });
  assert.equal(image.length, 16384);
  assert.equal(
    createHash('sha256').update(image).digest('hex'),
    'c3dc5b0fc4afb0693a95e017fe5815e1f88f204d485df617541b5ea659aefb8b',
  );
  assert.equal(
    digestOf(image, 'sha256'),
    '8f589e8f57ecb88823736b0d857ddca1e1068a23e264fad164b28f7038eb3682',
  );
  assert.equal(
    digestOf(encodeImage(tree, { formatVersion: 1 }), 'sha256'),
    '14a26c957c84f6eb774b91205476adc13196c7c33b9dd97d08d43725ecb90b63',
  );
});

test('a whiteout raises the automatic version to 1', () => {
  const versionOf = (image: Buffer) => COMPOSEFS_HEADER.read(image, 0).composefs_version;
  assert.equal(versionOf(encode({ a: file() }, 'auto')), 0);
  assert.equal(versionOf(encode({ a: device(5) }, 'auto')), 0);
  assert.equal(versionOf(encode({ a: device(0) }, 'auto')), 1);
  assert.equal(versionOf(encode({ a: device(0) }, 0)), 0);
});

test('the root has 256 stubs, less those whose names are taken', () => {
  const inos = (image: Buffer) => EROFS_SUPER_BLOCK.read(image, 1024).inos;
  assert.equal(inos(encode({})), 257);
  assert.equal(inos(encode({ '00': file(), zz: file() })), 258);
  const types = new Map(rootEntries(encode({ '00': file() })).map((e) => [e.name, e.fileType]));
  assert.equal(types.get(ascii('00')), 1);
  assert.equal(types.get(ascii('01')), 3);
});

test('a whiteout of the tree is shown as a regular file', () => {
  const image = encode({ x: device(0) });
  assert.equal(rootEntries(image).find((entry) => entry.name === 'x')?.fileType, 1);
  const inode = EROFS_INODE_COMPACT.read(image, inodeOffset(image, 'x'));
  assert.equal(inode.i_mode, 0o100644);
  assert.ok(image.includes('overlay.overlay.whiteout'));
  assert.ok(!image.includes('overlay.overlay.opaque'));
  assert.ok(encode({ x: device(0) }, 1).includes('overlay.overlay.opaque'));
});

test('an inode is extended when the compact form cannot hold it', () => {
  const isExtended = (changes: object) => {
    const image = encode({ x: { ...file(), ...changes } });
    return (image.readUInt16LE(inodeOffset(image, 'x')) & 1) === 1;
  };
  assert.equal(isExtended({}), false);
  assert.equal(isExtended({ uid: 0xffff, gid: 0xffff, nlink: 0xffff }), false);
  assert.equal(isExtended({ uid: 0x10000 }), true);
  assert.equal(isExtended({ gid: 0x10000 }), true);
  assert.equal(isExtended({ nlink: 0x10000 }), true);
  assert.equal(isExtended({ mtimeSec: 1 }), true);
  assert.equal(isExtended({ mtimeNsec: 1 }), true);
  assert.equal(isExtended({ size: 2 ** 32 - 1 }), false);
  assert.equal(isExtended({ size: 2 ** 32 }), true);
});

test('times before 1970 are kept and are the earliest', () => {
  const old = { ...file(), mtimeSec: -5, mtimeNsec: 7 };
  const image = encode({ old, young: { ...file(), mtimeSec: -1 } });
  const block = EROFS_SUPER_BLOCK.read(image, 1024);
  assert.deepEqual([block.build_time, block.build_time_nsec], [-5, 7]);
  const young = EROFS_INODE_EXTENDED.read(image, inodeOffset(image, 'young'));
  assert.deepEqual([young.i_mtime, young.i_mtime_nsec], [-1, 0]);
});

test('inline content lies behind its inode, in a block, or in both', () => {
  const layoutAndBlocks = (length: number) => {
    const image = encode({ x: inlineFile(length) });
    const inode = EROFS_INODE_COMPACT.read(image, inodeOffset(image, 'x'));
    return [inode.i_format >> 1, inode.i_u > 0];
  };
  assert.deepEqual(layoutAndBlocks(1), [2, false]);
  assert.deepEqual(layoutAndBlocks(2048), [2, false]);
  assert.deepEqual(layoutAndBlocks(2049), [0, true]);
  assert.deepEqual(layoutAndBlocks(4096), [0, true]);
  assert.deepEqual(layoutAndBlocks(4097), [2, true]);
  assert.deepEqual(layoutAndBlocks(5000), [2, true]);
});

test('a symlink target moves to a block when it fills one with its inode', () => {
  const layout = (length: number) => {
    const image = encode({ x: symlink(length) });
    return EROFS_INODE_COMPACT.read(image, inodeOffset(image, 'x')).i_format >> 1;
  };
  assert.equal(layout(4096 - 32 - 1), 2);
  assert.equal(layout(4096 - 32), 0);
});

test('an external file names its digest with the algorithm of its length', () => {
  const metacopy = (digest: string) => {
    const image = encode({ x: externalFile(100, digest as Digest) });
    const value = image.indexOf('overlay.metacopy') + 'overlay.metacopy'.length;
    const size = image.readUInt8(value + 1);
    return image.subarray(value, value + size).toString('hex');
  };
  assert.equal(metacopy('12'.repeat(32)), `00240001${'12'.repeat(32)}`);
  assert.equal(metacopy('34'.repeat(64)), `00440002${'34'.repeat(64)}`);
});

test('POSIX ACLs set the flag that keeps the kernel from ignoring them', () => {
  const flags = (key: string) =>
    COMPOSEFS_HEADER.read(encode({ x: { ...file(), xattrs: xattrs({ [key]: 'v' }) } }), 0).flags;
  assert.equal(flags('system.posix_acl_access'), 1);
  assert.equal(flags('system.posix_acl_default'), 1);
  assert.equal(flags('system.posix_acl_accessory'), 0);
});

test('the image holds no more than the numbers of its fields', () => {
  const refuse = (entry: Entry, field: string) => {
    assert.throws(
      () => encode({ etc: directory({ 'the file': entry }) }),
      (error: unknown) => {
        assert.ok(error instanceof FormatError);
        assert.equal(error.place.field, field);
        assert.match(error.message, /\/etc\/the file/);
        return true;
      },
    );
  };
  refuse(file({ mode: 0o10000 }), 'mode');
  refuse(file({ uid: -1 }), 'uid');
  refuse(file({ gid: 2 ** 32 }), 'gid');
  refuse(file({ nlink: 1.5 }), 'nlink');
  refuse(file({ mtimeSec: 2 ** 60 }), 'mtime');
  refuse(file({ mtimeNsec: 1_000_000_000 }), 'mtime');
  refuse(file({ size: 2 ** 53 }), 'size');
  refuse(file({ size: -1 }), 'size');
  refuse(file({ size: 3, inline: new Uint8Array(4) }), 'size');
  refuse(inlineFile(5001), 'content');
  refuse(file({ size: 9, digest: 'AB'.repeat(32) as Digest }), 'digest');
  refuse(file({ size: 9, digest: 'ab' as Digest }), 'digest');
  refuse(file({ size: 9, payload: ascii('p'.repeat(4096)) }), 'payload');
  refuse(file({ size: 9, payload: ascii('a\0b') }), 'payload');
  refuse(symlink(0), 'target');
  refuse(symlink(4096), 'target');
  refuse(device(2 ** 32), 'rdev');
  refuse(file({ xattrs: xattrs({ '': 'v' }) }), 'xattrs');
  refuse(file({ xattrs: xattrs({ ['user.'.padEnd(256, 'k')]: 'v' }) }), 'xattrs');
  refuse(file({ xattrs: xattrs({ 'user.a\0': 'v' }) }), 'xattrs');
  refuse(file({ xattrs: xattrs({ 'user.a': 'v'.repeat(65536) }) }), 'xattrs');
});

test('the attributes of an inode may have 32767 bytes as the reference counts them', () => {
  const withValue = (length: number) =>
    encode({ x: file({ xattrs: xattrs({ 'user.a': 'v'.repeat(length) }) }) });
  const most = 32767 - 12 - 7 - 'user.a'.length;
  assert.ok(withValue(most).length > 0);
  assert.throws(() => withValue(most + 1), { name: 'FormatError' });
});

test('a long value in the place of a whiteout marker is refused', () => {
  const marked = { ...device(0), xattrs: xattrs({ 'user.overlay.whiteout': 'v'.repeat(100) }) };
  assert.throws(() => encode({ x: marked }), { name: 'FormatError' });
});

test('bad names are refused', () => {
  for (const name of ['', '.', '..', 'a/b', 'a\0', 'n'.repeat(256)]) {
    assert.throws(() => encode({ [name]: file() }), { name: 'FormatError' }, JSON.stringify(name));
  }
});

test('a link to an inode that has no name is refused', () => {
  assert.throws(() => encode({ x: { kind: 'link', target: file() } }), { name: 'FormatError' });
});

test('links lead to the inode of their primary name', () => {
  const target = inlineFile(3);
  const image = encode({ a: { kind: 'link', target }, b: target });
  assert.equal(inodeOffset(image, 'a'), inodeOffset(image, 'b'));
});
