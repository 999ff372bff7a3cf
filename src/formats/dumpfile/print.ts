/**
 * Writer of composefs-dump(5): the same bytes as `composefs-info dump` prints for an image of the tree
 * (composefs 1.0.8, tools/composefs-info.c).
 *
 * One line for each name, depth first, names in byte order. Extended attributes keep the order of their map; a
 * directory's SIZE is what it takes in an image.
 */
import { ascii, fromBytes, type ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import { layoutDirectory } from '../erofs/dirent.js';
import { EROFS_BLKSIZ } from '../erofs/structures.js';
import { withStubs } from '../erofs/overlay.js';
import {
  inodeOf,
  type Directory,
  type Inode,
  type Leaf,
  type Tree,
  type Xattrs,
} from '../tree/model.js';
import { primaryPaths, walk } from '../tree/walk.js';
import { escapeField, escapeOptional, escapeXattr } from './escape.js';
import { TYPE_BITS } from './inode-fields.js';
import { FORMAT } from './line.js';

/**
 * The lines of a dump, each with its newline, in ASCII.
 *
 * @throws {FormatError} when a hard link's target has no name in the tree
 */
export function* printDump(tree: Tree): Generator<string, void, undefined> {
  const targets = primaryPaths(tree);
  for (const { path, entry } of walk(tree)) {
    const inode = inodeOf(entry);
    const isLink = entry.kind === 'link';
    const size = sizeOf(inode, inode === tree.root);
    const mode = `${isLink ? '@' : ''}${(TYPE_BITS[inode.kind] | inode.mode).toString(8)}`;
    const { nlink, uid, gid, mtimeSec, mtimeNsec } = inode;
    const rdev = inode.kind === 'char' || inode.kind === 'block' ? inode.rdev : 0;
    const numbers = `${size} ${mode} ${nlink} ${uid} ${gid} ${rdev} ${mtimeSec}.${mtimeNsec}`;
    const payload = isLink ? targetPath(targets, entry.target) : payloadOf(inode);
    const tail = `${escapeOptional(payload)} ${contentOf(inode)} ${digestOf(inode)}`;
    yield `${escapeField(path)} ${numbers} ${tail}${printXattrs(inode.xattrs)}\n`;
  }
}

function targetPath(targets: ReadonlyMap<Leaf, ByteString>, target: Leaf): ByteString {
  const path = targets.get(target);
  if (path !== undefined) return path;
  throw new FormatError(FORMAT, 'the target of a hard link has no name in the tree');
}

function sizeOf(inode: Inode, isRoot: boolean): number {
  if (inode.kind === 'directory') return directorySize(inode, isRoot);
  return inode.kind === 'symlink' ? inode.target.length : inode.size;
}

/** `st_size` of a directory in an image, where the root holds the object store's whiteouts as well. */
function directorySize(directory: Directory, isRoot: boolean): number {
  const { entries } = isRoot ? withStubs(directory) : { entries: directory.children };
  const names = [ascii('.'), ascii('..'), ...entries.keys()].sort();
  const { blocks, tail } = layoutDirectory(names);
  return blocks * EROFS_BLKSIZ + tail;
}

function payloadOf(inode: Inode): ByteString | undefined {
  if (inode.kind === 'symlink') return inode.target;
  return inode.kind === 'file' ? inode.payload : undefined;
}

function contentOf(inode: Inode): string {
  const inline = inode.kind === 'file' ? inode.inline : undefined;
  return escapeOptional(inline === undefined ? undefined : fromBytes(inline));
}

function digestOf(inode: Inode): string {
  return (inode.kind === 'file' ? inode.digest : undefined) ?? '-';
}

function printXattrs(xattrs: Xattrs): string {
  let text = '';
  for (const [key, value] of xattrs) text += ` ${escapeXattr(key)}=${escapeXattr(value)}`;
  return text;
}
