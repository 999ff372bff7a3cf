import { warning, type Problem } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import type { ReleaseSubject } from '../lint-subject.js';
import { areOrIs, shownPaths } from '../shown-paths.js';
import type { WholeTreeEntry } from '../whole-tree.js';

const COPIES =
  /^\/etc\/[^/]+-$|^\/etc\/(?:.*\/)?[^/]*\.(?:dpkg-(?:old|new|dist|tmp)|ucf-(?:old|new|dist)|rpm(?:save|new|orig))$|^\/var\/lib\/dpkg\/[^/]+-old$/;
const CACHES = /^\/var\/cache\/(?:ldconfig|fontconfig|man|debconf\/[^/]+-old$)/;
const BYTECODE = '.pyc';
/** Of the header of a .pyc: magic number, flags (PEP 552). Without the lowest flag, the time of the source follows. */
const FLAGS_AT = 4;
const PYC_HEADER = 16;
/** Of a tree that may have a hundred thousand. */
const LOOKED_AT_MAX = 20_000;

/** Whether a file is what a tool makes anew in its cache. */
export function isRegenerated(path: string): boolean {
  return CACHES.test(path) || COPIES.test(path);
}

export const residue: ReleaseRule = {
  id: 'L30',
  name: 'residue',
  severity: 'warning',
  describe: 'back-up copies, caches, and compiled Python that names times',
  source: 'Debian practice; PEP 552',
  check: async (subject) => {
    const files = subject.whole.entries.filter(
      ({ inode, isFurtherName }) => inode.kind === 'file' && !isFurtherName,
    );
    const left = files.filter(({ path }) => isRegenerated(path));
    const timed: WholeTreeEntry[] = [];
    for (const entry of files.filter(({ path }) => path.endsWith(BYTECODE)).slice(0, LOOKED_AT_MAX))
      if (await namesTime(subject, entry)) timed.push(entry);
    return [
      ...told(left, 'left by a tool, and another build has other ones'),
      ...told(
        timed,
        'compiled with the time of the source: python3 -m compileall --invalidation-mode unchecked-hash does without',
      ),
    ];
  },
};

function told(entries: readonly WholeTreeEntry[], what: string): Problem[] {
  const paths = entries.map(({ path }) => path);
  return paths.length === 0 ? [] : [warning(`${shownPaths(paths)} ${areOrIs(paths)} ${what}`)];
}

async function namesTime({ whole }: ReleaseSubject, entry: WholeTreeEntry): Promise<boolean> {
  const { path, inode } = entry;
  if (inode.kind !== 'file' || inode.size < PYC_HEADER) return false;
  const header = await whole.start(path, inode, PYC_HEADER);
  return header.length === PYC_HEADER && (header.readUInt32LE(FLAGS_AT) & 1) === 0;
}
