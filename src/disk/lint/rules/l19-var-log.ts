import { warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { areOrIs, shownPaths } from '../shown-paths.js';

const PLACES = /^\/var\/(?:log|cache\/(?:apt|dnf|libdnf5|yum|pacman)|lib\/apt\/lists)\/./;

/** Whether a file is a log, or a list or package that a package manager has fetched. */
export function isLogOrCache(path: string): boolean {
  return PLACES.test(path);
}

export const varLog: ReleaseRule = {
  id: 'L19',
  name: 'var-log',
  severity: 'warning',
  describe: 'logs, and what package managers have fetched',
  source: 'bootc lint var-log',
  check: ({ whole }) => {
    const found = whole.entries
      .filter(({ path, inode }) => inode.kind === 'file' && inode.size > 0 && isLogOrCache(path))
      .map(({ path }) => path);
    return found.length === 0
      ? []
      : [
          warning(
            `${shownPaths(found)} ${areOrIs(found)} of the build: no two are alike, and they tell of the machine that builds`,
          ),
        ];
  },
};
