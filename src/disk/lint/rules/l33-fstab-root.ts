import { warning } from '../lint-finding.js';
import type { StartRule } from '../lint-rule.js';
import { readSmall } from '../read-small.js';
import { listed } from '../shown-paths.js';

const PATH = '/etc/fstab';
const MOUNTED = ['/', '/etc', '/usr', '/var'];

export const fstabRoot: StartRule = {
  id: 'L33',
  name: 'fstab-root',
  severity: 'warning',
  describe: '/etc/fstab mounts /, /etc, /usr or /var',
  source: 'docs/formats/boot.md',
  check: async ({ files }) => {
    const places = ((await readSmall(files, PATH)) ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.split(/\s+/)[1] ?? '');
    const again = MOUNTED.filter((path) => places.includes(path));
    return again.length === 0
      ? []
      : [
          warning(
            `${PATH} mounts ${listed(again)}, which ${again.length === 1 ? 'is' : 'are'} part of the image or the boot program mounts`,
          ),
        ];
  },
};
