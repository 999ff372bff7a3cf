/** Which objects a tree needs. */
import type { Digest } from '../../util/digest.js';
import type { Tree } from './model.js';
import { walk } from './walk.js';

/** The digests of all files whose content lies outside of the image, each once, in order. */
export function listObjects(tree: Tree): Digest[] {
  const digests = new Set<Digest>();
  for (const { entry } of walk(tree)) {
    const isExternal = entry.kind === 'file' && entry.size > 0 && entry.inline === undefined;
    if (isExternal && entry.digest !== undefined) digests.add(entry.digest);
  }
  return [...digests].sort();
}
