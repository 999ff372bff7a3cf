/** Blocks of linear ext4 directories (Linux 6.12 fs/ext4/ext4.h: struct ext4_dir_entry_2). Reading only. */
import { fromBytes, type ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';

const ENTRY_HEADER_SIZE = 8;

/** Bytes that an entry with a name of this length takes. */
export function directoryEntrySize(nameLength: number): number {
  return (ENTRY_HEADER_SIZE + nameLength + 3) & ~3;
}

/** A name and the number of the inode that it names. */
export interface DirectoryEntry {
  readonly name: ByteString;
  readonly ino: number;
}

/**
 * The names in one block with their inode numbers, `.` and `..` too.
 * @throws {FormatError} when the entries do not fill the block
 */
export function* directoryEntries(block: Buffer): Generator<DirectoryEntry, void, undefined> {
  for (let at = 0; at < block.length;) {
    const length = at + ENTRY_HEADER_SIZE > block.length ? 0 : block.readUInt16LE(at + 4);
    const nameLength = length === 0 ? 0 : block.readUInt8(at + 6);
    if (length < directoryEntrySize(nameLength) || at + length > block.length)
      throw new FormatError('ext4', 'a broken directory entry', { offset: at });
    const ino = block.readUInt32LE(at);
    const start = at + ENTRY_HEADER_SIZE;
    // Number 0: an unused entry, or the block's checksum.
    if (ino !== 0) yield { name: fromBytes(block.subarray(start, start + nameLength)), ino };
    at += length;
  }
}
