/** What differs between two trees: added, deleted and modified paths, and which fields of the modified ones. */
import { ascii, toDisplay, type ByteString } from '../../util/bytes.js';
import {
  inodeOf,
  type Directory,
  type Entry,
  type Inode,
  type Tree,
  type Xattrs,
} from './model.js';
import { joinPath } from './names.js';
import { primaryPaths } from './walk.js';

/** One field of one path. Values are text for people. */
export interface FieldChange {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

export interface PathChange {
  readonly kind: 'added' | 'deleted' | 'modified';
  readonly path: ByteString;
  /** Empty unless the path was modified. */
  readonly fields: readonly FieldChange[];
}

/**
 * Changes from `before` to `after`, directories before what is in them, siblings in byte order. All that an image
 * holds counts, so two trees without a difference have the same image.
 */
export function diffTrees(before: Tree, after: Tree): PathChange[] {
  const links = { before: primaryPaths(before), after: primaryPaths(after) };
  const changes: PathChange[] = [];
  const stack: Pair[] = [{ path: ascii('/'), before: before.root, after: after.root }];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    const change = comparePair(pair, links);
    if (change !== undefined) changes.push(change);
    // The stack gives back what was pushed last first.
    for (const child of childPairs(pair).reverse()) stack.push(child);
  }
  return changes;
}

interface Pair {
  readonly path: ByteString;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

interface Links {
  readonly before: ReadonlyMap<Inode, ByteString>;
  readonly after: ReadonlyMap<Inode, ByteString>;
}

function comparePair({ path, before, after }: Pair, links: Links): PathChange | undefined {
  if (before === undefined) return { kind: 'added', path, fields: [] };
  if (after === undefined) return { kind: 'deleted', path, fields: [] };
  const from = inodeOf(before);
  const to = inodeOf(after);
  const fields = compareInodes(from, to);
  const linkFrom = links.before.get(from);
  const linkTo = links.after.get(to);
  if (linkFrom !== linkTo)
    fields.push({ field: 'hard link', from: displayLink(linkFrom), to: displayLink(linkTo) });
  return fields.length === 0 ? undefined : { kind: 'modified', path, fields };
}

function displayLink(path: ByteString | undefined): string {
  return path === undefined ? 'no' : toDisplay(path);
}

function childPairs({ path, before, after }: Pair): Pair[] {
  const from = childrenOf(before);
  const to = childrenOf(after);
  const names = [...new Set([...from.keys(), ...to.keys()])].sort();
  return names.map((name) => ({
    path: joinPath(path, name),
    before: from.get(name),
    after: to.get(name),
  }));
}

const NO_CHILDREN: Directory['children'] = new Map();

function childrenOf(entry: Entry | undefined): Directory['children'] {
  return entry?.kind === 'directory' ? entry.children : NO_CHILDREN;
}

function compareInodes(from: Inode, to: Inode): FieldChange[] {
  if (from.kind !== to.kind) return [{ field: 'type', from: from.kind, to: to.kind }];
  const changes: FieldChange[] = [];
  const a = describeInode(from);
  const b = describeInode(to);
  for (const [field, value] of a) {
    const other = b.get(field) ?? '-';
    if (other !== value) changes.push({ field, from: value, to: other });
  }
  for (const [field, value] of b) if (!a.has(field)) changes.push({ field, from: '-', to: value });
  return changes;
}

/** Every field that an image holds of an inode, by name. */
function describeInode(inode: Inode): Map<string, string> {
  const fields = new Map([
    ['mode', inode.mode.toString(8).padStart(4, '0')],
    ['uid', String(inode.uid)],
    ['gid', String(inode.gid)],
    [
      'mtime',
      inode.mtimeNsec === 0
        ? String(inode.mtimeSec)
        : `${inode.mtimeSec}.${inode.mtimeNsec.toString().padStart(9, '0')}`,
    ],
  ]);
  if (inode.kind !== 'directory') fields.set('links', String(inode.nlink));
  describeContent(inode, fields);
  describeXattrs(inode.xattrs, fields);
  return fields;
}

function describeContent(inode: Inode, fields: Map<string, string>): void {
  if (inode.kind === 'symlink') fields.set('target', toDisplay(inode.target));
  else if (inode.kind === 'char' || inode.kind === 'block')
    fields.set('device', inode.rdev.toString(16));
  else if (inode.kind === 'file') {
    fields.set('size', String(inode.size));
    const inline =
      inode.inline === undefined
        ? undefined
        : `inline:${Buffer.from(inode.inline).toString('hex')}`;
    fields.set('content', inline ?? inode.digest ?? '-');
  }
}

function describeXattrs(xattrs: Xattrs, fields: Map<string, string>): void {
  for (const [name, value] of xattrs)
    fields.set(`xattr ${toDisplay(name)}`, Buffer.from(value, 'latin1').toString('hex'));
}
