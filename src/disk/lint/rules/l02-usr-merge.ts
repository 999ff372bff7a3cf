import { ascii, toText, type ByteString } from '../../../util/bytes.js';
import { fault } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { areOrIs, shownPaths } from '../shown-paths.js';

export const usrMerge: ReleaseRule = {
  id: 'L02',
  name: 'usr-merge',
  severity: 'error',
  describe: '/bin, /sbin or /lib* is not a link into /usr',
  source: 'systemd taint unmerged-usr',
  check: ({ whole }) => {
    const own = [...whole.tree.root.children].filter(([name, entry]) => {
      if (!/^(?:bin|sbin|lib[a-z0-9]*)$/.test(name)) return false;
      if (entry.kind !== 'symlink') return true;
      return !/^\/?usr\/./.test(toText(entry.target) ?? '');
    });
    if (own.length === 0) return [];
    const paths = own.map(([name]) => (ascii('/') + name) as ByteString).sort();
    return [
      fault(
        `${shownPaths(paths)} ${areOrIs(paths)} not a link into /usr, where programs are looked for`,
      ),
    ];
  },
};
