/** Sizes: what a volume needs, what ext4 needs besides, and where the partitions of a disk lie. Pure. */
import { directoryEntrySize } from '../formats/ext4/directory-entries.js';
import { alignUp } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';

/** Block size of the root file system, in bytes: that of fs-verity's Merkle trees. */
export const BLOCK_SIZE = 4096;
export const SECTOR_SIZE = 512;
/** Partitions begin at multiples of it. */
export const MEBIBYTE = 1 << 20;
/** Bytes of an inode. */
export const INODE_SIZE = 256;
/** One inode for this many bytes, as mke2fs makes them by default. */
const INODE_RATIO = 16384;
/** Inodes that ext4 keeps for itself. */
export const FIRST_INODE = 11;
const BLOCKS_PER_GROUP = 32768;
const DESCRIPTORS_PER_BLOCK = 64;
const RESERVED_GDT_MAX = 1024;
/** Smallest ESP, in bytes: FAT32 has at least 65,525 clusters. */
export const ESP_SIZE_MIN = 34 * MEBIBYTE;
export const ESP_SIZE_DEFAULT = 512 * MEBIBYTE;
/** A host has as many there while it changes: the one that runs, the one to go back to, and the next one. */
export const DEPLOYMENTS_ON_ESP = 3;
/** Space that is left on a disk whose size was not given, in bytes. */
const SLACK_MIN = 64 * MEBIBYTE;
const SLACK_SHARE = 0.2;

/** Blocks of a file from `start` up to `end`. */
export interface BlockRun {
  readonly start: number;
  readonly end: number;
}

/** What a volume takes of an ext4 file system. */
export interface VolumeNeeds {
  readonly blocks: number;
  readonly inodes: number;
}

/** Blocks of a directory with these lengths of names. */
export function directoryBlocks(nameLengths: Iterable<number>): number {
  let bytes = 0;
  for (const length of nameLengths) bytes += directoryEntrySize(length);
  // What is left at the end of a block may be as long as the longest entry.
  return 1 + Math.floor((bytes * 1.08) / (BLOCK_SIZE - 36));
}

/** How an ext4 file system is made. */
export interface Ext4Size {
  readonly blocks: number;
  readonly inodes: number;
  /** Mebibytes. */
  readonly journal: number;
}

/** The file system that fills `bytes`. */
export function ext4Size(bytes: number, needs: VolumeNeeds): Ext4Size {
  const blocks = Math.floor(bytes / BLOCK_SIZE);
  const wanted = Math.ceil(needs.inodes * 1.02) + FIRST_INODE + 64;
  const inodes = Math.max(wanted, Math.floor((blocks * BLOCK_SIZE) / INODE_RATIO));
  return { blocks, inodes, journal: journalSize(blocks) };
}

/** As mke2fs chooses it, up to 64 MiB. */
function journalSize(blocks: number): number {
  if (blocks < BLOCKS_PER_GROUP) return 4;
  if (blocks < 8 * BLOCKS_PER_GROUP) return 16;
  return blocks < 16 * BLOCKS_PER_GROUP ? 32 : 64;
}

/** Blocks that are not free in an empty file system; never too few. */
export function ext4Overhead(size: Ext4Size): number {
  const groups = Math.max(1, Math.ceil(size.blocks / BLOCKS_PER_GROUP));
  const descriptors = Math.ceil(groups / DESCRIPTORS_PER_BLOCK);
  const reserved = Math.min(RESERVED_GDT_MAX, groups * (1024 / DESCRIPTORS_PER_BLOCK) + 1);
  const inodes = alignUp(Math.ceil(size.inodes / groups), BLOCK_SIZE / INODE_SIZE) * groups;
  return (
    groups * 2 +
    backupGroups(groups) * (1 + descriptors + reserved) +
    (inodes * INODE_SIZE) / BLOCK_SIZE +
    size.journal * (MEBIBYTE / BLOCK_SIZE) +
    128
  );
}

