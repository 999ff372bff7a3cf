/** An ext4 file system in a file, read and mended inode by inode. */
import fs from 'node:fs';
import {
  EXT4_MAX_EXTENT_DEPTH,
  initializeExtents,
  parseExtentNode,
  updateExtentChecksum,
  type Extent,
} from '../formats/ext4/extents.js';
import {
  I_BLOCK_OFFSET,
  I_BLOCK_SIZE,
  inodeChecksumSeed,
  parseInode,
  setModificationTime,
  updateInodeChecksum,
  type InodeFields,
} from '../formats/ext4/inode.js';
import {
  inodeTableOf,
  parseSuperblock,
  SUPERBLOCK_OFFSET,
  SUPERBLOCK_SIZE,
  type Superblock,
} from '../formats/ext4/superblock.js';
import { FormatError } from '../util/errors.js';

export class Ext4Image {
  readonly superblock: Superblock;
  private readonly fd: number;
  private readonly start: number;
  private readonly tables = new Map<number, number>();

  /**
   * @param fd a file that the caller closes
   * @param start where the file system begins in it, in bytes
   */
  constructor(fd: number, start: number) {
    this.fd = fd;
    this.start = start;
    this.superblock = parseSuperblock(this.read(SUPERBLOCK_OFFSET, SUPERBLOCK_SIZE));
  }

  /** @throws {FormatError} when there is no such inode */
  readInode(ino: number): InodeFields {
    return parseInode(this.inodeBytes(ino));
  }

  /** Where a file's blocks lie, in order. */
  readExtents(ino: number): Extent[] {
    const extents: Extent[] = [];
    this.visitExtents(ino, false, extents);
    return extents;
  }

  /** As `readExtents`, and from now on the blocks count as written. */
  initializeExtents(ino: number): Extent[] {
    const extents: Extent[] = [];
    this.visitExtents(ino, true, extents);
    return extents;
  }

  /** @param seconds since 1970, within what ext4 can hold */
  setModificationTime(ino: number, seconds: number): void {
    const bytes = this.inodeBytes(ino);
    setModificationTime(bytes, seconds);
    this.writeInode(ino, bytes);
  }

  readBlock(block: number): Buffer {
    return this.read(block * this.superblock.blockSize, this.superblock.blockSize);
  }

  /** Writes `bytes` from the start of a block on. */
  writeBlocks(block: number, bytes: Buffer): void {
    this.write(block * this.superblock.blockSize, bytes);
  }

  private visitExtents(ino: number, initialize: boolean, extents: Extent[]): void {
    const bytes = this.inodeBytes(ino);
    const seed = this.checksumSeed(ino, bytes);
    const root = bytes.subarray(I_BLOCK_OFFSET, I_BLOCK_OFFSET + I_BLOCK_SIZE);
    const node = parseExtentNode(root);
    if ('extents' in node) {
      for (const extent of node.extents) extents.push(extent);
      if (!initialize) return;
      initializeExtents(root);
      this.writeInode(ino, bytes);
      return;
    }
    for (const child of node.children)
      this.visitNode({ block: child, depth: 1 }, { initialize, seed }, extents);
  }

  private visitNode(
    { block, depth }: { readonly block: number; readonly depth: number },
    how: { readonly initialize: boolean; readonly seed: number | undefined },
    extents: Extent[],
  ): void {
    if (depth > EXT4_MAX_EXTENT_DEPTH) throw new FormatError('ext4', 'an extent tree too deep');
    const bytes = this.readBlock(block);
    const node = parseExtentNode(bytes);
    if (!('extents' in node)) {
      for (const child of node.children)
        this.visitNode({ block: child, depth: depth + 1 }, how, extents);
      return;
    }
    for (const extent of node.extents) extents.push(extent);
    if (!how.initialize) return;
    initializeExtents(bytes);
    if (how.seed !== undefined) updateExtentChecksum(bytes, how.seed);
    this.writeBlocks(block, bytes);
  }

  private writeInode(ino: number, bytes: Buffer): void {
    const seed = this.checksumSeed(ino, bytes);
    if (seed !== undefined) updateInodeChecksum(bytes, seed);
    this.write(this.inodeOffset(ino), bytes);
  }

  private checksumSeed(ino: number, bytes: Buffer): number | undefined {
    const { checksumSeed } = this.superblock;
    if (checksumSeed === undefined) return undefined;
    return inodeChecksumSeed(checksumSeed, ino, parseInode(bytes).generation);
  }

  private inodeBytes(ino: number): Buffer {
    return this.read(this.inodeOffset(ino), this.superblock.inodeSize);
  }

  private inodeOffset(ino: number): number {
    const { inodes, inodesPerGroup, inodeSize, blockSize } = this.superblock;
    if (ino < 1 || ino > inodes) throw new FormatError('ext4', `there is no inode ${ino}`);
    const group = Math.floor((ino - 1) / inodesPerGroup);
    return this.inodeTable(group) * blockSize + ((ino - 1) % inodesPerGroup) * inodeSize;
  }

  private inodeTable(group: number): number {
    const known = this.tables.get(group);
    if (known !== undefined) return known;
    const { descriptorBlock, descriptorSize, blockSize } = this.superblock;
    const at = descriptorBlock * blockSize + group * descriptorSize;
    const table = inodeTableOf(this.read(at, descriptorSize));
    this.tables.set(group, table);
    return table;
  }

  private read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    const count = fs.readSync(this.fd, bytes, 0, length, this.start + offset);
    if (count < length) throw new FormatError('ext4', 'the file system is cut short', { offset });
    return bytes;
  }

  private write(offset: number, bytes: Buffer): void {
    for (let done = 0; done < bytes.length;)
      done += fs.writeSync(this.fd, bytes, done, bytes.length - done, this.start + offset + done);
  }
}
