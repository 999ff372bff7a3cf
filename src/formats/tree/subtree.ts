/** A directory of a tree as a tree of its own. */
import { resolvePath } from './resolve.js';
import type { ByteString } from '../../util/bytes.js';
import type { Directory, Entry, Leaf, Tree } from './model.js';

/**
 * Shares its inodes with `tree`. A file that has its primary name elsewhere gets one in the subtree.
 * @returns undefined when there is no directory at `path`, whose symbolic links are followed inside of the tree
 */
export function subtree(tree: Tree, path: ByteString): Tree | undefined {
  const found = resolvePath(tree, path);
  if (found?.kind !== 'directory') return undefined;
  const primary = new Set<Leaf>();
  for (const directory of directoriesBelow(found))
    for (const entry of directory.children.values())
      if (entry.kind !== 'link' && entry.kind !== 'directory') primary.add(entry);
  const root = emptied(found);
  const queue: (readonly [Directory, Directory])[] = [[found, root]];
  for (const [from, to] of queue) {
    for (const [name, entry] of from.children) {
      if (entry.kind === 'directory') {
        const copy = emptied(entry);
        to.children.set(name, copy);
        queue.push([entry, copy]);
      } else to.children.set(name, ownName(entry, primary));
    }
  }
  return { root };
}

function ownName(entry: Exclude<Entry, Directory>, primary: Set<Leaf>): Entry {
  if (entry.kind !== 'link' || primary.has(entry.target)) return entry;
  primary.add(entry.target);
  return entry.target;
}

function emptied(directory: Directory): Directory {
  return { ...directory, children: new Map<ByteString, Entry>() };
}

function directoriesBelow(root: Directory): Directory[] {
  const found = [root];
  for (const directory of found)
    for (const entry of directory.children.values())
      if (entry.kind === 'directory') found.push(entry);
  return found;
}
