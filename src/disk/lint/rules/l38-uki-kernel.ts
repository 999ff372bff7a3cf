import { signatureOf } from '../../../formats/authenticode/verify-pe.js';
import { parseUki } from '../../../formats/uki/parse-uki.js';
import { kernelSignatureProblem } from '../../../formats/uki/signed-kernel.js';
import { FormatError } from '../../../util/errors.js';

import { fault } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';

export const ukiKernel: ReleaseRule = {
  id: 'L38',
  name: 'uki-kernel',
  severity: 'error',
  describe: 'a kernel that is signed by the certificate of its unified kernel image',
  source: 'docs/formats/uki.md; lanzaboote issue 65',
  check: async ({ uki }) => {
    const bytes = await uki();
    if (bytes === undefined) return [];
    try {
      const certificates = signatureOf(bytes).flatMap((signature) => signature.certificates);
      const problem = kernelSignatureProblem(parseUki(bytes).image, certificates);
      return problem === undefined ? [] : [fault(problem)];
    } catch (error) {
      // What is no image at all, the rule about its stub says.
      if (error instanceof FormatError) return [];
      throw error;
    }
  },
};
