import { refusal } from '../lint-finding.js';
import type { StartRule } from '../lint-rule.js';
import { sealState } from '../seal-state.js';

export const policyName: StartRule = {
  id: 'L45',
  name: 'policy-name',
  severity: 'error',
  describe: 'the policy accepts another name than the commit has',
  source: 'docs/formats/policy.md',
  check: async (subject) => {
    const state = await sealState(subject);
    if (state.kind !== 'other-name') return [];
    const { wanted, name } = state;
    return [
      refusal(
        `the policy accepts name=${wanted}, and the commit is named ${name}: commit with --name ${wanted}`,
        'SEAL_UNTRUSTED',
      ),
    ];
  },
};
