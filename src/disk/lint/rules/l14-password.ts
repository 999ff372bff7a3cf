import { fault, warning, type Problem } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { readSmall } from '../read-small.js';
import { shownPaths } from '../shown-paths.js';
import type { ByteString } from '../../../util/bytes.js';

export const passwords: ReleaseRule = {
  id: 'L14',
  name: 'password',
  severity: 'error',
  describe: 'users without a password (error), a password of root (warning)',
  source: 'Debian practice',
  check: async ({ files }) => {
    const problems: Problem[] = [];
    for (const path of ['/etc/passwd', '/etc/shadow']) {
      const users = linesOf(await readSmall(files, path));
      const open = users.filter(([name, hash]) => name !== '' && hash === '');
      if (open.length > 0)
        problems.push(
          fault(
            `${path} has no password for ${shownPaths(open.map(([name]) => name as ByteString))}: anybody logs in`,
          ),
        );
      // What is a hash begins with $, or is DES's, of 13 letters (crypt(5)).
      if (users.some(([name, hash]) => name === 'root' && /^(?:\$|[./A-Za-z0-9]{13}$)/.test(hash)))
        problems.push(warning(`${path} has a password for root, the same on all machines`));
    }
    return problems;
  },
};

function linesOf(text: string | undefined): (readonly [name: string, hash: string])[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [name = '', hash] = line.split(':');
    return hash === undefined ? [] : [[name, hash] as const];
  });
}
