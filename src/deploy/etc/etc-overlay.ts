/**
 * `/etc` as an overlay: the machine's changes lie in an upper directory over the image's `/etc` (Linux 6.12
 * Documentation/filesystems/overlayfs.rst). Here such a directory becomes the tree that is seen through it, and back.
 */
import {
  escapeXattrs,
  OVERLAY_XATTR_ESCAPE_PREFIX,
  OVERLAY_XATTR_METACOPY,
  OVERLAY_XATTR_OPAQUE,
  OVERLAY_XATTR_PREFIX,
  OVERLAY_XATTR_REDIRECT,
  unescapeKey,
} from '../../formats/erofs/overlay.js';
import {
  inodeOf,
  isWhiteout,
  NO_XATTRS,
  type Device,
  type Directory,
  type Entry,
  type Inode,
  type Leaf,
  type RegularFile,
  type Tree,
  type Xattrs,
} from '../../formats/tree/model.js';
import { joinPath } from '../../formats/tree/names.js';
import { ascii, toDisplay, type ByteString } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';
import type { Steps } from '../../util/steps.js';
import type { Comparison } from './compare.js';

/** Marks a file as a whiteout, since Linux 6.7. */
const OVERLAY_XATTR_WHITEOUT = ascii('trusted.overlay.whiteout');

/**
 * What is seen when `upper` lies over `lower`. Inodes are those of the two trees; attributes of overlayfs are taken off those
 * of `upper`, in place.
 * @throws {RootsealError} UNSUPPORTED for what the boot program's mount options do not allow
 */
export function* overlayView(lower: Tree, upper: Tree): Steps<Tree> {
  const root = viewLayers({ path: ascii('/etc'), upper: upper.root, lower: lower.root });
  const queue = [root];
  for (const { path, lower, upper, view } of queue) {
    for (const [name, entry] of upper.children) {
      yield;
      const child = joinPath(path, name);
      const inode = inodeOf(entry);
      if (isHidden(inode)) view.children.delete(name);
      else if (inode.kind === 'directory') {
        const next = viewLayers({ path: child, upper: inode, lower: childOf(lower, name) });
        view.children.set(name, next.view);
        queue.push(next);
      } else {
        if (entry.kind !== 'link') inode.xattrs = plainXattrs(child, inode.xattrs);
        view.children.set(name, entry);
      }
    }
  }
  return { root: root.view };
}

interface Layers {
  readonly path: ByteString;
  readonly upper: Directory;
  /** What is at this path below it. */
  readonly lower: Inode | undefined;
}

interface View extends Layers {
  /** The upper directory, and in it what shows through from the lower one. */
  readonly view: Directory;
}

function viewLayers({ path, upper, lower: found }: Layers): View {
  const isOpaque = upper.xattrs.get(OVERLAY_XATTR_OPAQUE) === 'y';
  const lower = isOpaque || found?.kind !== 'directory' ? undefined : found;
  const view = {
    ...upper,
    xattrs: plainXattrs(path, upper.xattrs),
    children: new Map(lower?.children),
  };
  return { path, upper, lower, view };
}

function isHidden(inode: Inode): boolean {
  return isWhiteout(inode) || (inode.kind === 'file' && inode.xattrs.has(OVERLAY_XATTR_WHITEOUT));
}

/** @throws {RootsealError} UNSUPPORTED */
function plainXattrs(path: ByteString, xattrs: Xattrs): Xattrs {
  if (xattrs.size === 0) return xattrs;
  for (const name of [OVERLAY_XATTR_REDIRECT, OVERLAY_XATTR_METACOPY])
    if (xattrs.has(name))
      throw new RootsealError(
        'UNSUPPORTED',
        `${toDisplay(path)}: the upper directory of the overlay has ${name}, which only other mount options make`,
      );
  const kept = [...xattrs].filter(
    ([name]) =>
      !name.startsWith(OVERLAY_XATTR_PREFIX) || name.startsWith(OVERLAY_XATTR_ESCAPE_PREFIX),
  );
  return new Map(kept.map(([name, value]) => [unescapeKey(name), value]));
}

