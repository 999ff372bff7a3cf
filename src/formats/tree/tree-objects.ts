/** Which objects a tree needs. */
import { inodeOf, type Tree } from './model.js';
import { walk } from './walk.js';
import type { ByteString } from '../../util/bytes.js';
import type { Digest } from '../../util/digest.js';

/** Digests of all contents outside the image, each once, in byte order. */
export function objectsOf(tree: Tree): Digest[] {
  return [...sizesOfObjects(tree).keys()].sort();
}

/** All contents outside the image, and how many bytes the tree says that each has; the most where it says several. */
export function sizesOfObjects(tree: Tree): Map<Digest, number> {
  const sizes = new Map<Digest, number>();
  const directories = [tree.root];
  for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
    for (const entry of next.children.values()) {
      if (entry.kind === 'directory') directories.push(entry);
      else if (entry.kind === 'file' && entry.inline === undefined && entry.digest !== undefined)
        sizes.set(entry.digest, Math.max(entry.size, sizes.get(entry.digest) ?? 0));
    }
  }
  return sizes;
}

/** Where overlayfs looks for contents, relative to the object directory; each once, in byte order. */
export function payloadsOf(tree: Tree): ByteString[] {
  const payloads = new Set<ByteString>();
  for (const { entry } of walk(tree)) {
    if (entry.kind === 'file' && entry.inline === undefined && entry.payload !== undefined)
      payloads.add(entry.payload);
  }
  return [...payloads].sort();
}

/** Which paths, hard links included, have which of `wanted` as their content. */
export function pathsOfObjects(tree: Tree, wanted: ReadonlySet<Digest>): Map<Digest, ByteString[]> {
  const paths = new Map<Digest, ByteString[]>();
  for (const { path, entry } of walk(tree)) {
    const inode = inodeOf(entry);
    if (inode.kind !== 'file' || inode.digest === undefined || !wanted.has(inode.digest)) continue;
    const found = paths.get(inode.digest);
    if (found === undefined) paths.set(inode.digest, [path]);
    else found.push(path);
  }
  return paths;
}
