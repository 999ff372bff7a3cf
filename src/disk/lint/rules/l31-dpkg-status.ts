import { FormatError } from '../../../util/errors.js';
import type { ByteString } from '../../../util/bytes.js';
import { warning } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import type { ReleaseSubject } from '../lint-subject.js';
import { readSmall } from '../read-small.js';
import { areOrIs, shownPaths } from '../shown-paths.js';

const STATUS = '/var/lib/dpkg/status';
const STATUS_SIZE_MAX = 64 << 20;
/** The third word of a `Status` field when nothing is to be done (dpkg(1), "Package states"). */
const SETTLED = ['installed', 'config-files', 'not-installed'];

export const dpkgStatus: ReleaseRule = {
  id: 'L31',
  name: 'dpkg-status',
  severity: 'warning',
  describe: 'a system of Debian packages without their database, or with packages half installed',
  source: 'dpkg(1)',
  check: async (subject) => {
    const text = await readStatus(subject);
    if (text === undefined)
      return (await isOfDebian(subject))
        ? [warning(`${STATUS} is missing: nothing says which packages this is made of`)]
        : [];
    const half = text.split(/\n{2,}/).flatMap((stanza) => {
      const [, state] = /^Status: \S+ \S+ (\S+)$/m.exec(stanza) ?? [];
      const [, name] = /^Package: (\S+)$/m.exec(stanza) ?? [];
      return state === undefined || SETTLED.includes(state) ? [] : [(name ?? '?') as ByteString];
    });
    return half.length === 0
      ? []
      : [
          warning(
            `the ${half.length === 1 ? 'package' : 'packages'} ${shownPaths(half)} ${areOrIs(half)} not installed to the end: run dpkg --configure -a in the tree`,
          ),
        ];
  },
};

async function readStatus({ files }: ReleaseSubject): Promise<string | undefined> {
  if (files.resolve(STATUS)?.kind !== 'file') return undefined;
  try {
    return (await files.read(STATUS, STATUS_SIZE_MAX)).toString('latin1');
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

async function isOfDebian({ files }: ReleaseSubject): Promise<boolean> {
  const text = (await readSmall(files, '/usr/lib/os-release')) ?? '';
  return /^ID(?:_LIKE)?=["']?(?:[^\n]* )?debian\b/m.test(text);
}
