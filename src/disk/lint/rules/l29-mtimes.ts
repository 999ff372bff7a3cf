import { printTime } from '../../../formats/time.js';
import { warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { areOrIs, shownPaths } from '../shown-paths.js';

export const laterTimes: ReleaseRule = {
  id: 'L29',
  name: 'mtimes',
  severity: 'warning',
  describe: 'times after SOURCE_DATE_EPOCH, or after the commit',
  source: 'images/README.md',
  check: ({ whole, latest }) => {
    const later = whole.entries
      .filter(({ inode }) => inode.mtimeSec > latest)
      .map(({ path }) => path);
    return later.length === 0
      ? []
      : [
          warning(
            `${shownPaths(later)} ${areOrIs(later)} changed after ${printTime(latest)}: another build gives another image; commit with --clamp-mtime`,
          ),
        ];
  },
};
