/** Privileged files that differ between two releases, also those that have the same privileges and run something else. */
import { inodeOf, type Tree } from '../../formats/tree/model.js';
import { privilegedFiles, type Privileges } from '../../formats/tree/privileges.js';
import { lookup } from '../../formats/tree/walk.js';
import type { ByteString } from '../../util/bytes.js';

export interface PrivilegeChange {
  /**
   * `appeared`: it had none; `gone`: it has none any more; `changed`: it has others; `content`: it has the same, and runs
   * something else.
   */
  readonly kind: 'appeared' | 'gone' | 'changed' | 'content';
  readonly path: ByteString;
  readonly from: Privileges | undefined;
  readonly to: Privileges | undefined;
}

export interface PrivilegeChanges {
  /** What matters most first (`appeared`, `changed`, `content`, `gone`), then in byte order of path. */
  readonly entries: readonly PrivilegeChange[];
  /** Names of the newer tree that have privileges. */
  readonly count: number;
}

const ORDER: readonly PrivilegeChange['kind'][] = ['appeared', 'changed', 'content', 'gone'];

export function comparePrivileges(before: Tree, after: Tree): PrivilegeChanges {
  const [old, now] = [privilegedFiles(before), privilegedFiles(after)];
  const entries: PrivilegeChange[] = [];
  for (const [path, to] of now) {
    const from = old.get(path);
    if (from === undefined) entries.push({ kind: 'appeared', path, from, to });
    else if (!isSamePrivileges(from, to)) entries.push({ kind: 'changed', path, from, to });
    else if (contentAt(before, path) !== contentAt(after, path))
      entries.push({ kind: 'content', path, from, to });
  }
  for (const [path, from] of old)
    if (!now.has(path)) entries.push({ kind: 'gone', path, from, to: undefined });
  entries.sort(
    (a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || (a.path < b.path ? -1 : 1),
  );
  return { entries, count: now.size };
}

function isSamePrivileges(a: Privileges, b: Privileges): boolean {
  return (
    a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.capabilities === b.capabilities
  );
}

/** What tells the content of a file from others. */
function contentAt(tree: Tree, path: ByteString): string {
  const entry = lookup(tree, path);
  const inode = entry === undefined ? undefined : inodeOf(entry);
  if (inode?.kind !== 'file') return '';
  return inode.digest ?? Buffer.from(inode.inline ?? []).toString('hex');
}
