import { refusal } from '../lint-finding.js';
import type { StartRule } from '../lint-rule.js';

export const noKeys: StartRule = {
  id: 'L43',
  name: 'no-keys',
  severity: 'error',
  describe: 'fewer keys than the policy wants to have signed',
  source: 'docs/formats/policy.md',
  check: async ({ trust }) => {
    const { policy, keys, revoked } = await trust();
    if (policy?.verify.mode !== 'seal' || keys === undefined || revoked === undefined) return [];
    const { threshold } = policy.verify;
    if (keys.size === 0)
      return [
        refusal(
          '/usr/lib/rootseal/keys.d holds no key, and the policy wants a seal: nothing will boot',
          'SEAL_UNTRUSTED',
        ),
      ];
    if (keys.size >= threshold) return [];
    return [
      refusal(
        `the policy wants ${threshold} keys to have signed, and there ${keys.size === 1 ? 'is 1 key' : `are ${keys.size} keys`}: nothing will boot`,
        'SEAL_UNTRUSTED',
      ),
    ];
  },
};
