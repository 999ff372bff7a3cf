import { toText } from '../../../util/bytes.js';
import { warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import { areOrIs, shownPaths } from '../shown-paths.js';

export const utf8Names: ReleaseRule = {
  id: 'L17',
  name: 'utf8',
  severity: 'warning',
  describe: 'names that are not UTF-8',
  source: 'bootc lint utf8',
  check: ({ whole }) => {
    // The parent of a name is told itself.
    const odd = whole.entries
      .map(({ path }) => path)
      .filter((path) => toText(path) === undefined && hasTextParent(path));
    return odd.length === 0
      ? []
      : [warning(`${shownPaths(odd)} ${areOrIs(odd)} not UTF-8: other tools fail on such names`)];
  },
};

function hasTextParent(path: string): boolean {
  return toText(path.slice(0, path.lastIndexOf('/')) as Parameters<typeof toText>[0]) !== undefined;
}
