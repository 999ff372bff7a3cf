import { DPKG_STATUS_MAX, parseDpkgStatus } from '../../../formats/packages/dpkg-status.js';
import type { Package } from '../../../formats/packages/package.js';
import type { ByteString } from '../../../util/bytes.js';
import { describeError, RootsealError } from '../../../util/errors.js';
import { withPauses } from '../../../util/pauses.js';
import { warning, type Problem } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import type { ReleaseSubject } from '../lint-subject.js';
import { readSmall } from '../read-small.js';
import { areOrIs, shownPaths } from '../shown-paths.js';

const STATUS = '/var/lib/dpkg/status';

export const dpkgStatus: ReleaseRule = {
  id: 'L31',
  name: 'dpkg-status',
  severity: 'warning',
  describe: 'a system of Debian packages without their database, or with packages half installed',
  source: 'dpkg(1)',
  check: async (subject) => {
    const { files } = subject;
    if (files.resolve(STATUS)?.kind !== 'file')
      return (await isOfDebian(subject))
        ? [warning(`${STATUS} is missing: nothing says which packages this is made of`)]
        : [];
    try {
      return half(
        await withPauses(parseDpkgStatus(await files.read(STATUS, DPKG_STATUS_MAX)), undefined),
      );
    } catch (error) {
      if (!(error instanceof RootsealError) || error.code !== 'FORMAT_INVALID') throw error;
      return [warning(`${STATUS} says nothing of packages: ${describeError(error)}`)];
    }
  },
};

function half(packages: readonly Package[]): Problem[] {
  const names = packages
    .filter(({ state }) => state !== undefined)
    .map(({ name }) => name as ByteString);
  return names.length === 0
    ? []
    : [
        warning(
          `the ${names.length === 1 ? 'package' : 'packages'} ${shownPaths(names)} ${areOrIs(names)} not installed to the end: run dpkg --configure -a in the tree`,
        ),
      ];
}

async function isOfDebian({ files }: ReleaseSubject): Promise<boolean> {
  const text = (await readSmall(files, '/usr/lib/os-release')) ?? '';
  return /^ID(?:_LIKE)?=["']?(?:[^\n]* )?debian\b/m.test(text);
}