/** Groups with a copy of the superblock: 0, 1 and powers of 3, 5 and 7. */
function backupGroups(groups: number): number {
  let count = Math.min(groups, 2);
  for (const base of [3, 5, 7]) for (let group = base; group < groups; group *= base) count++;
  return count;
}

/** Bytes of the smallest root partition that holds the volume: whole mebibytes. */
export function smallestRoot(needs: VolumeNeeds): number {
  let bytes = alignUp(needs.blocks * BLOCK_SIZE, MEBIBYTE);
  for (;;) {
    const size = ext4Size(bytes, needs);
    const missing = needs.blocks + ext4Overhead(size) - size.blocks;
    if (missing <= 0) return bytes;
    bytes += alignUp(missing * BLOCK_SIZE, MEBIBYTE);
  }
}

/** A part of the disk, in bytes. */
export interface Place {
  readonly start: number;
  readonly size: number;
}

export interface DiskLayout {
  readonly size: number;
  readonly esp: Place;
  readonly root: Place;
}

/** Sizes that were asked for, in bytes. */
export interface SizeWishes {
  readonly disk: number | undefined;
  readonly esp: number | undefined;
}

/**
 * The first mebibyte is the partition table's, the last one its copy's.
 * @throws {RootsealError} NO_SPACE when what was asked for is too small; `details.needed` is enough
 */
export function layOut(wishes: SizeWishes, needs: VolumeNeeds, espContent: number): DiskLayout {
  const espNeeded = alignUp(Math.max(ESP_SIZE_MIN, espContent * 1.01 + 2 * MEBIBYTE), MEBIBYTE);
  const espSize = wishes.esp ?? Math.max(ESP_SIZE_DEFAULT, DEPLOYMENTS_ON_ESP * espNeeded);
  if (espSize < espNeeded) throw tooSmall('--esp-size', 'the ESP', espSize, espNeeded);
  const esp = { start: MEBIBYTE, size: espSize - (espSize % MEBIBYTE) };
  const smallest = smallestRoot(needs);
  const around = esp.start + esp.size + MEBIBYTE;
  const slack = Math.max(SLACK_MIN, alignUp(needs.blocks * BLOCK_SIZE * SLACK_SHARE, MEBIBYTE));
  const size = wishes.disk ?? around + smallest + slack;
  const root = { start: esp.start + esp.size, size: floorTo(size - around, MEBIBYTE) };
  if (root.size < smallest) throw tooSmall('--size', 'the disk', size, around + smallest);
  return { size: floorTo(size, SECTOR_SIZE), esp, root };
}

function floorTo(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}

function tooSmall(option: string, what: string, size: number, needed: number): RootsealError {
  const mebibytes = needed / MEBIBYTE;
  return new RootsealError(
    'NO_SPACE',
    `${what} needs ${mebibytes} MiB, ${option} gives ${size} bytes`,
    {
      details: { needed, given: size },
      hint: `say ${option} ${mebibytes}M or more`,
    },
  );
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};
const THOUSANDS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/**
 * `1048576`: bytes; `512M`, `4G`, `4GiB`: in powers of 1024, as mke2fs and qemu-img take them; `4GB`: in powers of 1000.
 * @throws {RootsealError} USAGE
 */
export function parseSize(option: string, text: string): number {
  const match = /^([1-9][0-9]{0,14})([KMGT]?)(iB|B)?$/.exec(text);
  const [, digits, unit = '', end] = match ?? [];
  const size = Number(digits) * ((end === 'B' ? THOUSANDS : UNITS)[unit] ?? 1);
  if (match !== null && size <= 2 ** 50) return size;
  throw new RootsealError(
    'USAGE',
    `${option}: ${JSON.stringify(text.slice(0, 100))} is not a size: write bytes, or 512M, 4G (powers of 1024), up to 1024T`,
  );
}
