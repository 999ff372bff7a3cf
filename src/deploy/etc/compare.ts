/** What counts as a difference between two states of a path in `/etc` (docs/formats/sysroot.md, "/etc"). */
import type { Inode, RegularFile, Xattrs } from '../../formats/tree/model.js';
import { toDisplay, type ByteString } from '../../util/bytes.js';
import type { Steps } from '../../util/steps.js';

/** Attributes that the kernel or a policy gives to new files by itself: one that only one side has says nothing. */
const GIVEN_BY_KERNEL: ReadonlySet<string> = new Set([
  'security.selinux',
  'security.SMACK64',
  'security.ima',
  'security.evm',
]);
const ACL = 'system.posix_acl_access';
/** Of an access list that says what the mode says; file systems do not store it (Linux fs/posix_acl.c). */
const ACL_OF_MODE_SIZE = 28;

export interface ComparisonOptions {
  /** The same text for the same content; only called for files of the same size. */
  readonly identify: (file: RegularFile) => string;
  /** Does beforehand, in steps, what makes `identify` quick. */
  readonly prepare?: (file: RegularFile) => Steps<unknown>;
  /** Whether owners, and attributes that only root can set, count: without privileges they were not set either. */
  readonly privileged: boolean;
}

/** Times and hard links do not count. */
export class Comparison {
  private readonly options: ComparisonOptions;

  constructor(options: ComparisonOptions) {
    this.options = options;
  }

  /** Both absent, or nothing differs. What is in a directory is not looked at. */
  same(a: Inode | undefined, b: Inode | undefined): boolean {
    if (a === undefined || b === undefined) return a === b;
    return a === b || this.differences(a, b).length === 0;
  }

  /** Makes `same` of any two of these quick, however long their contents are. */
  *prepare(inodes: readonly (Inode | undefined)[]): Steps<void> {
    const { prepare } = this.options;
    if (prepare === undefined) return;
    const files = inodes.filter((one) => one?.kind === 'file' && one.size > 0) as RegularFile[];
    for (const file of files)
      if (files.some((other) => other !== file && other.size === file.size)) yield* prepare(file);
  }

  /** Names of what differs: `type`, `mode`, `uid`, `gid`, `target`, `device`, `content`, `xattr NAME`. */
  differences(a: Inode, b: Inode): string[] {
    if (a.kind !== b.kind) return ['type'];
    const found: string[] = [];
    if (a.kind !== 'symlink' && a.mode !== b.mode) found.push('mode');
    if (this.options.privileged && a.uid !== b.uid) found.push('uid');
    if (this.options.privileged && a.gid !== b.gid) found.push('gid');
    return [
      ...found,
      ...this.xattrDifferences(a.xattrs, b.xattrs),
      ...this.contentDifferences(a, b),
    ];
  }

  private contentDifferences(a: Inode, b: Inode): string[] {
    if (a.kind === 'symlink' && b.kind === 'symlink')
      return a.target === b.target ? [] : ['target'];
    if ('rdev' in a && 'rdev' in b) return a.rdev === b.rdev ? [] : ['device'];
    if (a.kind !== 'file' || b.kind !== 'file') return [];
    const { identify } = this.options;
    const isSame = a.size === b.size && (a.size === 0 || identify(a) === identify(b));
    return isSame ? [] : ['content'];
  }

  private xattrDifferences(a: Xattrs, b: Xattrs): string[] {
    if (a.size === 0 && b.size === 0) return [];
    const names = [...new Set([...a.keys(), ...b.keys()])].sort();
    return names
      .filter((name) => this.counts(name) && differs(name, a.get(name), b.get(name)))
      .map((name) => `xattr ${toDisplay(name)}`);
  }

  private counts(name: ByteString): boolean {
    return this.options.privileged || name.startsWith('user.');
  }
}

function differs(name: ByteString, a: ByteString | undefined, b: ByteString | undefined): boolean {
  if (a === b) return false;
  if (GIVEN_BY_KERNEL.has(name) && (a === undefined || b === undefined)) return false;
  return name !== ACL || withoutModeAcl(a) !== withoutModeAcl(b);
}

function withoutModeAcl(value: ByteString | undefined): ByteString | undefined {
  return value?.length === ACL_OF_MODE_SIZE ? undefined : value;
}
