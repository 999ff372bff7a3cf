import { resolvePath } from '../../../formats/tree/resolve.js';
import type { Tree } from '../../../formats/tree/model.js';
import type { ByteString } from '../../../util/bytes.js';
import { warning, type Problem } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { areOrIs, shownPaths } from '../shown-paths.js';
import type { WholeTreeEntry } from '../whole-tree.js';

const STICKY = 0o1000;
const WRITABLE_BY_ALL = 0o002;
/** Filled when a machine runs. */
const LIVE = /^\/(?:dev|proc|run|sys|sysroot|tmp|var|boot|efi|home|root|srv|mnt|media)(?:\/|$)/;

export const modes: ReleaseRule = {
  id: 'L26',
  name: 'modes',
  severity: 'warning',
  describe: 'devices and sockets, what everybody may write to, links in /usr that lead nowhere',
  source: 'Debian practice',
  check: ({ whole }) => [
    ...told(whole.entries.filter(isSpecial), 'outside of /dev, a device, fifo or socket'),
    ...told(whole.entries.filter(isOpen), 'writable by everybody, without a sticky bit'),
    ...told(
      whole.entries.filter((entry) => leadsNowhere(whole.tree, entry)),
      'a link that leads nowhere',
    ),
  ],
};

function told(entries: readonly WholeTreeEntry[], what: string): Problem[] {
  const paths = entries.map(({ path }) => path);
  return paths.length === 0 ? [] : [warning(`${shownPaths(paths)} ${areOrIs(paths)} ${what}`)];
}

function isSpecial({ path, inode }: WholeTreeEntry): boolean {
  const isPlain = ['file', 'directory', 'symlink'].includes(inode.kind);
  return !isPlain && !path.startsWith('/dev/');
}

function isOpen({ inode }: WholeTreeEntry): boolean {
  if (inode.kind !== 'file' && inode.kind !== 'directory') return false;
  const isSticky = inode.kind === 'directory' && (inode.mode & STICKY) !== 0;
  return (inode.mode & WRITABLE_BY_ALL) !== 0 && !isSticky;
}

function leadsNowhere(tree: Tree, { path, inode }: WholeTreeEntry): boolean {
  if (inode.kind !== 'symlink' || !path.startsWith('/usr/')) return false;
  const target = targetOf(path, inode.target);
  return !LIVE.test(target) && resolvePath(tree, path) === undefined;
}

/** Where a link points, its `..` taken by name: good enough to see what it is about. */
function targetOf(path: ByteString, target: ByteString): string {
  const names = target.startsWith('/') ? [] : path.split('/').slice(1, -1);
  for (const name of target.split('/'))
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  return `/${names.join('/')}`;
}
