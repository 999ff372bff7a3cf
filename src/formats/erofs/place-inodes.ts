/**
 * First pass of the writer: where every inode, its tail and its blocks go (libcomposefs 1.0.8, compute_erofs_inodes).
 *
 * A tail never crosses a block boundary; padding before the inode sees to that. A directory's last block, a file's
 * inline content and an external file's chunk table become tails when they are small enough.
 */
import { alignUp } from '../../util/bytes.js';
import { itemAt, U16_MAX, U32_MAX } from '../../util/checks.js';
import type { Steps } from '../../util/steps.js';
import type { Inode, RegularFile, Tree } from '../tree/model.js';
import { collectAttributes, isExternal, type Attributes } from './attribute-sets.js';
import { layoutDirectory } from './dirent.js';
import {
  chunking,
  EROFS_BLKSIZ,
  EROFS_INODE_COMPACT,
  EROFS_INODE_EXTENDED,
  EROFS_SLOTSIZE,
  FIRST_INODE_OFFSET,
  LCFS_MAX_NONINLINE_CHUNKS,
  type FormatVersion,
} from './structures.js';
import { directoryAt, INODES_A_STEP, orderInodes, type Order } from './order.js';

/** Everything that the second pass needs. Columns are by inode index. */
export interface Plan {
  readonly version: FormatVersion;
  readonly order: Order;
  readonly attributes: Attributes;
  readonly minMtimeSec: number;
  readonly minMtimeNsec: number;
  /** Offset of each inode divided by 32. */
  readonly nids: Uint32Array;
  /** 1 where the inode has the compact form. */
  readonly compact: Uint8Array;
  readonly tails: Uint16Array;
  readonly blocks: Uint32Array;
  /** Where the shared attributes begin. */
  readonly inodesEnd: number;
  /** Where the data blocks begin. */
  readonly dataStart: number;
  /** Size of the image. */
  readonly size: number;
}

/** What lies behind an inode and in blocks. */
interface Extent {
  readonly tail: number;
  readonly blocks: number;
}

const NO_EXTENT: Extent = { tail: 0, blocks: 0 };

/** @throws {FormatError} when the tree holds something that an image cannot */
export function* planImage(tree: Tree, version: FormatVersion | 'auto'): Steps<Plan> {
  const order = yield* orderInodes(tree);
  const chosen = version === 'auto' ? (order.hasWhiteouts ? 1 : 0) : version;
  const attributes = yield* collectAttributes(order, chosen);
  const count = order.inodes.length;
  const nids = new Uint32Array(count);
  const compact = new Uint8Array(count);
  const tails = new Uint16Array(count);
  const blocks = new Uint32Array(count);
  const min = earliestMtime(order.inodes);
  let position = FIRST_INODE_OFFSET;
  let dataBlocks = 0;
  for (let index = 0; index < count; index++) {
    if (index % INODES_A_STEP === 0) yield;
    const inode = itemAt(order.inodes, index);
    const extent = extentOf(order, index);
    const isCompact = fitsCompact(order, index, extent, min);
    const head = isCompact ? EROFS_INODE_COMPACT.size : EROFS_INODE_EXTENDED.size;
    const before = head + attributes.areaSizeOf(index);
    const place = inode.kind === 'symlink' ? placeSymlink : placeOther;
    const placed = place(alignUp(position, EROFS_SLOTSIZE), before, extent);
    nids[index] = placed.position / EROFS_SLOTSIZE;
    compact[index] = isCompact ? 1 : 0;
    tails[index] = placed.tail;
    blocks[index] = placed.blocks;
    dataBlocks += placed.blocks;
    position = placed.position + before + placed.tail;
  }
  const inodesEnd = alignUp(position, EROFS_SLOTSIZE);
  const dataStart = alignUp(inodesEnd + attributes.sharedSize, EROFS_BLKSIZ);
  const size = dataStart + dataBlocks * EROFS_BLKSIZ;
  const times = { minMtimeSec: min.mtimeSec, minMtimeNsec: min.mtimeNsec };
  const columns = { nids, compact, tails, blocks };
  return { version: chosen, order, attributes, ...times, ...columns, inodesEnd, dataStart, size };
}

