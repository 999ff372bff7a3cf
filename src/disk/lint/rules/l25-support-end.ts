import { warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { readSmall } from '../read-small.js';

const DAY = 86_400;

export const supportEnd: ReleaseRule = {
  id: 'L25',
  name: 'support-end',
  severity: 'warning',
  describe: 'the day of SUPPORT_END in os-release is over',
  source: 'systemd taint support-ended',
  check: async ({ files, now }) => {
    const text = (await readSmall(files, '/usr/lib/os-release')) ?? '';
    const day = /^SUPPORT_END=["']?(\d{4}-\d\d-\d\d)["']?\s*$/m.exec(text)?.[1];
    const end = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`) / 1000;
    return end + DAY <= now
      ? [warning(`/usr/lib/os-release says that support ended on ${day ?? ''}`)]
      : [];
  },
};
