/**
 * A file system in memory: inodes, names, extended attributes and hard links, as bytes.
 *
 * Everything that rootseal reads (a directory, a tar, a dump, an image) becomes a `Tree`, and everything it writes
 * is made from one. Numbers are JavaScript safe integers: decoders refuse what does not fit.
 */
import type { ByteString } from '../../util/bytes.js';
import type { Digest } from '../../util/digest.js';

/** Extended attributes by full name (`security.selinux`); values are byte strings. */
export type Xattrs = ReadonlyMap<ByteString, ByteString>;

export const NO_XATTRS: Xattrs = new Map();

/** What every inode has. */
export interface Stat {
  /** Permission bits with setuid, setgid and sticky: at most 0o7777. The file type is the inode's `kind`. */
  mode: number;
  uid: number;
  gid: number;
  /** Number of names, as the source gave it. `canonicalize` counts it again. */
  nlink: number;
  /** Seconds since 1970, signed. */
  mtimeSec: number;
  /** 0 to 999,999,999. Zero in canonical trees. */
  mtimeNsec: number;
  xattrs: Xattrs;
}

export interface Directory extends Stat {
  readonly kind: 'directory';
  /** In no particular order; whoever needs byte order sorts (`sortedNames`). */
  readonly children: Map<ByteString, Entry>;
}

export interface RegularFile extends Stat {
  readonly kind: 'file';
  /** Bytes; at most 2^53 - 1. */
  size: number;
  /** The content itself, of length `size`; then `digest` and `payload` are not written to an image. */
  inline: Uint8Array | undefined;
  /** fs-verity digest of the content; undefined for an empty or inline file and while not yet computed. */
  digest: Digest | undefined;
  /** Where overlayfs finds the content, relative to the object directory: `hh/rest`. */
  payload: ByteString | undefined;
}

export interface Symlink extends Stat {
  readonly kind: 'symlink';
  /** 1 to 4,095 bytes. */
  readonly target: ByteString;
}

export interface Device extends Stat {
  readonly kind: 'char' | 'block';
  /** Linux `new_encode_dev` form, 32 bits. A character device 0 is an overlayfs whiteout. */
  rdev: number;
  /** `st_size` as the source gave it; nothing is stored under it. */
  size: number;
}

export interface Special extends Stat {
  readonly kind: 'fifo' | 'socket';
  /** `st_size` as the source gave it; nothing is stored under it. */
  size: number;
}

/** An inode that may have several names. */
export type Leaf = RegularFile | Symlink | Device | Special;

export type Inode = Directory | Leaf;

/** A further name of an inode whose primary name is elsewhere in the tree. */
export interface HardLink {
  readonly kind: 'link';
  readonly target: Leaf;
}

/** What a name in a directory stands for. */
export type Entry = Inode | HardLink;

export interface Tree {
  readonly root: Directory;
}

/** The inode behind a directory entry. */
export function inodeOf(entry: Entry): Inode {
  return entry.kind === 'link' ? entry.target : entry;
}

/** Names of a directory in byte order. */
export function sortedNames(directory: Directory): ByteString[] {
  // The default order compares UTF-16 units, which in a ByteString are bytes.
  return [...directory.children.keys()].sort();
}

/** Whether an inode is an overlayfs whiteout (a character device 0:0). */
export function isWhiteout(inode: Inode): boolean {
  return inode.kind === 'char' && inode.rdev === 0;
}
