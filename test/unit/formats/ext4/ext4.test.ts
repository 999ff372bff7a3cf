import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from '../../../../src/formats/ext4/crc32c.js';
import {
  directoryEntries,
  directoryEntrySize,
} from '../../../../src/formats/ext4/directory-entries.js';
import { initializeExtents, parseExtentNode } from '../../../../src/formats/ext4/extents.js';
import {
  EXT4_TIMESTAMP_MAX,
  EXT4_TIMESTAMP_MIN,
  parseInode,
  setModificationTime,
} from '../../../../src/formats/ext4/inode.js';
import { parseSuperblock } from '../../../../src/formats/ext4/superblock.js';
import { FormatError } from '../../../../src/util/errors.js';

test('the checksum is CRC-32C without the final inversion', () => {
  // RFC 3720 appendix B.4: 32 bytes of zeros have the CRC aa 36 91 8a.
  assert.equal(~crc32c(0xffffffff, Buffer.alloc(32)) >>> 0, 0x8a9136aa);
  assert.equal(~crc32c(0xffffffff, Buffer.from('123456789')) >>> 0, 0xe3069283);
  const half = crc32c(0xffffffff, Buffer.from('1234'));
  assert.equal(~crc32c(half, Buffer.from('56789')) >>> 0, 0xe3069283);
});

function extentNode(depth: number, entries: readonly (readonly number[])[]): Buffer {
  const bytes = Buffer.alloc(60);
  bytes.writeUInt16LE(0xf30a, 0);
  bytes.writeUInt16LE(entries.length, 2);
  bytes.writeUInt16LE(4, 4);
  bytes.writeUInt16LE(depth, 6);
  for (const [index, [logical = 0, length = 0, physical = 0]] of entries.entries()) {
    const at = 12 + 12 * index;
    bytes.writeUInt32LE(logical, at);
    bytes.writeUInt16LE(length, at + 4);
    bytes.writeUInt32LE(physical, at + 8);
  }
  return bytes;
}

test('reserved extents have the length that they will have when they are written', () => {
  const node = extentNode(0, [
    [0, 0x8000 + 10, 100],
    [16, 0x8000, 200],
    [40_000, 1, 300],
  ]);
  const expected = {
    depth: 0,
    extents: [
      { logical: 0, physical: 100, length: 10 },
      // 32768 is the longest written extent, and no reserved one.
      { logical: 16, physical: 200, length: 0x8000 },
      { logical: 40_000, physical: 300, length: 1 },
    ],
  };
  assert.deepEqual(parseExtentNode(node), expected);
  initializeExtents(node);
  assert.deepEqual(parseExtentNode(node), expected);
  assert.equal(node.readUInt16LE(12 + 4), 10);
});

test('an extent node that cannot be one is refused', () => {
  assert.throws(() => parseExtentNode(Buffer.alloc(60)), FormatError);
  assert.throws(() => parseExtentNode(extentNode(6, [])), FormatError);
  const long = extentNode(0, []);
  long.writeUInt16LE(5, 2);
  assert.throws(() => parseExtentNode(long), FormatError);
});

test('owners, sizes and times have their upper halves', () => {
  const bytes = Buffer.alloc(256);
  bytes.writeUInt16LE(0o100644, 0);
  bytes.writeUInt16LE(1, 0x02);
  bytes.writeUInt16LE(2, 0x78);
  bytes.writeUInt16LE(3, 0x18);
  bytes.writeUInt16LE(4, 0x7a);
  bytes.writeUInt32LE(5, 0x04);
  bytes.writeUInt32LE(6, 0x6c);
  bytes.writeInt32LE(-7, 0x10);
  bytes.writeUInt32LE(1, 0x88);
  const { mode, uid, gid, size, mtimeSec } = parseInode(bytes);
  assert.deepEqual(
    [mode, uid, gid, size, mtimeSec],
    [0o100644, 0x20001, 0x40003, 6 * 2 ** 32 + 5, 2 ** 32 - 7],
  );
});

test('every time that ext4 can hold is read as it was set', () => {
  for (const time of [
    EXT4_TIMESTAMP_MIN,
    -1,
    0,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    EXT4_TIMESTAMP_MAX,
  ]) {
    const bytes = Buffer.alloc(256);
    setModificationTime(bytes, time);
    assert.equal(parseInode(bytes).mtimeSec, time);
  }
});

test('the names of a directory block are found, and a broken block is refused', () => {
  const block = Buffer.alloc(64);
  block.writeUInt32LE(12, 0);
  block.writeUInt16LE(directoryEntrySize(3), 4);
  block.writeUInt8(3, 6);
  block.write('a\xffb', 8, 'latin1');
  block.writeUInt16LE(64 - 12, 16);
  assert.deepEqual([...directoryEntries(block)], [{ name: 'a\xffb', ino: 12 }]);
  block.writeUInt16LE(64, 16);
  assert.throws(() => [...directoryEntries(block)], FormatError);
  block.writeUInt16LE(0, 16);
  assert.throws(() => [...directoryEntries(block)], FormatError);
});

test('anything but a superblock is refused', () => {
  assert.throws(() => parseSuperblock(Buffer.alloc(1024)), FormatError);
  assert.throws(() => parseSuperblock(Buffer.alloc(100)), FormatError);
});
