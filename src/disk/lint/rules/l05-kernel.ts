import { RootsealError } from '../../../util/errors.js';
import { findKernelPaths } from '../../kernel-paths.js';
import { refusal } from '../lint-finding.js';
import type { StartRule } from '../lint-rule.js';

export const oneKernel: StartRule = {
  id: 'L05',
  name: 'kernel',
  severity: 'error',
  describe: 'no kernel, several of them, or no initramfs for it',
  source: 'bootc lint kernel',
  check: ({ files, kernel }) => {
    try {
      findKernelPaths(files, kernel);
      return [];
    } catch (error) {
      if (!(error instanceof RootsealError)) throw error;
      return [refusal(error.message, error.code)];
    }
  },
};
