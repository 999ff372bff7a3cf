import { warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { areOrIs, shownPaths } from '../shown-paths.js';

const PLACES = /^\/(?:home|opt|srv|root|mnt|usr\/local)\/./;

export const toplevel: ReleaseRule = {
  id: 'L24',
  name: 'toplevel',
  severity: 'warning',
  describe: 'files in /home, /opt, /srv, /root, /mnt or /usr/local',
  source: 'ostree docs/adapting-existing.md',
  check: ({ whole }) => {
    const found = whole.entries
      .filter(({ path, inode }) => inode.kind === 'file' && PLACES.test(path))
      .map(({ path }) => path);
    return found.length === 0
      ? []
      : [
          warning(
            `${shownPaths(found)} ${areOrIs(found)} where people expect to write and nobody can; a link into /var is theirs`,
          ),
        ];
  },
};
