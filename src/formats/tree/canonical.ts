/**
 * The one form of a tree that all sources agree on.
 *
 * Two trees with the same content give the same image exactly when these hold: the first name of an inode in
 * depth-first byte order is its primary name, `nlink` is the number of names, times are whole seconds, and nothing
 * is stored as the size of an inode that has no content.
 */
import type { ByteString } from '../../util/bytes.js';
import { atOnce, type Steps } from '../../util/steps.js';
import { type Directory, type Leaf, type Tree } from './model.js';
import { walk } from './walk.js';

/** Changes `tree` into its canonical form, in place. */
export function canonicalize(tree: Tree): void {
  atOnce(canonicalizeInSteps(tree));
}

/** `canonicalize` for whoever cannot wait for a large tree: a step is a name. */
export function* canonicalizeInSteps(tree: Tree): Steps<void> {
  const names = new Map<Leaf, number>();
  const moves: { parent: Directory; name: ByteString; leaf: Leaf; primary: boolean }[] = [];
  for (const { path, entry, parent } of walk(tree)) {
    yield;
    if (entry.kind === 'directory') {
      normalizeDirectory(entry);
      continue;
    }
    const leaf = entry.kind === 'link' ? entry.target : entry;
    const seen = names.get(leaf) ?? 0;
    names.set(leaf, seen + 1);
    const isPrimary = entry.kind !== 'link';
    if (isPrimary !== (seen === 0) && parent !== undefined) {
      const name = path.slice(path.lastIndexOf('/') + 1) as ByteString;
      moves.push({ parent, name, leaf, primary: seen === 0 });
    }
  }
  for (const { parent, name, leaf, primary } of moves) {
    parent.children.set(name, primary ? leaf : { kind: 'link', target: leaf });
  }
  for (const [leaf, count] of names) normalizeLeaf(leaf, count);
}

function normalizeDirectory(directory: Directory): void {
  directory.mtimeNsec = 0;
  let subdirectories = 0;
  for (const child of directory.children.values()) if (child.kind === 'directory') subdirectories++;
  directory.nlink = 2 + subdirectories;
}

function normalizeLeaf(leaf: Leaf, nlink: number): void {
  leaf.mtimeNsec = 0;
  leaf.nlink = nlink;
  if (leaf.kind !== 'file' && leaf.kind !== 'symlink') leaf.size = 0;
}
