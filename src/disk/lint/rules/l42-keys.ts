import type { StartRule } from '../lint-rule.js';

export const trustKeys: StartRule = {
  id: 'L42',
  name: 'keys',
  severity: 'error',
  describe: 'a file of keys.d or revoked.d is one that the boot program refuses',
  source: 'docs/formats/policy.md',
  check: async ({ trust }) => (await trust()).keyProblems,
};
