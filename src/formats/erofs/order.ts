/**
 * The inodes of an image in the order in which they are written: breadth first, the children of a directory in byte
 * order of name, hard links where their primary name is (libcomposefs 1.0.8, lcfs_compute_tree).
 */
import { ascii, toDisplay, type ByteString } from '../../util/bytes.js';
import { itemAt } from '../../util/checks.js';
import { FormatError } from '../../util/errors.js';
import type { Steps } from '../../util/steps.js';
import { isWhiteout, type Entry, type Inode, type Leaf, type Tree } from '../tree/model.js';
import { nameProblem } from '../tree/names.js';
import {
  EROFS_FT_BLKDEV,
  EROFS_FT_CHRDEV,
  EROFS_FT_DIR,
  EROFS_FT_FIFO,
  EROFS_FT_REG_FILE,
  EROFS_FT_SOCK,
  EROFS_FT_SYMLINK,
  FORMAT,
} from './structures.js';
import { inodeProblem, type Problem } from './limits.js';
import { withStubs } from './overlay.js';

const DOT = ascii('.');
const DOT_DOT = ascii('..');

/** Inodes between two pauses of long work at most, in each pass over all of them. */
export const INODES_A_STEP = 256;

/** What is known of a directory besides its inode. */
export interface DirectoryRecord {
  /** Index of the directory that holds it; the root holds itself. */
  readonly parent: number;
  /** All names, `.` and `..` among them, in byte order. */
  readonly names: readonly ByteString[];
  readonly entries: ReadonlyMap<ByteString, Entry>;
  /** Index of the first child; the other children that are not links follow it in order of name. */
  readonly firstChild: number;
  readonly nlink: number;
  readonly hasWhiteouts: boolean;
}

/** Every inode of an image, stubs included, by index. */
export interface Order {
  readonly inodes: readonly Inode[];
  /** EROFS file type of each inode, as the image shows it. */
  readonly types: Uint8Array;
  readonly directories: ReadonlyMap<number, DirectoryRecord>;
  /** The indices of inodes that links point to. */
  readonly linked: ReadonlyMap<Leaf, number>;
  /** Whether the tree has whiteouts of its own. */
  readonly hasWhiteouts: boolean;
  /** Whether an inode is such a whiteout, and no stub. */
  isWhiteout(index: number): boolean;
  /** @throws {FormatError} that names the inode's path and the field */
  fail(index: number, problem: Problem): never;
}

/** @throws {FormatError} when the tree holds something that an image cannot */
export function* orderInodes(tree: Tree): Steps<Order> {
  const builder = new OrderBuilder(tree);
  for (let index = 0; index < builder.inodes.length; index++) {
    if (index % INODES_A_STEP === 0) yield;
    builder.visit(index);
  }
  builder.resolveLinks();
  return builder.finish();
}

class OrderBuilder {
  readonly inodes: Inode[];
  private readonly parents = [0];
  readonly directories = new Map<number, DirectoryRecord>();
  private readonly linked = new Map<Leaf, number>();
  private readonly rootEntries: ReadonlyMap<ByteString, Entry>;
  private readonly stubs: ReadonlySet<Entry>;
  private hasWhiteouts = false;

  constructor(tree: Tree) {
    const { entries, stubs } = withStubs(tree.root);
    this.inodes = [tree.root];
    this.rootEntries = entries;
    this.stubs = stubs;
  }

  /** Checks an inode and puts the children of a directory at the end of the queue. */
  visit(index: number): void {
    const inode = itemAt(this.inodes, index);
    const problem = inodeProblem(inode);
    if (problem !== undefined) this.fail(index, problem);
    if (inode.kind !== 'directory') return;
    const entries = index === 0 ? this.rootEntries : inode.children;
    const names = [...entries.keys(), DOT, DOT_DOT].sort();
    const firstChild = this.inodes.length;
    const { nlink, hasWhiteouts } = this.enqueue(index, names, entries);
    this.hasWhiteouts ||= hasWhiteouts;
    const parent = itemAt(this.parents, index);
    this.directories.set(index, { parent, names, entries, firstChild, nlink, hasWhiteouts });
    this.checkNames(index, entries);
  }

