/**
 * Decides about every inode of a volume before the file system is made: its number, and the blocks it needs.
 *
 * libext2fs gives out inode numbers in order, so they are known beforehand; later each inode is compared with what it
 * was planned to be.
 */
import { verityPlace } from '../formats/fsverity/ext4-metadata.js';
import {
  sortedNames,
  type Directory,
  type Inode,
  type Leaf,
  type RegularFile,
} from '../formats/tree/model.js';
import { joinPath } from '../formats/tree/names.js';
import { ascii, type ByteString } from '../util/bytes.js';
import type { Steps } from '../util/steps.js';
import { isPlainCommand, quoteArgument } from './debugfs-command.js';
import { findDataRuns } from './content.js';
import {
  BLOCK_SIZE,
  directoryBlocks,
  FIRST_INODE,
  type BlockRun,
  type VolumeNeeds,
} from './disk-layout.js';
import type { Volume } from './volume.js';

/** EXT4_ROOT_INO */
export const ROOT_INODE = 2;
/** Longest target that fits into the inode itself. */
const FAST_SYMLINK_MAX = 59;
const INLINE_EXTENTS = 4;
const EXTENTS_PER_BLOCK = 340;
/** Blocks of one extent at most. */
const EXTENT_BLOCKS_MAX = 32768;

/** A name in a directory. */
export interface PlannedName {
  /** Inode number of the directory. */
  readonly directory: number;
  readonly name: ByteString;
}

export interface PlannedInode {
  readonly ino: number;
  readonly inode: Inode;
  /** Absolute in the volume; for messages. */
  readonly path: ByteString;
  /** Its primary name; undefined for the root. */
  readonly at: PlannedName | undefined;
  /** Blocks of content. */
  readonly data: readonly BlockRun[];
  /** Blocks of fs-verity metadata. */
  readonly verity: BlockRun | undefined;
}

export interface VolumePlan {
  /** By rising number, the root first. */
  readonly inodes: readonly PlannedInode[];
  /** Further names, with the inode that each names. */
  readonly links: readonly (PlannedName & { readonly ino: number; readonly inode: Leaf })[];
  readonly needs: VolumeNeeds;
}

/** Reads every larger file, to find the holes in it. A step is a name, or a chunk of a file. */
export function* planVolume(volume: Volume): Steps<VolumePlan> {
  const planner = new Planner(volume);
  yield* planner.addAll();
  return planner.finish();
}

interface Pending {
  readonly inode: Inode;
  readonly path: ByteString;
  readonly at: PlannedName;
}

class Planner {
  private readonly volume: Volume;
  private readonly inodes: PlannedInode[] = [];
  private readonly links: { name: PlannedName; target: Leaf }[] = [];
  private readonly late: Pending[] = [];
  private readonly numbers = new Map<Inode, number>();
  private next = FIRST_INODE + 1;
  private blocks = 0;

  constructor(volume: Volume) {
    this.volume = volume;
  }

  /** Directories first in, first out: debugfs then fills one after the other. */
  *addAll(): Steps<void> {
    const { root } = this.volume.tree;
    yield* this.add(ROOT_INODE, { inode: root, path: ascii('/'), at: undefined });
    const queue: { ino: number; path: ByteString; node: Directory }[] = [
      { ino: ROOT_INODE, path: ascii('/'), node: root },
    ];
    for (const { ino, path, node } of queue) {
      for (const name of sortedNames(node)) {
        const entry = node.children.get(name);
        if (entry === undefined) continue;
        const at = { directory: ino, name };
        const pending = { path: joinPath(path, name), at };
        if (entry.kind === 'link') this.links.push({ name: at, target: entry.target });
        else if (isLate(entry)) this.late.push({ ...pending, inode: entry });
        else {
          const number = yield* this.add(this.next++, { ...pending, inode: entry });
          if (entry.kind === 'directory')
            queue.push({ ino: number, path: pending.path, node: entry });
        }
        yield;
      }
    }
    for (const pending of this.late) yield* this.add(this.next++, pending);
  }

  finish(): VolumePlan {
    const links = this.links.map(({ name, target }) => {
      const ino = this.numbers.get(target);
      if (ino === undefined) throw new TypeError('a hard link without its primary name');
      return { ...name, ino, inode: target };
    });
    return { inodes: this.inodes, links, needs: { blocks: this.blocks, inodes: this.next } };
  }

  private *add(
    ino: number,
    { inode, path, at }: Omit<Pending, 'at'> & { readonly at: PlannedName | undefined },
  ): Steps<number> {
    const isFile = inode.kind === 'file';
    const data = isFile ? yield* findDataRuns(this.volume, inode) : [];
    const verity = isFile ? this.verityRun(inode) : undefined;
    const runs = verity === undefined ? data : [...data, verity];
    this.blocks += blocksOf(runs) + otherBlocks(inode);
    this.inodes.push({ ino, inode, path, at, data, verity });
    this.numbers.set(inode, ino);
    return ino;
  }

  private verityRun(file: RegularFile): BlockRun | undefined {
    if (!this.volume.sealed.has(file)) return undefined;
    const { offset, length } = verityPlace(this.volume.algorithm, file.size);
    return { start: offset / BLOCK_SIZE, end: (offset + length) / BLOCK_SIZE };
  }
}

/** Symlinks whose target no line of a command file can hold are made one by one, after everything else. */
export function isLate(inode: Inode): boolean {
  return inode.kind === 'symlink' && !isPlainCommand(quoteArgument(inode.target));
}

/** Inodes that are made under another name and get their own later. */
export function isOdd(name: ByteString, inode: Inode): boolean {
  return isLate(inode) || inode.kind === 'socket' || !isPlainCommand(name);
}

function blocksOf(runs: readonly BlockRun[]): number {
  let blocks = 0;
  let extents = 0;
  for (const { start, end } of runs) {
    blocks += end - start;
    extents += Math.ceil((end - start) / EXTENT_BLOCKS_MAX);
  }
  // Twice as many extents as there must be: the free space may be in pieces.
  return (
    blocks + (2 * extents > INLINE_EXTENTS ? 1 + Math.ceil((2 * extents) / EXTENTS_PER_BLOCK) : 0)
  );
}

/** Blocks that are not content: names, targets and extended attributes. */
function otherBlocks(inode: Inode): number {
  const attributes = inode.xattrs.size > 0 ? 1 : 0;
  if (inode.kind === 'symlink')
    return attributes + (inode.target.length > FAST_SYMLINK_MAX ? 1 : 0);
  if (inode.kind !== 'directory') return attributes;
  const lengths = [...inode.children.keys()].map((name) => name.length);
  const children = [...inode.children];
  const further = children.filter(([, entry]) => entry.kind === 'link').length;
  const odd = children.filter(
    ([name, entry]) => entry.kind !== 'link' && isOdd(name, entry),
  ).length;
  return (
    attributes + directoryBlocks(lengths) + (further > 0 ? 2 + Math.ceil(further / 14) : 0) + odd
  );
}
