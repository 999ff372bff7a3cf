import { refusal } from '../lint-finding.js';
import type { StartRule } from '../lint-rule.js';
import { sealState } from '../seal-state.js';

export const noSeal: StartRule = {
  id: 'L44',
  name: 'no-seal',
  severity: 'error',
  describe: 'the policy wants a seal, and the commit has none',
  source: 'docs/formats/seal.md',
  check: async (subject) => {
    const state = await sealState(subject);
    if (state.kind !== 'decided') return [];
    const { decision } = state;
    if (decision.accepted || decision.decision !== undefined) return [];
    return [
      refusal(
        'the commit has no seal, and the policy wants one: seal it with `rootseal seal`',
        decision.code,
      ),
    ];
  },
};
