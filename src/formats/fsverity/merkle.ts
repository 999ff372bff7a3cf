/**
 * The fs-verity Merkle tree, computed while content streams by (Linux 6.12 fs/verity/enable.c: build_merkle_tree).
 *
 * Level 0 holds the hashes of the data blocks, each level above the hashes of the blocks below it, until one hash is
 * left: the root. The last block of a level is padded with zeros. There is no salt. Memory is one block a level,
 * unless the tree itself is asked for.
 */
import { hash } from 'node:crypto';
import { itemAt } from '../../util/checks.js';
import { DIGEST_SIZE, type HashAlgorithm } from '../../util/digest.js';
import { FS_VERITY_BLOCK_SIZE } from './params.js';

/**
 * Blocks of finished hashers, for the next ones of this thread: most files are small, and allocating a block costs as much as
 * hashing it.
 */
const spareBlocks: Buffer[] = [];
const SPARE_BLOCKS_MAX = 16;

function takeBlock(): Buffer {
  return spareBlocks.pop() ?? Buffer.allocUnsafe(FS_VERITY_BLOCK_SIZE);
}

function giveBack(block: Buffer): void {
  if (spareBlocks.length < SPARE_BLOCKS_MAX) spareBlocks.push(block);
}

interface Level {
  readonly block: Buffer;
  fill: number;
  /** Finished blocks, kept only when the tree is collected. */
  readonly blocks: Buffer[];
}

/** Hashes of blocks above nothing but zeros, by level; for each algorithm. */
const zeroHashes: Readonly<Record<HashAlgorithm, string[]>> = { sha256: [], sha512: [] };

/** What is left when all content was seen. */
export interface MerkleResult {
  /** Root hash as bytes; all zeros for empty content. */
  readonly root: Buffer;
  /** Content size in bytes. */
  readonly size: number;
}

/** Incremental Merkle tree hasher; use it once. */
export class MerkleHasher {
  private readonly algorithm: HashAlgorithm;
  private readonly hashSize: number;
  private readonly collect: boolean;
  private readonly levels: Level[] = [];
  /** The start of a block that is not complete; made when there is one. */
  private pending: Buffer | undefined;
  private pendingFill = 0;
  private size = 0;
  private firstHash = '';
  private blockCount = 0;

  /**
   * @param algorithm hash of the tree
   * @param options `collectTree` keeps every tree block for `treeBytes` (0.8 % of the content with SHA-256)
   */
  constructor(algorithm: HashAlgorithm, options: { collectTree?: boolean } = {}) {
    this.algorithm = algorithm;
    this.hashSize = DIGEST_SIZE[algorithm];
    this.collect = options.collectTree ?? false;
  }

  /** Adds content. `chunk` is only read during the call. */
  update(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.size += bytes.length;
    let offset = 0;
    if (this.pending !== undefined && this.pendingFill > 0) {
      offset = bytes.copy(this.pending, this.pendingFill);
      this.pendingFill += offset;
      if (this.pendingFill < FS_VERITY_BLOCK_SIZE) return;
      this.addBlock(this.hashBlock(this.pending));
      this.pendingFill = 0;
    }
    for (; offset + FS_VERITY_BLOCK_SIZE <= bytes.length; offset += FS_VERITY_BLOCK_SIZE) {
      this.addBlock(this.hashBlock(bytes.subarray(offset, offset + FS_VERITY_BLOCK_SIZE)));
    }
    if (offset === bytes.length) return;
    this.pending ??= takeBlock();
    this.pendingFill = bytes.copy(this.pending, 0, offset);
  }

  /**
   * Adds `length` zero bytes without reading them: holes of sparse files. Whole subtrees of zeros are added at once, so the time
   * grows with the logarithm of the length; with `collectTree`, whose result has all their blocks, with the length.
   */
  updateZeros(length: number): void {
    let left = length;
    if (this.pendingFill > 0) {
      const head = Math.min(left, FS_VERITY_BLOCK_SIZE - this.pendingFill);
      this.update(Buffer.alloc(head));
      left -= head;
    }
    const blocks = Math.floor(left / FS_VERITY_BLOCK_SIZE);
    if (blocks > 0) this.addZeroBlocks(blocks);
    left -= blocks * FS_VERITY_BLOCK_SIZE;
    if (left > 0) this.update(Buffer.alloc(left));
  }

