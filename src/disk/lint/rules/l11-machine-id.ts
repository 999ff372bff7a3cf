import { fault } from '../lint-finding.js';
import type { StartRule } from '../lint-rule.js';
import { readSmall } from '../read-small.js';

const PATH = '/etc/machine-id';

export const machineId: StartRule = {
  id: 'L11',
  name: 'machine-id',
  severity: 'error',
  describe: '/etc/machine-id holds an identity',
  source: 'machine-id(5)',
  check: async ({ files }) => {
    const text = await readSmall(files, PATH);
    // systemd takes "uninitialized" for an identity that is still to be made.
    if (text === undefined || ['', 'uninitialized'].includes(text.trim())) return [];
    return [fault(`${PATH} is set: all machines would share it`)];
  },
};
