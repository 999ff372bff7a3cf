import { warning, type Problem } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { readSmall } from '../read-small.js';

export const injected: ReleaseRule = {
  id: 'L23',
  name: 'injected',
  severity: 'warning',
  describe: 'an empty /etc/hostname or /etc/resolv.conf, or the name servers of the builder',
  source: 'bootc lint; mmdebstrap(1)',
  check: async ({ files }) => {
    const problems: Problem[] = [];
    for (const path of ['/etc/hostname', '/etc/resolv.conf']) {
      // A link is meant.
      if (files.at(path)?.kind !== 'file') continue;
      const text = (await readSmall(files, path)) ?? '';
      if (text.trim() === '')
        problems.push(warning(`${path} is empty: a tool that builds images has left it there`));
      else if (path === '/etc/resolv.conf' && /^\s*nameserver\s/m.test(text))
        problems.push(warning(`${path} names the name servers of the machine that builds`));
    }
    return problems;
  },
};
