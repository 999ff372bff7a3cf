/** Trees as they can be looked at: names, attributes, contents. */
import type { CallOptions } from './call-options.js';

/** What an inode is. */
export type FileType = 'directory' | 'file' | 'symlink' | 'char' | 'block' | 'fifo' | 'socket';

/** One name in a tree, with the inode behind it. */
export interface TreeEntry {
  /**
   * Absolute within the tree, e.g. `/usr/bin/env`: the exact name when it is UTF-8, else with `\xHH` for each byte that is not
   * printable ASCII. It may hold any character but NUL, so it is not fit for a terminal as it is.
   */
  readonly path: string;
  /** The exact bytes of the path. */
  readonly pathBytes: Uint8Array;
  readonly type: FileType;
  /** Permission bits with setuid, setgid and sticky: at most 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Number of names that the inode has. */
  readonly nlink: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Bytes of a regular file; undefined for others. */
  readonly size: number | undefined;
  /** Digest of the object with the content; undefined for files that are empty or lie in the image itself, and for what is not a file. */
  readonly digest: string | undefined;
  /** Where a symbolic link leads, spelled as `path` is; undefined for others. */
  readonly target: string | undefined;
  /** Of a device; undefined for others. */
  readonly device: { readonly major: number; readonly minor: number } | undefined;
  /** Extended attributes by full name; made again at each call. */
  readonly xattrs: Readonly<Record<string, Uint8Array>>;
}

/** A path in a tree: text, which is taken as UTF-8, or bytes. The slash at its beginning may be left out. */
export type TreePath = string | Uint8Array;

/** A tree that was read; a view, which nothing changes. */
export interface Tree {
  /** Every name, depth first, directories before what is in them, siblings in byte order; the first one is `/`. */
  walk(): Iterable<TreeEntry>;
  /**
   * What is in a directory, in byte order; symbolic links to it are followed inside the tree.
   * @throws {RootsealError} PATH_NOT_FOUND; USAGE when it is not a directory
   */
  list(path: TreePath): readonly TreeEntry[];
  /** The entry that a path names itself, symbolic link or not; undefined when there is none. */
  entry(path: TreePath): TreeEntry | undefined;
  /** Digests of all objects that the tree needs besides its image, each once, in order. */
  objects(): readonly string[];
}

export interface ReadFileOptions extends CallOptions {
  /** Longest content that is read into memory, in bytes; 64 MiB by default. */
  readonly maxBytes?: number | undefined;
}

/** The tree of a commit, whose contents can be read, too. */
export interface CommitTree extends Tree {
  /** The commit's id. */
  readonly commit: string;
  /**
   * The content of a regular file, whose digest was checked before; symbolic links are followed inside the tree.
   * @throws {RootsealError} PATH_NOT_FOUND; USAGE when it is not a regular file, or longer than `maxBytes`; OBJECT_NOT_FOUND or
   *   OBJECT_CORRUPT when the repository is damaged, or `gc` has removed the commit meanwhile
   */
  readFile(path: TreePath, options?: ReadFileOptions): Promise<Uint8Array>;
  /** As `readFile`, in chunks. The whole content was checked before the first one. Meanwhile the repository is locked, shared. */
  openFile(path: TreePath, options?: CallOptions): AsyncIterable<Uint8Array>;
}

/** One field of one path that differs. Values are text for people. */
export interface FieldChange {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

/** What differs between two trees. */
export interface PathChange {
  readonly kind: 'added' | 'deleted' | 'modified';
  /** As in `TreeEntry`. */
  readonly path: string;
  /** Empty unless the path was modified. */
  readonly fields: readonly FieldChange[];
}