/** A directory of the upper tree with what it stands for. */
interface Pair {
  readonly lower: Inode | undefined;
  readonly seen: Directory;
  readonly upper: Directory;
  /** The one that holds it, under this name; undefined for the root. */
  readonly parent: Directory | undefined;
  readonly name: ByteString;
}

export interface UpperOptions {
  readonly comparison: Comparison;
  /** Called for each file that had to become another inode, because its attributes have other names in an upper directory. */
  readonly onCopy: (copy: RegularFile, original: RegularFile) => void;
}

/** The upper directory with which `seen` is what shows over `lower`. Its leaves are those of `seen`. */
export function* upperOf(lower: Tree, seen: Tree, options: UpperOptions): Steps<Tree> {
  const root = upperDirectory(seen.root);
  const name = ascii('');
  const pairs: Pair[] = [
    { lower: lower.root, seen: seen.root, upper: root, parent: undefined, name },
  ];
  const placed = new Map<Leaf, Leaf>();
  for (const pair of pairs) {
    hideAbsent(pair);
    for (const [name, entry] of pair.seen.children) {
      const inode = inodeOf(entry);
      const below = childOf(pair.lower, name);
      yield* options.comparison.prepare([below, inode]);
      yield;
      if (inode.kind === 'directory') pairs.push(addDirectory(pair, name, inode));
      else if (!isWhiteout(inode) && !options.comparison.same(below, inode))
        pair.upper.children.set(name, placeLeaf(inode, placed, options));
    }
  }
  // Directories that say what shows anyway go, the deepest first.
  for (const { lower, seen, upper, parent, name } of pairs.reverse())
    if (upper.children.size === 0 && options.comparison.same(lower, seen))
      parent?.children.delete(name);
  return { root };
}

function addDirectory({ lower, upper }: Pair, name: ByteString, seen: Directory): Pair {
  const below = childOf(lower, name);
  const made = upperDirectory(seen);
  upper.children.set(name, made);
  return { lower: below, seen, upper: made, parent: upper, name };
}

function upperDirectory(seen: Directory): Directory {
  return { ...seen, xattrs: escapeXattrs(seen.xattrs), children: new Map() };
}

/** Whiteouts for what is in the lower directory and is not to be seen. */
function hideAbsent({ lower, seen, upper }: Pair): void {
  if (lower?.kind !== 'directory') return;
  for (const name of lower.children.keys()) {
    const entry = seen.children.get(name);
    if (entry === undefined || isWhiteout(inodeOf(entry))) upper.children.set(name, makeWhiteout());
  }
}

function makeWhiteout(): Device {
  const stat = { mode: 0, uid: 0, gid: 0, nlink: 1, mtimeSec: 0, mtimeNsec: 0 };
  return { kind: 'char', ...stat, xattrs: NO_XATTRS, rdev: 0, size: 0 };
}

function placeLeaf(leaf: Leaf, placed: Map<Leaf, Leaf>, { onCopy }: UpperOptions): Entry {
  const known = placed.get(leaf);
  if (known !== undefined) return { kind: 'link', target: known };
  const isPlain = ![...leaf.xattrs.keys()].some((name) => name.startsWith(OVERLAY_XATTR_PREFIX));
  const own = isPlain ? leaf : { ...leaf, xattrs: escapeXattrs(leaf.xattrs) };
  if (own !== leaf && own.kind === 'file' && leaf.kind === 'file') onCopy(own, leaf);
  placed.set(leaf, own);
  return own;
}

function childOf(inode: Inode | undefined, name: ByteString): Inode | undefined {
  const entry = inode?.kind === 'directory' ? inode.children.get(name) : undefined;
  return entry === undefined ? undefined : inodeOf(entry);
}
