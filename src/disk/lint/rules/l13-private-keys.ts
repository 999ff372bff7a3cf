import type { ByteString } from '../../../util/bytes.js';
import { fault } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import type { ReleaseSubject } from '../lint-subject.js';
import { areOrIs, shownPaths } from '../shown-paths.js';
import type { WholeTreeEntry } from '../whole-tree.js';

/** A shorter file holds no key; a longer one is not looked into. RSA of 16,384 bits has 12.7 kB. */
const SIZE_MIN = 64;
const SIZE_MAX = 1 << 15;
/** The line that begins a key, and one of its content: pages and tests of programs have the first alone. */
const PEM =
  /^-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----\r?\n(?:[A-Za-z-]+: [^\n]*\n|\r?\n)*[A-Za-z0-9+/=]{16}/m;
/** Signer keys of rootseal and of others that sign notes. */
const NOTE_KEY = /^(?:ENCRYPTED\+)?PRIVATE\+KEY\+[^+\s]+\+[0-9a-f]{8}\+/m;
const MARKS = ['PRIVATE KEY', 'PRIVATE+KEY+'];
const ACCESS =
  /^\/etc\/apt\/auth\.conf(?:\.d\/[^/]+)?$|^\/etc\/ostree\/auth\.json$|\/\.(?:netrc|pgpass|docker\/config\.json|git-credentials)$|\/containers\/auth\.json$/;

export const privateKeys: ReleaseRule = {
  id: 'L13',
  name: 'private-keys',
  severity: 'error',
  describe: 'private keys, and passwords for registries and archives',
  source: 'Debian practice',
  check: async (subject) => {
    const paths: ByteString[] = [];
    for (const entry of subject.whole.entries)
      if (givesAccess(entry) || (await holdsKey(subject, entry))) paths.push(entry.path);
    paths.sort();
    return paths.length === 0
      ? []
      : [
          fault(
            `${shownPaths(paths)} ${areOrIs(paths)} in the image: whoever has the image can use what is in ${paths.length === 1 ? 'it' : 'them'}`,
          ),
        ];
  },
};

function givesAccess({ path, inode }: WholeTreeEntry): boolean {
  return inode.kind === 'file' && inode.size > 0 && ACCESS.test(path);
}

async function holdsKey(
  { whole }: ReleaseSubject,
  { path, inode, isFurtherName }: WholeTreeEntry,
): Promise<boolean> {
  if (inode.kind !== 'file' || isFurtherName) return false;
  if (inode.size < SIZE_MIN || inode.size > SIZE_MAX) return false;
  const bytes = await whole.start(path, inode, SIZE_MAX);
  if (!MARKS.some((mark) => bytes.includes(mark))) return false;
  const text = bytes.toString('latin1');
  return PEM.test(text) || NOTE_KEY.test(text);
}
