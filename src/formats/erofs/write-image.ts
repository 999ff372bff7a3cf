/**
 * The composefs image writer: byte for byte what libcomposefs 1.0.8 makes of the same tree.
 *
 * The plan says where everything goes; this pass fills a buffer of exactly the planned size.
 */
import { constants } from 'node:buffer';
import { itemAt } from '../../util/checks.js';
import { FormatError } from '../../util/errors.js';
import { atOnce, type Steps } from '../../util/steps.js';
import type { Tree } from '../tree/model.js';
import { isExternal } from './attribute-sets.js';
import { writeDirectory } from './dirent.js';
import {
  chunking,
  COMPOSEFS_HEADER,
  EROFS_BLKSIZ,
  EROFS_BLKSIZ_BITS,
  EROFS_FEATURE_COMPAT_MTIME,
  EROFS_FEATURE_COMPAT_XATTR_FILTER,
  EROFS_INODE_CHUNK_BASED,
  EROFS_INODE_COMPACT,
  EROFS_INODE_EXTENDED,
  EROFS_INODE_FLAT_INLINE,
  EROFS_INODE_FLAT_PLAIN,
  EROFS_SLOTSIZE,
  EROFS_SUPER_BLOCK,
  EROFS_SUPER_MAGIC_V1,
  EROFS_SUPER_OFFSET,
  FORMAT,
  LCFS_EROFS_FLAGS_HAS_ACL,
  LCFS_EROFS_MAGIC,
  LCFS_EROFS_VERSION,
  S_IFMT_OF_FT,
  type FormatVersion,
} from './structures.js';
import { childIndices, directoryAt, INODES_A_STEP } from './order.js';
import { planImage, type Plan } from './place-inodes.js';
import { areaCount, areaSize, writeArea, writeEntry } from './image-xattrs.js';

export type { FormatVersion } from './structures.js';

export interface ImageOptions {
  /** `auto` is 0, and 1 for a tree with whiteouts. */
  readonly formatVersion: FormatVersion | 'auto';
}

/**
 * The image of a tree. Hard links are written as they are in the tree: the primary name decides where the inode
 * lies, so only canonical trees with the same content give the same bytes. The tree is not changed.
 * @throws {FormatError} when the tree holds something that an image cannot; it names the path and the field
 */
export function encodeImage(tree: Tree, options: ImageOptions): Buffer {
  return atOnce(encodeInSteps(tree, options));
}

/** `encodeImage` for whoever cannot wait for a large one: a step is some hundred inodes. */
export function* encodeInSteps(tree: Tree, options: ImageOptions): Steps<Buffer> {
  const plan = yield* planImage(tree, options.formatVersion);
  if (plan.size > constants.MAX_LENGTH) {
    throw new FormatError(FORMAT, `an image of ${plan.size} bytes is too large`);
  }
  const out = Buffer.alloc(plan.size);
  writeHeaders(out, plan);
  let block = plan.dataStart / EROFS_BLKSIZ;
  for (let index = 0; index < plan.order.inodes.length; index++) {
    if (index % INODES_A_STEP === 0) yield;
    writeInode(out, plan, index, block);
    block += itemAt(plan.blocks, index);
  }
  let offset = plan.inodesEnd;
  for (const attribute of plan.attributes.shared) offset = writeEntry(out, offset, attribute);
  return out;
}

function writeHeaders(out: Buffer, plan: Plan): void {
  COMPOSEFS_HEADER.write(out, 0, {
    magic: LCFS_EROFS_MAGIC,
    version: LCFS_EROFS_VERSION,
    flags: plan.attributes.hasAcl ? LCFS_EROFS_FLAGS_HAS_ACL : 0,
    composefs_version: plan.version,
  });
  EROFS_SUPER_BLOCK.write(out, EROFS_SUPER_OFFSET, {
    magic: EROFS_SUPER_MAGIC_V1,
    feature_compat: EROFS_FEATURE_COMPAT_MTIME | EROFS_FEATURE_COMPAT_XATTR_FILTER,
    blkszbits: EROFS_BLKSIZ_BITS,
    root_nid: itemAt(plan.nids, 0),
    inos: plan.order.inodes.length,
    build_time: plan.minMtimeSec,
    build_time_nsec: plan.minMtimeNsec,
    blocks: plan.size / EROFS_BLKSIZ,
    xattr_blkaddr: Math.floor(plan.inodesEnd / EROFS_BLKSIZ),
  });
}

