import { diffPrivileges, rightsGained } from '../../../formats/tree/privileges.js';
import { warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { listed } from '../shown-paths.js';

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
    const gained = diffPrivileges(before, whole.tree).flatMap((change) => {
      const rights = rightsGained(change.rightsBefore, change.rightsAfter);
      return rights.length === 0 ? [] : [`${change.path} (${rights.join(', ')})`];
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
