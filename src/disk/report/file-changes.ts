/** Which files differ between two trees, and by how much. Directories do not count as files here. */
import { diffTrees, type PathChange } from '../../formats/tree/diff.js';
import { inodeOf, type Inode, type Tree } from '../../formats/tree/model.js';
import { sizesOfObjects } from '../../formats/tree/tree-objects.js';
import { lookup } from '../../formats/tree/walk.js';
import type { ByteString } from '../../util/bytes.js';

export interface FileChange {
  /** `attributes`: mode, owner or extended attributes, and not the content. */
  readonly kind: 'added' | 'deleted' | 'modified' | 'attributes';
  readonly path: ByteString;
  /** Of the content, in bytes; undefined where there is no file. What has several names counts at the first. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** By how much it changed: the bytes of new content, those of the old where there is none; 0 for `attributes`. */
  readonly bytes: number;
  /** Fields of `attributes` that differ, as `diff` tells them. */
  readonly fields: PathChange['fields'];
}

export interface FileChanges {
  /** Most changed first; then in byte order of path. */
  readonly entries: readonly FileChange[];
  /** Paths of which only times or the number of names differ, and directories: those are not in the list. */
  readonly otherCount: number;
  /** Bytes of the objects that the newer tree has and the older one has not: what a machine with the older one fetches. */
  readonly newBytes: number;
}

/** Fields of a path that are its content; a name that leads to another inode of a hard link has one of these, too, or the same content. */
const CONTENT: ReadonlySet<string> = new Set(['content', 'target', 'device', 'type']);

export function compareFiles(before: Tree, after: Tree): FileChanges {
  const sizes = { from: new SizeOnce(before), to: new SizeOnce(after) };
  const entries: FileChange[] = [];
  let otherCount = 0;
  for (const change of diffTrees(before, after)) {
    const file = describeChange(change, sizes);
    if (file === undefined) otherCount++;
    else entries.push(file);
  }
  entries.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
  return { entries, otherCount, newBytes: countNewBytes(before, after) };
}

interface Sizes {
  readonly from: SizeOnce;
  readonly to: SizeOnce;
}

function describeChange({ kind, path, fields }: PathChange, sizes: Sizes): FileChange | undefined {
  const [from, to] = [sizes.from.at(path), sizes.to.at(path)];
  if (from === undefined && to === undefined) return undefined;
  const sides = { path, from, to };
  // A directory that became a file, or the other way.
  if (from === undefined) return { ...sides, kind: 'added', bytes: to ?? 0, fields: [] };
  if (to === undefined) return { ...sides, kind: 'deleted', bytes: from, fields: [] };
  if (fields.some(({ field }) => CONTENT.has(field)))
    return { ...sides, kind: 'modified', bytes: to, fields: [] };
  const others = fields.filter(({ field }) => isAttribute(field));
  return kind === 'modified' && others.length > 0
    ? { ...sides, kind: 'attributes', bytes: 0, fields: others }
    : undefined;
}

function isAttribute(field: string): boolean {
  return field === 'mode' || field === 'uid' || field === 'gid' || field.startsWith('xattr ');
}

/** Sizes of a tree's files by path. The content of an inode with several names counts once. */
class SizeOnce {
  private readonly tree: Tree;
  private readonly counted = new Set<Inode>();

  constructor(tree: Tree) {
    this.tree = tree;
  }

  /** Undefined where there is no file. */
  at(path: ByteString): number | undefined {
    const entry = lookup(this.tree, path);
    if (entry === undefined || entry.kind === 'directory') return undefined;
    const inode = inodeOf(entry);
    if (inode.kind !== 'file' || this.counted.has(inode)) return 0;
    this.counted.add(inode);
    return inode.size;
  }
}

function countNewBytes(before: Tree, after: Tree): number {
  const known = sizesOfObjects(before);
  let bytes = 0;
  for (const [digest, size] of sizesOfObjects(after)) if (!known.has(digest)) bytes += size;
  return bytes;
}
