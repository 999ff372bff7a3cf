/** Reads the contents of a volume's files, and finds the parts of them that need no blocks. */
import fs from 'node:fs';
import { dataRanges, type DataRange } from '../linux/data-extents.js';
import { openBeneath } from '../linux/open.js';
import { statFd } from '../linux/stat.js';
import type { RegularFile } from '../formats/tree/model.js';
import { openObjectFile } from '../repo/object-file.js';
import { stampOf } from '../repo/stamp.js';
import { expectThere, treeChanged } from '../repo/tree-changed.js';
import { alignUp } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';
import type { Steps } from '../util/steps.js';
import { BLOCK_SIZE, type BlockRun } from './disk-layout.js';
import type { HostFile, Volume } from './volume.js';

/** Shorter runs of zeros are stored: each hole is an extent more. */
const HOLE_BLOCKS_MIN = 16;
const CHUNK_SIZE = 1 << 20;
const ZERO_BLOCK = Buffer.alloc(BLOCK_SIZE);

/** A file's content while it is read. */
export interface OpenContent {
  /** Fills `buffer` from `position`. @throws {RootsealError} when there are fewer bytes */
  read(buffer: Buffer, position: number): void;
  /** Parts that are not holes, in order. */
  ranges(): Iterable<DataRange>;
  /** @throws {RootsealError} TREE_CHANGED when the file is not what it was */
  close(): void;
}

/** @throws {RootsealError} OBJECT_NOT_FOUND, OBJECT_CORRUPT or TREE_CHANGED */
export function openContent(volume: Volume, file: RegularFile): OpenContent {
  const { inline, size, digest } = file;
  if (inline !== undefined) return contentInMemory(Buffer.from(inline));
  const host = volume.hostFiles.get(file);
  if (host !== undefined) return openHostFile(host, size);
  if (digest === undefined) {
    if (size === 0) return contentInMemory(Buffer.alloc(0));
    throw new RootsealError('OBJECT_NOT_FOUND', 'a file has no content in the image');
  }
  const { fd } = openObjectFile(volume.objectsDir, digest, { exactly: size });
  return contentOfFile(fd, size, () => undefined);
}

function openHostFile({ rootFd, path, stamp }: HostFile, size: number): OpenContent {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const fd = expectThere(path, () => openBeneath(rootFd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  return contentOfFile(fd, size, () => {
    if (stampOf(statFd(fd)) !== stamp) throw treeChanged(path, 'the file was written to');
  });
}

function contentOfFile(fd: number, size: number, check: () => void): OpenContent {
  return {
    read: (buffer, position) => {
      for (let fill = 0; fill < buffer.length;) {
        const count = fs.readSync(fd, buffer, fill, buffer.length - fill, position + fill);
        if (count === 0) {
          check();
          throw new RootsealError('TREE_CHANGED', 'a file became shorter while it was read');
        }
        fill += count;
      }
    },
    ranges: () => dataRanges(fd, size),
    close: () => {
      try {
        check();
      } finally {
        fs.closeSync(fd);
      }
    },
  };
}

function contentInMemory(bytes: Buffer): OpenContent {
  return {
    read: (buffer, position) => void bytes.copy(buffer, 0, position),
    ranges: () => [{ start: 0, end: bytes.length }],
    close: () => undefined,
  };
}

/**
 * The blocks of a file that must be stored: all but runs of zeros of at least 64 KiB. That depends on the content
 * alone, not on which holes the builder's file system happened to keep.
 */
export function* findDataRuns(volume: Volume, file: RegularFile): Steps<BlockRun[]> {
  const blocks = Math.ceil(file.size / BLOCK_SIZE);
  if (blocks < HOLE_BLOCKS_MIN) return blocks === 0 ? [] : [{ start: 0, end: blocks }];
  const content = openContent(volume, file);
  try {
    const runs = new MergedRuns();
    yield* addRunsWithData(runs, content, file.size);
    return runs.finish();
  } finally {
    content.close();
  }
}

/** Adds the blocks that are not all zeros, in order. A step is a chunk. */
function* addRunsWithData(runs: MergedRuns, content: OpenContent, size: number): Steps<void> {
  let position = 0;
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_SIZE, alignUp(size, BLOCK_SIZE)));
  for (const range of content.ranges()) {
    const end = Math.min(size, alignUp(range.end, BLOCK_SIZE));
    position = Math.max(position, range.start - (range.start % BLOCK_SIZE));
    while (position < end) {
      const length = Math.min(chunk.length, end - position);
      const bytes = chunk.subarray(0, length);
      content.read(bytes, position);
      for (let at = 0; at < length; at += BLOCK_SIZE) {
        const block = bytes.subarray(at, at + BLOCK_SIZE);
        if (
          block.equals(
            block.length === BLOCK_SIZE ? ZERO_BLOCK : ZERO_BLOCK.subarray(0, block.length),
          )
        )
          continue;
        runs.addBlock((position + at) / BLOCK_SIZE);
      }
      position += length;
      yield;
    }
  }
}

/** Blocks with data, given in order, with holes between them that are worth an extent. */
class MergedRuns {
  private readonly merged: BlockRun[] = [];
  private current: BlockRun | undefined;

  addBlock(block: number): void {
    // The first blocks count as the end of a run, too: no hole shorter than the least one comes before them.
    const start = block < HOLE_BLOCKS_MIN ? 0 : block;
    const { current } = this;
    if (current !== undefined && start - current.end < HOLE_BLOCKS_MIN) {
      this.current = { start: current.start, end: block + 1 };
      return;
    }
    if (current !== undefined) this.merged.push(current);
    this.current = { start, end: block + 1 };
  }

  finish(): BlockRun[] {
    if (this.current !== undefined) this.merged.push(this.current);
    return this.merged;
  }
}
