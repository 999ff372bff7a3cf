/**
 * Directory data: entries in byte order of name, cut into blocks (Linux 6.12 fs/erofs/erofs_fs.h: struct erofs_dirent).
 *
 * A block is the entries, 12 bytes each, and then their names without separators. The last block may be a tail that
 * lies behind the inode.
 */
import { byteStringAt, type ByteString } from '../../util/bytes.js';
import { itemAt } from '../../util/checks.js';
import { FormatError } from '../../util/errors.js';
import { nameProblem } from '../tree/names.js';
import type { Image } from './image.js';
import { EROFS_BLKSIZ, EROFS_DIRENT, FORMAT } from './structures.js';

/** More than this is never a tail but fills a block of its own. */
const TAIL_MAX = EROFS_BLKSIZ / 2;

/** How a directory's data is laid out. */
export interface DirectoryLayout {
  readonly blocks: number;
  /** Bytes behind the inode. */
  readonly tail: number;
}

/** Cuts names into blocks: the index after the last name of each, and how many bytes the last one has. */
function cut(names: readonly ByteString[]): { readonly ends: number[]; readonly last: number } {
  const ends: number[] = [];
  let used = 0;
  names.forEach((name, i) => {
    const length = EROFS_DIRENT.size + name.length;
    if (used + length > EROFS_BLKSIZ) {
      ends.push(i);
      used = 0;
    }
    used += length;
  });
  ends.push(names.length);
  return { ends, last: used };
}

/** The layout of a directory with these names (`.` and `..` among them), which are sorted. */
export function layoutDirectory(names: readonly ByteString[]): DirectoryLayout {
  const { ends, last } = cut(names);
  return last > TAIL_MAX
    ? { blocks: ends.length, tail: 0 }
    : { blocks: ends.length - 1, tail: last };
}

/** What a name stands for. */
export interface DirentTarget {
  readonly nid: number;
  readonly fileType: number;
}

/** Where a directory's blocks and its tail go; the bytes there are zero. */
export interface DirectoryPlace {
  readonly blocksAt: number;
  readonly tailAt: number;
}

/** Writes a directory's blocks and tail. `targetOf` is called once for each name, in order. */
export function writeDirectory(
  out: Buffer,
  place: DirectoryPlace,
  names: readonly ByteString[],
  targetOf: (name: ByteString) => DirentTarget,
): void {
  const { ends, last } = cut(names);
  let first = 0;
  ends.forEach((end, i) => {
    const isTail = i === ends.length - 1 && last <= TAIL_MAX;
    const at = isTail ? place.tailAt : place.blocksAt + i * EROFS_BLKSIZ;
    let nameoff = (end - first) * EROFS_DIRENT.size;
    for (let k = first; k < end; k++) {
      const name = itemAt(names, k);
      const { nid, fileType } = targetOf(name);
      const dirent = { nid, nameoff, file_type: fileType };
      EROFS_DIRENT.write(out, at + (k - first) * EROFS_DIRENT.size, dirent);
      out.write(name, at + nameoff, 'latin1');
      nameoff += name.length;
    }
    first = end;
  });
}

/** One decoded entry. */
export interface Dirent extends DirentTarget {
  readonly name: ByteString;
}

/**
 * Appends the entries of the block at `[start, end)` to `entries`, which holds the earlier blocks' entries.
 * @throws {FormatError} when offsets, names or their order are wrong
 */
export function readDirents(bytes: Buffer, start: number, end: number, entries: Dirent[]): void {
  const length = end - start;
  const count = countEntries(bytes, start, end);
  let nameStart = count * EROFS_DIRENT.size;
  for (let i = 0; i < count; i++) {
    const at = start + i * EROFS_DIRENT.size;
    const { nid, file_type: fileType } = EROFS_DIRENT.read(bytes, at);
    const nameEnd =
      i === count - 1
        ? lastNameEnd(bytes, start + nameStart, end) - start
        : EROFS_DIRENT.read(bytes, at + EROFS_DIRENT.size).nameoff;
    if (nameEnd <= nameStart || nameEnd > length) throw broken(at, 'the name has no bytes');
    const name = byteStringAt(bytes, start + nameStart, start + nameEnd);
    checkName(name, entries.at(-1)?.name, at);
    entries.push({ name, nid, fileType });
    nameStart = nameEnd;
  }
}

/** How many entries the block at `[start, end)` begins with. */
function countEntries(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length < EROFS_DIRENT.size) throw broken(start, 'the block is too short for one entry');
  const namesStart = bytes.readUInt16LE(start + EROFS_DIRENT.at.nameoff);
  const count = namesStart / EROFS_DIRENT.size;
  if (count < 1 || !Number.isInteger(count) || namesStart >= length) {
    throw broken(start, `the names cannot begin at ${namesStart}`);
  }
  return count;
}

/**
 * The nids of the block at `[start, end)`, those of `.` and `..` among them.
 * @throws {FormatError} when it cannot be a block of entries; names are not looked at
 */
export function readNids({ bytes, view }: Image, start: number, end: number): number[] {
  const nids: number[] = [];
  const count = countEntries(bytes, start, end);
  for (let i = 0; i < count; i++) {
    const at = start + i * EROFS_DIRENT.size + EROFS_DIRENT.at.nid;
    nids.push(view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true));
  }
  return nids;
}

function checkName(name: ByteString, previous: ByteString | undefined, offset: number): void {
  const problem = name === '.' || name === '..' ? undefined : nameProblem(name);
  if (problem !== undefined) throw broken(offset, problem);
  if (previous !== undefined && previous >= name) {
    throw broken(offset, 'the names are not in ascending order');
  }
}

function lastNameEnd(bytes: Buffer, from: number, end: number): number {
  const nul = bytes.subarray(0, end).indexOf(0, from);
  return nul === -1 ? end : nul;
}

function broken(offset: number, message: string): FormatError {
  return new FormatError(FORMAT, message, { offset, field: 'dirent' });
}
