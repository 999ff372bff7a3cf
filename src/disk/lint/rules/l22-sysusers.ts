import { parseSysusers } from '../../../formats/sysusers.js';
import type { ByteString } from '../../../util/bytes.js';
import { warning, type Problem } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { readSmall } from '../read-small.js';
import { readSettingFiles } from '../setting-files.js';
import { areOrIs, shownPaths } from '../shown-paths.js';

export const sysusers: ReleaseRule = {
  id: 'L22',
  name: 'sysusers',
  severity: 'warning',
  describe: 'users and groups without a line of sysusers.d',
  source: 'bootc lint sysusers',
  check: async ({ files }) => {
    const { users, groups } = parseSysusers(await readSettingFiles(files, 'sysusers.d'));
    return [
      ...check('/etc/passwd', await readSmall(files, '/etc/passwd'), users),
      ...check('/etc/group', await readSmall(files, '/etc/group'), groups),
    ];
  },
};

/** Number 0 needs no line: systemd knows root without one. */
function check(path: string, text: string | undefined, known: ReadonlySet<string>): Problem[] {
  const lone = (text ?? '')
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([name = '', , id = '']) => id !== '' && id !== '0' && !known.has(name))
    .map(([name]) => name as ByteString);
  return lone.length === 0
    ? []
    : [
        warning(
          `${shownPaths(lone)} in ${path} ${areOrIs(lone)} in no line of sysusers.d: hosts that have changed ${path} do not get ${lone.length === 1 ? 'it' : 'them'}`,
        ),
      ];
}
