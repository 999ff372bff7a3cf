/** All of an image, walked once for all rules: names and metadata. Contents are read when a rule asks for them, and never a large one whole. */
import fs from 'node:fs';
import { inodeOf, type Inode, type RegularFile, type Tree } from '../../formats/tree/model.js';
import { lookup, walk } from '../../formats/tree/walk.js';
import { openBeneath } from '../../linux/open.js';
import { readContentStart } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { scanDirectory, type Scan } from '../../repo/source/scan.js';
import { expectThere, treeChanged } from '../../repo/tree-changed.js';
import type { ByteString } from '../../util/bytes.js';
import { pauser } from '../../util/pauses.js';
import type { Progress } from '../../util/progress.js';

/** One name of an image. */
export interface WholeTreeEntry {
  /** Absolute within the image. */
  readonly path: ByteString;
  readonly inode: Inode;
  /** Whether the inode has come already, under another name. */
  readonly isFurtherName: boolean;
}

export interface WholeTree {
  readonly tree: Tree;
  /** All names but the root's, parents first, in byte order in each directory. */
  readonly entries: readonly WholeTreeEntry[];
  /** At most so many bytes from the start of a regular file. */
  readonly start: (path: ByteString, file: RegularFile, length: number) => Promise<Buffer>;
}

/** Of a commit's image. */
export function wholeTreeOf(
  repository: Repository,
  tree: Tree,
  signal: AbortSignal | undefined,
): WholeTree {
  return {
    tree,
    entries: entriesOf(tree),
    start: (_, file, length) => readContentStart(repository, file, length, signal),
  };
}

/** Of a directory. The caller closes it. */
export interface ScannedTree extends WholeTree {
  readonly close: () => void;
}

/** @throws {SyscallError} when something in it cannot be read; {RootsealError} TREE_CHANGED */
export async function scanWholeTree(
  directory: string,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal | undefined },
): Promise<ScannedTree> {
  const scan = scanDirectory(directory, { xattrs: 'all', progress });
  try {
    const pause = pauser(signal);
    while (scan.advance()) await pause.takeIfDue();
  } catch (error) {
    scan.close();
    throw error;
  }
  return {
    tree: scan.tree,
    entries: entriesOf(scan.tree),
    start: (path, _, length) => Promise.resolve(startOfFile(scan, path, length)),
    close: () => {
      scan.close();
    },
  };
}

function entriesOf(tree: Tree): WholeTreeEntry[] {
  const entries: WholeTreeEntry[] = [];
  for (const { path, entry, parent } of walk(tree))
    if (parent !== undefined)
      entries.push({ path, inode: inodeOf(entry), isFurtherName: entry.kind === 'link' });
  return entries;
}

function startOfFile({ rootFd }: Scan, path: ByteString, length: number): Buffer {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  const relative = path.slice(1) as ByteString;
  const fd = expectThere(relative, () =>
    openBeneath(rootFd, relative, O_RDONLY | O_NONBLOCK | O_NOFOLLOW),
  );
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) throw treeChanged(relative, 'a file became something else');
    const bytes = Buffer.alloc(Math.min(length, stat.size));
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    fs.closeSync(fd);
  }
}

/** The inode at a path of a tree, no link followed. */
export function inodeAt(tree: Tree, path: string): Inode | undefined {
  const entry = lookup(tree, path as ByteString);
  return entry === undefined ? undefined : inodeOf(entry);
}
