import { fault } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { inodeAt } from '../whole-tree.js';

export const usrEtc: ReleaseRule = {
  id: 'L03',
  name: 'usr-etc',
  severity: 'error',
  describe: '/usr/etc beside /etc',
  source: 'bootc lint etc-usretc',
  check: ({ whole }) =>
    inodeAt(whole.tree, '/usr/etc') === undefined
      ? []
      : [
          fault(
            '/usr/etc is there: the defaults of /etc come from /etc alone, and nothing reads it',
          ),
        ],
};