function earliestMtime(inodes: readonly Inode[]): Inode {
  let min = itemAt(inodes, 0);
  for (const inode of inodes) {
    const earlier =
      inode.mtimeSec < min.mtimeSec ||
      (inode.mtimeSec === min.mtimeSec && inode.mtimeNsec < min.mtimeNsec);
    if (earlier) min = inode;
  }
  return min;
}

function extentOf(order: Order, index: number): Extent {
  const inode = itemAt(order.inodes, index);
  switch (inode.kind) {
    case 'directory':
      return layoutDirectory(directoryAt(order, index).names);
    case 'symlink':
      return { tail: inode.target.length, blocks: 0 };
    case 'file':
      return isExternal(inode) ? externalExtent(order, index, inode) : inlineExtent(inode.size);
    case 'char':
    case 'block':
    case 'fifo':
    case 'socket':
      return NO_EXTENT;
  }
}

function externalExtent(order: Order, index: number, file: RegularFile): Extent {
  const { count } = chunking(file.size);
  if (count > LCFS_MAX_NONINLINE_CHUNKS) {
    order.fail(index, { field: 'size', message: `${file.size} bytes: file too large` });
  }
  return { tail: count * 4, blocks: 0 };
}

/** More than half a block of rest gets a block of its own. */
function inlineExtent(size: number): Extent {
  const tail = size % EROFS_BLKSIZ;
  const blocks = Math.floor(size / EROFS_BLKSIZ);
  return tail > EROFS_BLKSIZ / 2 ? { tail: 0, blocks: blocks + 1 } : { tail, blocks };
}

/** `st_size` as the choice of the inode's form sees it: devices keep the size they came with. */
function statSize(order: Order, index: number, extent: Extent): number {
  const inode = itemAt(order.inodes, index);
  if (inode.kind === 'directory') return extent.blocks * EROFS_BLKSIZ + extent.tail;
  if (inode.kind === 'symlink') return inode.target.length;
  return order.isWhiteout(index) ? 0 : inode.size;
}

function fitsCompact(order: Order, index: number, extent: Extent, min: Inode): boolean {
  const inode = itemAt(order.inodes, index);
  const nlink = order.directories.get(index)?.nlink ?? inode.nlink;
  return (
    inode.mtimeSec === min.mtimeSec &&
    inode.mtimeNsec === min.mtimeNsec &&
    nlink <= U16_MAX &&
    inode.uid <= U16_MAX &&
    inode.gid <= U16_MAX &&
    statSize(order, index, extent) <= U32_MAX
  );
}

/** An inode's final place. */
interface Place extends Extent {
  readonly position: number;
}

/** Keeps a symlink and its target in one block; a target that makes the whole too long gets a block of its own. */
function placeSymlink(position: number, before: number, { tail }: Extent): Place {
  const total = before + tail;
  const crosses = blockOf(position) !== blockOf(position + total - 1);
  const start = crosses ? alignUp(position, EROFS_BLKSIZ) : position;
  return total >= EROFS_BLKSIZ
    ? { position: start, tail: 0, blocks: 1 }
    : { position: start, tail, blocks: 0 };
}

/** Moves an inode so that its tail begins a new block when it would cross a boundary. */
function placeOther(position: number, before: number, { tail, blocks }: Extent): Place {
  const room = roomAt(position + before);
  if (room >= tail) return { position, tail, blocks };
  const moved = position + alignUp(room, EROFS_SLOTSIZE);
  if (roomAt(moved + before) >= tail) return { position: moved, tail, blocks };
  return { position: alignUp(position, EROFS_BLKSIZ), tail: 0, blocks: blocks + 1 };
}

function blockOf(offset: number): number {
  return Math.floor(offset / EROFS_BLKSIZ);
}

/** Bytes from `offset` to the next block boundary, 1 to 4096. */
function roomAt(offset: number): number {
  return EROFS_BLKSIZ - (offset % EROFS_BLKSIZ);
}
