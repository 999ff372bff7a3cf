import { fault } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';

export const sequence: ReleaseRule = {
  id: 'L41',
  name: 'sequence',
  severity: 'error',
  describe: 'a sequence that is not above that of the last release of its name',
  source: 'docs/formats/seal.md',
  check: ({ commit, last }) => {
    if (commit === undefined || last === undefined) return [];
    const [own, before] = [commit.commit, last.commit];
    if (own.name !== before.name || own.sequence > before.sequence) return [];
    return [
      fault(
        `its sequence is ${own.sequence}, and that of the last release ${before.sequence}: hosts refuse it as a downgrade`,
      ),
    ];
  },
};
