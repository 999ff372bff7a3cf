import type { StartRule } from '../lint-rule.js';

export const trustPolicy: StartRule = {
  id: 'L16',
  name: 'policy',
  severity: 'error',
  describe: 'setup-root.conf is one that the boot program refuses',
  source: 'rootseal-setup-root.conf(5)',
  check: async ({ trust }) => (await trust()).policyProblems,
};
