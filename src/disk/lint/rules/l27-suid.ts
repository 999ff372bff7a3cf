import type { Inode, Tree } from '../../../formats/tree/model.js';
import { lookup } from '../../../formats/tree/walk.js';
import { inodeOf } from '../../../formats/tree/model.js';
import { ascii, toDisplay, type ByteString } from '../../../util/bytes.js';
import { warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { listed } from '../shown-paths.js';

const SETUID = 0o4000;
const SETGID = 0o2000;
const CAPABILITY = ascii('security.capability');
const SHOWN_MAX = 5;

export const newPrivileges: ReleaseRule = {
  id: 'L27',
  name: 'suid',
  severity: 'warning',
  describe: 'files with setuid, setgid or capabilities that the last release had not',
  source: 'rootseal diff',
  check: async ({ whole, last }) => {
    const before = await last?.tree();
    if (before === undefined) return [];
    const gained = whole.entries.flatMap(({ path, inode }) => {
      const now = privilegesOf(inode);
      const had = privilegesAt(before, path);
      const fresh = [...now].filter(([what, value]) => had.get(what) !== value);
      return fresh.length === 0
        ? []
        : [`${toDisplay(path)} (${fresh.map(([what]) => what).join(', ')})`];
    });
    if (gained.length === 0) return [];
    const more = gained.length - SHOWN_MAX;
    const shown = [...gained.slice(0, SHOWN_MAX), ...(more > 0 ? [`${more} more`] : [])];
    return [
      warning(
        `${listed(shown)} ${gained.length === 1 ? 'gives' : 'give'} a privilege that the last release did not`,
      ),
    ];
  },
};

/** Each with what makes it another one: whose it is, or what the capabilities are. */
function privilegesOf(inode: Inode): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (inode.kind !== 'file') return found;
  if ((inode.mode & SETUID) !== 0) found.set('setuid', String(inode.uid));
  if ((inode.mode & SETGID) !== 0) found.set('setgid', String(inode.gid));
  const capability = inode.xattrs.get(CAPABILITY);
  if (capability !== undefined) found.set('capabilities', capability);
  return found;
}

function privilegesAt(tree: Tree, path: ByteString): ReadonlyMap<string, string> {
  const entry = lookup(tree, path);
  return entry === undefined ? new Map() : privilegesOf(inodeOf(entry));
}