  private enqueue(
    parent: number,
    names: readonly ByteString[],
    entries: ReadonlyMap<ByteString, Entry>,
  ): Pick<DirectoryRecord, 'nlink' | 'hasWhiteouts'> {
    let nlink = 2;
    let hasWhiteouts = false;
    for (const name of names) {
      const entry = entries.get(name);
      if (entry === undefined) continue;
      if (entry.kind === 'link') {
        this.linked.set(entry.target, -1);
        continue;
      }
      if (entry.kind === 'directory') nlink++;
      else hasWhiteouts ||= isWhiteout(entry) && !this.stubs.has(entry);
      this.inodes.push(entry);
      this.parents.push(parent);
    }
    return { nlink, hasWhiteouts };
  }

  private checkNames(index: number, entries: ReadonlyMap<ByteString, Entry>): void {
    for (const name of entries.keys()) {
      const message = nameProblem(name);
      if (message !== undefined) this.fail(index, { field: 'name', message });
    }
  }

  /** Finds the inodes that links point to. */
  resolveLinks(): void {
    if (this.linked.size === 0) return;
    this.inodes.forEach((inode, index) => {
      if (inode.kind !== 'directory' && this.linked.has(inode)) this.linked.set(inode, index);
    });
    for (const [, index] of this.linked) {
      if (index >= 0) continue;
      const message = 'a link points to an inode that has no name of its own in the tree';
      throw new FormatError(FORMAT, message, { field: 'link' });
    }
  }

  finish(): Order {
    const { inodes, directories, linked, hasWhiteouts, stubs } = this;
    const types = Uint8Array.from(inodes, (inode) =>
      stubs.has(inode) ? EROFS_FT_CHRDEV : fileType(inode),
    );
    return {
      inodes,
      types,
      directories,
      linked,
      hasWhiteouts,
      isWhiteout: (index) => types[index] === EROFS_FT_REG_FILE && inodes[index]?.kind === 'char',
      fail: (index, problem) => this.fail(index, problem),
    };
  }

  private fail(index: number, problem: Problem): never {
    const message = `${this.pathOf(index)}: ${problem.message}`;
    throw new FormatError(FORMAT, message, { field: problem.field });
  }

  private pathOf(index: number): string {
    const parts: string[] = [];
    for (let child = index; child !== 0; child = itemAt(this.parents, child)) {
      const { names, entries, firstChild } = directoryAt(this, itemAt(this.parents, child));
      const primary = names.filter(
        (name) => entries.has(name) && entries.get(name)?.kind !== 'link',
      );
      parts.push(toDisplay(itemAt(primary, child - firstChild)));
    }
    return `/${parts.reverse().join('/')}`;
  }
}

/** The record of the directory at an index. */
export function directoryAt(
  order: { readonly directories: ReadonlyMap<number, DirectoryRecord> },
  index: number,
): DirectoryRecord {
  const directory = order.directories.get(index);
  if (directory === undefined) throw new RangeError(`inode ${index} is not a directory`);
  return directory;
}

/** A whiteout is shown as a regular file. */
function fileType(inode: Inode): number {
  switch (inode.kind) {
    case 'directory':
      return EROFS_FT_DIR;
    case 'file':
      return EROFS_FT_REG_FILE;
    case 'symlink':
      return EROFS_FT_SYMLINK;
    case 'char':
      return isWhiteout(inode) ? EROFS_FT_REG_FILE : EROFS_FT_CHRDEV;
    case 'block':
      return EROFS_FT_BLKDEV;
    case 'fifo':
      return EROFS_FT_FIFO;
    case 'socket':
      return EROFS_FT_SOCK;
  }
}

/**
 * A function that gives the index of the inode behind each name of a directory.
 * It counts children, so it must be called once for each of the directory's names, in order.
 */
export function childIndices(order: Order, index: number): (name: ByteString) => number {
  const directory = directoryAt(order, index);
  let next = directory.firstChild;
  return (name) => {
    if (name === DOT) return index;
    if (name === DOT_DOT) return directory.parent;
    const entry = directory.entries.get(name);
    return entry?.kind === 'link' ? (order.linked.get(entry.target) ?? 0) : next++;
  };
}
