/** Which extended attributes of a tree are taken over (`--xattrs`). */
import { ACL_XATTRS, decodeAcl, modeWithoutAcl } from '../../formats/acl/acl.js';
import { NO_XATTRS, type Stat, type Tree, type Xattrs } from '../../formats/tree/model.js';
import { walk } from '../../formats/tree/walk.js';

/** `all`; `user`: only `user.*`; `security`: only `security.*` (capabilities, labels); `none`. */
export const XATTR_MODES = ['all', 'user', 'security', 'none'] as const;
export type XattrMode = (typeof XATTR_MODES)[number];

export function filterXattrs(xattrs: Xattrs, mode: XattrMode): Xattrs {
  if (mode === 'all' || xattrs.size === 0) return xattrs;
  if (mode === 'none') return NO_XATTRS;
  return new Map([...xattrs].filter(([name]) => name.startsWith(`${mode}.`)));
}

/**
 * The mode of an inode whose attributes are filtered. With an access list the mode has the list's mask in the place of the
 * group; without it, that would give the group rights that it never had.
 */
export function filterMode({ mode, xattrs }: Pick<Stat, 'mode' | 'xattrs'>, kept: Xattrs): number {
  const value = xattrs.get(ACL_XATTRS.access);
  if (value === undefined || kept.has(ACL_XATTRS.access)) return mode;
  const acl = decodeAcl(value);
  return acl === undefined ? mode : modeWithoutAcl(acl, mode);
}

/** Applies the mode to every inode of a tree. */
export function filterTreeXattrs(tree: Tree, mode: XattrMode): void {
  if (mode === 'all') return;
  for (const { entry } of walk(tree)) {
    if (entry.kind === 'link') continue;
    const kept = filterXattrs(entry.xattrs, mode);
    entry.mode = filterMode(entry, kept);
    entry.xattrs = kept;
  }
}
