import { warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { areOrIs, shownPaths } from '../shown-paths.js';

const PLACES = /^\/(?:run|tmp|var\/tmp)\/./;

/** Whether a path is in a directory for what does not last. */
export function isTemporary(path: string): boolean {
  return PLACES.test(path);
}

export const runTmp: ReleaseRule = {
  id: 'L20',
  name: 'run-tmp',
  severity: 'warning',
  describe: 'what is in /run, /tmp or /var/tmp',
  source: 'bootc lint nonempty-run-tmp',
  check: ({ whole }) => {
    const found = whole.entries.map(({ path }) => path).filter(isTemporary);
    return found.length === 0
      ? []
      : [warning(`${shownPaths(found)} ${areOrIs(found)} where nothing of an image is seen`)];
  },
};
