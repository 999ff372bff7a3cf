import { refusal } from '../lint-finding.js';
import type { StartRule } from '../lint-rule.js';

const INIT = '/sbin/init';

export const noInit: StartRule = {
  id: 'L48',
  name: 'no-init',
  severity: 'error',
  describe: '/sbin/init is missing, leads nowhere, or cannot be executed',
  source: 'docs/formats/boot.md',
  check: ({ files }) => {
    const init = files.resolve(INIT);
    if (init === undefined)
      return [refusal(`${INIT} is missing: there is nothing to start`, 'PATH_NOT_FOUND')];
    if (init.kind !== 'file') return [refusal(`${INIT} is not a program`)];
    return (init.mode & 0o111) === 0
      ? [refusal(`${INIT} cannot be executed: its mode lacks the permission`)]
      : [];
  },
};