/** Writes an inode, its attributes, its tail and its blocks, which begin at block `block`. */
function writeInode(out: Buffer, plan: Plan, index: number, block: number): void {
  const inode = itemAt(plan.order.inodes, index);
  const start = itemAt(plan.nids, index) * EROFS_SLOTSIZE;
  const attributes = plan.attributes.of(index);
  const isCompact = plan.compact[index] === 1;
  const struct = isCompact ? EROFS_INODE_COMPACT : EROFS_INODE_EXTENDED;
  const mode = inode.mode | itemAt(S_IFMT_OF_FT, itemAt(plan.order.types, index));
  const fields = {
    i_format: (layoutOf(plan, index) << 1) | (isCompact ? 0 : 1),
    i_xattr_icount: areaCount(areaSize(attributes)),
    i_mode: mode,
    i_nlink: plan.order.directories.get(index)?.nlink ?? inode.nlink,
    i_size: sizeOf(plan, index),
    i_u: unionOf(plan, index, block),
    i_ino: index,
    i_uid: inode.uid,
    i_gid: inode.gid,
    // The compact form has no place for these.
    i_mtime: inode.mtimeSec,
    i_mtime_nsec: inode.mtimeNsec,
  };
  struct.write(out, start, fields);
  const sharedStart = plan.inodesEnd % EROFS_BLKSIZ;
  const tailAt = writeArea(out, start + struct.size, attributes, sharedStart);
  writeData(out, plan, index, { tailAt, blocksAt: block * EROFS_BLKSIZ });
}

function layoutOf(plan: Plan, index: number): number {
  const inode = itemAt(plan.order.inodes, index);
  if (inode.kind === 'file' && isExternal(inode)) return EROFS_INODE_CHUNK_BASED;
  return plan.tails[index] === 0 ? EROFS_INODE_FLAT_PLAIN : EROFS_INODE_FLAT_INLINE;
}

function sizeOf(plan: Plan, index: number): number {
  const inode = itemAt(plan.order.inodes, index);
  switch (inode.kind) {
    case 'directory':
      return itemAt(plan.blocks, index) * EROFS_BLKSIZ + itemAt(plan.tails, index);
    case 'file':
      return inode.size;
    case 'symlink':
      return inode.target.length;
    case 'char':
    case 'block':
    case 'fifo':
    case 'socket':
      return 0;
  }
}

/** `i_u`: device number, first block, or chunk format. */
function unionOf(plan: Plan, index: number, block: number): number {
  const inode = itemAt(plan.order.inodes, index);
  if (inode.kind === 'char' || inode.kind === 'block') return inode.rdev;
  const address = plan.blocks[index] === 0 ? 0 : block;
  if (inode.kind !== 'file' || !isExternal(inode)) return address;
  // The format takes the lower half of the same field, even where a block holds the chunk table.
  const format = chunking(inode.size).bits - EROFS_BLKSIZ_BITS;
  return ((address & 0xffff0000) | format) >>> 0;
}

interface DataPlace {
  readonly blocksAt: number;
  readonly tailAt: number;
}

function writeData(out: Buffer, plan: Plan, index: number, place: DataPlace): void {
  const inode = itemAt(plan.order.inodes, index);
  const blocks = itemAt(plan.blocks, index);
  const tail = itemAt(plan.tails, index);
  const { blocksAt, tailAt } = place;
  if (inode.kind === 'directory') {
    const { names } = directoryAt(plan.order, index);
    const indexOf = childIndices(plan.order, index);
    writeDirectory(out, place, names, (name) => {
      const child = indexOf(name);
      return { nid: itemAt(plan.nids, child), fileType: itemAt(plan.order.types, child) };
    });
  } else if (inode.kind === 'symlink') {
    out.write(inode.target, blocks > 0 ? blocksAt : tailAt, 'latin1');
  } else if (inode.kind === 'file' && inode.inline !== undefined) {
    if (blocks > 0) out.set(inode.inline.subarray(0, blocks * EROFS_BLKSIZ), blocksAt);
    out.set(inode.inline.subarray(inode.size - tail), tailAt);
  } else if (inode.kind === 'file') {
    out.fill(0xff, tailAt, tailAt + tail);
    if (blocks > 0) out.fill(0xff, blocksAt, blocksAt + blocks * EROFS_BLKSIZ);
  }
}
