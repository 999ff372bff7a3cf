/**
 * Access lists that members have as text, made into extended attributes when the whole archive was read: only then it is
 * known what names stand for. As in an extraction, an access list wins over the mode.
 */
import {
  ACL_XATTRS,
  aclProblem,
  encodeAcl,
  isMinimalAcl,
  modeOfAcl,
  orderAcl,
  type Acl,
  type AclEntry,
} from '../acl/acl.js';
import type { AclTextEntry } from '../acl/acl-text.js';
import type { ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import type { Inode } from '../tree/model.js';
import type { AccountNames } from './account-names.js';
import type { AclRecord } from './tar-attributes.js';
import type { Member } from './members.js';
import { NOT_KEPT, type NotKeptListener } from './not-kept.js';
import { shown } from './tar-tree.js';

interface PendingAcls {
  readonly path: ByteString;
  readonly records: readonly AclRecord[];
}

export class AccessLists {
  private readonly pending = new Map<Inode, PendingAcls>();
  private readonly onNotKept: NotKeptListener;

  constructor(onNotKept: NotKeptListener) {
    this.onNotKept = onNotKept;
  }

  /** Takes the lists of a member that became `inode`, in the place of those that a member before it gave. */
  take(inode: Inode, { attributes }: Member, path: ByteString): void {
    const records = [...attributes.acls.values()].filter((record) => {
      const problem = misplaced(inode, record);
      if (problem !== undefined) this.onNotKept(problem, path);
      return problem === undefined;
    });
    if (records.length > 0) this.pending.set(inode, { path, records });
    else this.pending.delete(inode);
  }

  /** Whether a name needs its number. */
  get hasNames(): boolean {
    for (const { records } of this.pending.values())
      if (records.some(({ entries }) => entries.some(({ name }) => name !== undefined)))
        return true;
    return false;
  }

  /**
   * Gives the inodes their lists.
   *
   * @throws {FormatError} when a list is none that a kernel takes, or the archive does not say what a name stands for
   */
  settle(names: AccountNames): void {
    for (const [inode, { path, records }] of this.pending) {
      const xattrs = new Map(inode.xattrs);
      for (const record of records) {
        const acl = aclOf(record, path, names);
        if (record.kind === 'access') inode.mode = modeOfAcl(acl, inode.mode);
        if (record.kind === 'default' || !isMinimalAcl(acl))
          xattrs.set(ACL_XATTRS[record.kind], encodeAcl(acl));
      }
      inode.xattrs = xattrs;
    }
  }
}

/** Linux keeps no lists for symbolic links, and default lists for directories only; GNU tar passes over them. */
function misplaced(inode: Inode, { kind }: AclRecord): ByteString | undefined {
  if (inode.kind === 'symlink') return NOT_KEPT.accessOfSymlink;
  return kind === 'default' && inode.kind !== 'directory' ? NOT_KEPT.defaultOfOther : undefined;
}

function aclOf(record: AclRecord, path: ByteString, names: AccountNames): Acl {
  const refuse = (message: string): never => {
    throw new FormatError('tar', `${shown(path)}: ${message}`, {
      offset: record.offset,
      field: record.field,
    });
  };
  const acl = orderAcl(record.entries.map((entry) => withNumber(entry, names, refuse)));
  const problem = aclProblem(acl);
  return problem === undefined ? acl : refuse(`the access list is not valid: ${problem}`);
}

function withNumber(
  { subject, id, name, permissions }: AclTextEntry,
  names: AccountNames,
  refuse: (message: string) => never,
): AclEntry {
  if (name === undefined || (subject !== 'user' && subject !== 'group'))
    return { subject, id, permissions };
  const number = names.numberOf(subject, name);
  if (typeof number === 'number') return { subject, id: number, permissions };
  const account = `the ${subject} "${shown(name)}"`;
  return number === 'ambiguous'
    ? refuse(`what the archive says of the number of ${account} of the access list does not agree`)
    : refuse(
        `the archive does not say which number ${account} of the access list has ` +
          '(tar --xattrs --xattrs-include=* and bsdtar write numbers)',
      );
}
