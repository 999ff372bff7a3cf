import { OS_RELEASE_MAX } from '../../../formats/os-release.js';
import { fault } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';

const PATH = '/usr/lib/os-release';

export const osRelease: ReleaseRule = {
  id: 'L10',
  name: 'os-release',
  severity: 'error',
  describe: '/usr/lib/os-release is missing, or has no ID',
  source: 'os-release(5); mkosi check_root_populated',
  check: async ({ files }) => {
    const found = files.resolve(PATH);
    if (found?.kind !== 'file') return [fault(`${PATH} is missing: nothing says what this is`)];
    if (found.size > OS_RELEASE_MAX) return [fault(`${PATH} has ${found.size} bytes`)];
    const text = (await files.read(PATH, OS_RELEASE_MAX)).toString('latin1');
    return /^ID=["']?[a-z0-9]/m.test(text) ? [] : [fault(`${PATH} has no ID`)];
  },
};
