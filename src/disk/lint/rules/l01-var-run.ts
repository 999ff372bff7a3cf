import { fromText } from '../../../util/bytes.js';
import { fault } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { inodeAt } from '../whole-tree.js';

const TARGETS = [fromText('/run'), fromText('../run')];

/** Where it is missing, systemd makes it. */
export const varRun: ReleaseRule = {
  id: 'L01',
  name: 'var-run',
  severity: 'error',
  describe: '/var/run is not a link to /run',
  source: 'bootc lint var-run; systemd taint var-run-bad',
  check: ({ whole }) => {
    const found = inodeAt(whole.tree, '/var/run');
    if (found === undefined || (found.kind === 'symlink' && TARGETS.includes(found.target)))
      return [];
    return [
      fault(
        '/var/run is not a link to /run: what one program writes there, another looks for in /run',
      ),
    ];
  },
};
