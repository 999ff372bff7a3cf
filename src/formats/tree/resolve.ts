/** Path resolution inside a tree, as the kernel does it for a process whose root it is (path_resolution(7)). */
import type { ByteString } from '../../util/bytes.js';
import { inodeOf, type Directory, type Inode, type Tree } from './model.js';

/** Symlinks that one resolution follows (Linux include/linux/namei.h: MAXSYMLINKS). */
const MAXSYMLINKS = 40;

/**
 * The inode at a path, with symlinks followed, the last one too. `..` does not leave the root.
 * @returns undefined when there is none or links go round in a circle
 */
export function resolvePath(tree: Tree, path: ByteString): Inode | undefined {
  const parents: Directory[] = [];
  let current: Inode = tree.root;
  let links = 0;
  const pending = components(path);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (current.kind !== 'directory') return undefined;
    if (name === '..') {
      current = parents.pop() ?? tree.root;
      continue;
    }
    const entry = current.children.get(name);
    if (entry === undefined) return undefined;
    const inode: Inode = inodeOf(entry);
    if (inode.kind === 'symlink') {
      if (++links > MAXSYMLINKS) return undefined;
      if (inode.target.startsWith('/')) {
        parents.length = 0;
        current = tree.root;
      }
      for (const component of components(inode.target)) pending.push(component);
    } else {
      parents.push(current);
      current = inode;
    }
  }
  return current;
}

/** Last component first, without empty ones and `.`. */
function components(path: ByteString): ByteString[] {
  return (path.split('/') as ByteString[]).filter((name) => name !== '' && name !== '.').reverse();
}
