/** Which extended attributes of a tree are taken over (`--xattrs`). */
import { NO_XATTRS, type Tree, type Xattrs } from '../../formats/tree/model.js';
import { walk } from '../../formats/tree/walk.js';

/** `all`; `user`: only `user.*`; `security`: only `security.*` (capabilities, labels); `none`. */
export const XATTR_MODES = ['all', 'user', 'security', 'none'] as const;
export type XattrMode = (typeof XATTR_MODES)[number];

export function filterXattrs(xattrs: Xattrs, mode: XattrMode): Xattrs {
  if (mode === 'all' || xattrs.size === 0) return xattrs;
  if (mode === 'none') return NO_XATTRS;
  return new Map([...xattrs].filter(([name]) => name.startsWith(`${mode}.`)));
}

/** Applies the mode to every inode of a tree. */
export function filterTreeXattrs(tree: Tree, mode: XattrMode): void {
  if (mode === 'all') return;
  for (const { entry } of walk(tree))
    if (entry.kind !== 'link') entry.xattrs = filterXattrs(entry.xattrs, mode);
}
