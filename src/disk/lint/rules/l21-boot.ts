import { warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { areOrIs, shownPaths } from '../shown-paths.js';

const PLACES = /^\/(?:boot|efi)\/./;

export const bootContent: ReleaseRule = {
  id: 'L21',
  name: 'boot',
  severity: 'warning',
  describe: 'what is in /boot or /efi',
  source: 'bootc lint nonempty-boot',
  check: ({ whole }) => {
    const found = whole.entries
      .filter(({ path, inode }) => inode.kind !== 'directory' && PLACES.test(path))
      .map(({ path }) => path);
    return found.length === 0
      ? []
      : [
          warning(
            `${shownPaths(found)} ${areOrIs(found)} where the ESP is mounted; a kernel belongs in /usr/lib/modules`,
          ),
        ];
  },
};
