/** Trees as callers see them. */
import {
  sortedNames,
  inodeOf,
  type Inode,
  type Tree as InnerTree,
} from '../../formats/tree/model.js';
import { joinPath } from '../../formats/tree/names.js';
import { objectsOf } from '../../formats/tree/tree-objects.js';
import { lookup, walk } from '../../formats/tree/walk.js';
import { requireResolved } from '../../repo/read-tree.js';
import {
  fromBytes,
  fromText,
  toBytes,
  toDisplay,
  toText,
  type ByteString,
} from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';
import type { FileType, Tree, TreeEntry, TreePath } from '../tree-entries.js';

export class TreeView implements Tree {
  readonly #tree: InnerTree;

  constructor(tree: InnerTree) {
    this.#tree = tree;
  }

  *walk(): Generator<TreeEntry, void, undefined> {
    for (const { path, entry } of walk(this.#tree)) yield new Entry(path, inodeOf(entry));
  }

  list(path: TreePath): TreeEntry[] {
    const directory = requireResolved(this.#tree, bytesOf(path));
    if (directory.kind !== 'directory')
      throw new RootsealError(
        'USAGE',
        `${toDisplay(bytesOf(path))} is a ${directory.kind}, not a directory`,
      );
    const base = absolute(path);
    return sortedNames(directory).flatMap((name) => {
      const entry = directory.children.get(name);
      return entry === undefined ? [] : [new Entry(joinPath(base, name), inodeOf(entry))];
    });
  }

  entry(path: TreePath): TreeEntry | undefined {
    const found = lookup(this.#tree, bytesOf(path));
    return found === undefined ? undefined : new Entry(absolute(path), inodeOf(found));
  }

  objects(): string[] {
    return objectsOf(this.#tree);
  }
}

export function bytesOf(path: TreePath): ByteString {
  return typeof path === 'string' ? fromText(path) : fromBytes(path);
}

/** A name as text: exactly, where that can be. */
export function textOf(name: ByteString): string {
  return toText(name) ?? toDisplay(name);
}

function absolute(path: TreePath): ByteString {
  const names = bytesOf(path)
    .split('/')
    .filter((name) => name !== '');
  return `/${names.join('/')}` as ByteString;
}

/** Attributes that cost something are made when they are asked for: a tree may have millions of entries. */
class Entry implements TreeEntry {
  readonly path: string;
  readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly mtime: number;
  readonly size: number | undefined;
  readonly digest: string | undefined;
  readonly target: string | undefined;
  readonly #path: ByteString;
  readonly #inode: Inode;

  constructor(path: ByteString, inode: Inode) {
    this.#path = path;
    this.#inode = inode;
    this.path = textOf(path);
    this.type = inode.kind;
    this.mode = inode.mode;
    this.uid = inode.uid;
    this.gid = inode.gid;
    this.nlink = inode.nlink;
    this.mtime = inode.mtimeSec;
    this.size = inode.kind === 'file' ? inode.size : undefined;
    this.digest = inode.kind === 'file' ? inode.digest : undefined;
    this.target = inode.kind === 'symlink' ? textOf(inode.target) : undefined;
  }

  get pathBytes(): Uint8Array {
    return toBytes(this.#path);
  }

  /** Linux `new_decode_dev` (include/linux/kdev_t.h). */
  get device(): { major: number; minor: number } | undefined {
    if (this.#inode.kind !== 'char' && this.#inode.kind !== 'block') return undefined;
    const { rdev } = this.#inode;
    return { major: (rdev & 0xfff00) >>> 8, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
  }

  get xattrs(): Record<string, Uint8Array> {
    return Object.fromEntries(
      [...this.#inode.xattrs].map(([name, value]) => [textOf(name), toBytes(value)]),
    );
  }
}
