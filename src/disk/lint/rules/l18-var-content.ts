import { tmpfilesPaths } from '../../../formats/tmpfiles.js';
import type { ByteString } from '../../../util/bytes.js';
import { warning } from '../lint-finding.js';
import { PathPlaces } from '../path-places.js';
import { readSettingFiles } from '../setting-files.js';
import type { ReleaseRule } from '../lint-rule.js';
import { areOrIs, shownPaths } from '../shown-paths.js';
import { isLogOrCache } from './l19-var-log.js';
import { isTemporary } from './l20-run-tmp.js';
import { isRegenerated } from './l30-residue.js';

export const varContent: ReleaseRule = {
  id: 'L18',
  name: 'var-content',
  severity: 'warning',
  describe: 'what is below /var without a line of tmpfiles.d',
  source: 'bootc lint var-tmpfiles; ostree docs/var.md',
  check: async ({ whole, files }) => {
    const { made, whole: copied } = tmpfilesPaths(await readSettingFiles(files, 'tmpfiles.d'));
    const covered = new PathPlaces(made, copied);
    const lone = whole.entries
      .filter(
        ({ path, inode }) =>
          path.startsWith('/var/') &&
          !covered.has(path) &&
          !(inode.kind === 'file' && isOutOfQuestion(path)),
      )
      .map(({ path }) => path);
    return lone.length === 0
      ? []
      : [
          warning(
            `${shownPaths(lone)} ${areOrIs(lone)} in /var, and no line of tmpfiles.d makes ${lone.length === 1 ? 'it' : 'them'}: hosts that upgrade do not get ${lone.length === 1 ? 'it' : 'them'}`,
          ),
        ];
  },
};

/** Units of systemd make them on a host whose /usr has changed: systemd-update-done, systemd-journal-catalog-update. */
const REMADE = ['/var/.updated', '/var/lib/systemd/catalog/database'];

/** Other rules tell of these, or nobody has to. */
function isOutOfQuestion(path: ByteString): boolean {
  return REMADE.includes(path) || isLogOrCache(path) || isTemporary(path) || isRegenerated(path);
}
