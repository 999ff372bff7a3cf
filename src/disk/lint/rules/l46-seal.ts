import { refusal } from '../lint-finding.js';
import type { StartRule } from '../lint-rule.js';
import { sealState } from '../seal-state.js';

export const refusedSeal: StartRule = {
  id: 'L46',
  name: 'seal',
  severity: 'error',
  describe: 'the policy refuses the seal',
  source: 'docs/formats/seal.md',
  check: async (subject) => {
    const state = await sealState(subject);
    if (state.kind !== 'decided') return [];
    const { decision } = state;
    if (decision.accepted || decision.decision === undefined) return [];
    return [refusal(`the policy refuses the seal: ${decision.reason}`, decision.code)];
  },
};