  /** Ends the content and gives the root hash. */
  finish(): MerkleResult {
    if (this.pending !== undefined && this.pendingFill > 0) {
      this.pending.fill(0, this.pendingFill);
      this.addBlock(this.hashBlock(this.pending));
      this.pendingFill = 0;
    }
    const root = this.rootHash();
    this.release();
    return { root, size: this.size };
  }

  /**
   * The tree's blocks after `finish`, root level first, as the kernel stores them; empty for content of at most one
   * block. Needs `collectTree`.
   */
  treeBytes(): Buffer {
    return Buffer.concat([...this.levels].reverse().flatMap((level) => level.blocks));
  }

  private release(): void {
    if (this.pending !== undefined) giveBack(this.pending);
    this.pending = undefined;
    for (const level of this.levels) giveBack(level.block);
  }

  private rootHash(): Buffer {
    if (this.blockCount === 0) return Buffer.alloc(this.hashSize);
    if (this.blockCount === 1) return Buffer.from(this.firstHash, 'latin1');
    for (let index = 0; ; index++) {
      const level = this.levels[index];
      if (level === undefined) throw new TypeError('a Merkle level is missing');
      if (
        index === this.levels.length - 1 &&
        index > 0 &&
        level.fill === this.hashSize &&
        level.blocks.length === 0
      ) {
        this.levels.pop();
        const root = Buffer.from(level.block.subarray(0, this.hashSize));
        giveBack(level.block);
        return root;
      }
      if (level.fill > 0) this.closeBlock(index, level);
    }
  }

  private addBlock(blockHash: string): void {
    // A single block's hash is the root itself and makes no tree: most files need no level at all.
    if (this.blockCount++ === 0) {
      this.firstHash = blockHash;
      return;
    }
    if (this.blockCount === 2) this.addHash(0, this.firstHash);
    this.addHash(0, blockHash);
  }

  private addZeroBlocks(count: number): void {
    this.size += count * FS_VERITY_BLOCK_SIZE;
    let left = count;
    // The first two decide whether there is a tree.
    for (; left > 0 && (this.blockCount < 2 || this.collect); left--)
      this.addBlock(this.zeroHash(0));
    this.blockCount += left;
    this.addZeroHashes(left);
  }

  /** Adds hashes of blocks of zeros: single ones to the lowest level, those of whole subtrees to the levels above. */
  private addZeroHashes(count: number): void {
    const perBlock = FS_VERITY_BLOCK_SIZE / this.hashSize;
    for (let index = 0, left = count; left > 0; index++) {
      const zeroHash = this.zeroHash(index);
      for (; left > 0 && this.levelAt(index).fill > 0; left--) this.addHash(index, zeroHash);
      const blocks = Math.floor(left / perBlock);
      // They do not fill a block, so what goes to the level above may come later.
      for (left -= blocks * perBlock; left > 0; left--) this.addHash(index, zeroHash);
      left = blocks;
    }
  }

  /** The hash of a block of zeros, or of a block of such hashes of the level below. */
  private zeroHash(index: number): string {
    const known = zeroHashes[this.algorithm];
    for (let level = known.length; level <= index; level++) {
      const block = Buffer.alloc(FS_VERITY_BLOCK_SIZE);
      if (level > 0) block.fill(itemAt(known, level - 1), 'latin1');
      known.push(this.hashBlock(block));
    }
    return itemAt(known, index);
  }

  private levelAt(index: number): Level {
    return (this.levels[index] ??= { block: takeBlock(), fill: 0, blocks: [] });
  }

  /** Adds a hash to a level, and those of the blocks that this fills to the levels above. */
  private addHash(index: number, blockHash: string): void {
    let added = blockHash;
    for (let at = index; ; at++) {
      const level = this.levelAt(at);
      level.block.write(added, level.fill, 'latin1');
      level.fill += this.hashSize;
      if (level.fill < FS_VERITY_BLOCK_SIZE) return;
      added = this.endBlock(level);
    }
  }

  private closeBlock(index: number, level: Level): void {
    this.addHash(index + 1, this.endBlock(level));
  }

  /** Begins a new block of a level; returns the hash of the one that was there. */
  private endBlock(level: Level): string {
    level.block.fill(0, level.fill);
    level.fill = 0;
    if (this.collect) level.blocks.push(Buffer.from(level.block));
    return this.hashBlock(level.block);
  }

  private hashBlock(block: Buffer): string {
    // One call per block: a string (latin1, by Node's name binary) is measurably cheaper than a Buffer (2.5 against 3.7 µs for SHA-256).
    return hash(this.algorithm, block, 'binary');
  }
}
