/**
 * POSIX access control lists, in the form in which Linux keeps them as extended attributes
 * (include/uapi/linux/posix_acl.h and posix_acl_xattr.h; acl(5)).
 *
 *     offset size field
 *          0    4 version: 2
 *     then for each entry
 *          0    2 tag
 *          2    2 permissions: 4 read, 2 write, 1 execute
 *          4    4 id of user or group; 2^32 - 1 where the tag has none
 */
import { ascii, fromBytes, toBytes, type ByteString } from '../../util/bytes.js';
import { U32_MAX } from '../../util/checks.js';
import { XATTR_VALUE_MAX } from '../tree/names.js';

/** The attribute of each kind of list: who may access an inode, and what is given to what is made in a directory. */
export const ACL_XATTRS = {
  access: ascii('system.posix_acl_access'),
  default: ascii('system.posix_acl_default'),
} as const;
export type AclKind = keyof typeof ACL_XATTRS;

/** Whom an entry is for. The numbers are the tags, by which a list is ordered. */
export const ACL_TAGS = {
  owner: 0x01,
  user: 0x02,
  owningGroup: 0x04,
  group: 0x08,
  mask: 0x10,
  other: 0x20,
} as const;
export type AclSubject = keyof typeof ACL_TAGS;

export interface AclEntry {
  readonly subject: AclSubject;
  /** Of the user or group; undefined for all other subjects. */
  readonly id: number | undefined;
  /** 0 to 7. */
  readonly permissions: number;
}

export type Acl = readonly AclEntry[];

const VERSION = 2;
const HEADER_SIZE = 4;
const ENTRY_SIZE = 8;
const NO_ID = U32_MAX;
/** As many as fit the value of an extended attribute. */
const ENTRIES_MAX = Math.floor((XATTR_VALUE_MAX - HEADER_SIZE) / ENTRY_SIZE);
/** What a list without named users and groups has: as much as a mode says. */
const MINIMAL_COUNT = 3;

/** Whether entries of a subject are for a certain user or group. */
export function isNamed(subject: AclSubject): subject is 'user' | 'group' {
  return subject === 'user' || subject === 'group';
}

/** Entries in the order in which the kernel keeps them. */
export function orderAcl(entries: readonly AclEntry[]): Acl {
  return [...entries].sort(
    (a, b) => ACL_TAGS[a.subject] - ACL_TAGS[b.subject] || (a.id ?? 0) - (b.id ?? 0),
  );
}

/** What is wrong with a list that is in order (Linux fs/posix_acl.c, posix_acl_valid; acl_check(3)). */
export function aclProblem(acl: Acl): string | undefined {
  if (acl.length > ENTRIES_MAX) return `it has ${acl.length} entries, more than ${ENTRIES_MAX}`;
  for (const [index, { subject, id }] of acl.entries()) {
    const previous = acl[index - 1];
    if (previous?.subject === subject && previous.id === id)
      return `it has two entries for ${describe(subject, id)}`;
  }
  for (const subject of ['owner', 'owningGroup', 'other'] as const)
    if (!acl.some((entry) => entry.subject === subject))
      return `it has no entry for ${describe(subject, undefined)}`;
  const hasMask = acl.some(({ subject }) => subject === 'mask');
  if (!hasMask && acl.some(({ subject }) => isNamed(subject)))
    return 'it has entries for users or groups, and no mask';
  return undefined;
}

/** Whether a list says no more than the mode does; as an access list the kernel does not keep it. */
export function isMinimalAcl(acl: Acl): boolean {
  return acl.length === MINIMAL_COUNT;
}

/** The mode of an inode that gets this access list: where the list has a mask, it stands in the place of the group. */
export function modeOfAcl(acl: Acl, mode: number): number {
  const of = (subject: AclSubject): number | undefined =>
    acl.find((entry) => entry.subject === subject)?.permissions;
  const group = of('mask') ?? of('owningGroup') ?? 0;
  return (mode & ~0o777) | ((of('owner') ?? 0) << 6) | (group << 3) | (of('other') ?? 0);
}

/** The mode of an inode that loses this access list: the group has what the list gave it, and not the mask. */
export function modeWithoutAcl(acl: Acl, mode: number): number {
  const of = (subject: AclSubject): number | undefined =>
    acl.find((entry) => entry.subject === subject)?.permissions;
  const group = (of('owningGroup') ?? 0) & (of('mask') ?? 7);
  return (mode & ~0o070) | (group << 3);
}

/** The value of the extended attribute. */
export function encodeAcl(acl: Acl): ByteString {
  const bytes = Buffer.alloc(HEADER_SIZE + ENTRY_SIZE * acl.length);
  bytes.writeUInt32LE(VERSION);
  acl.forEach(({ subject, id, permissions }, index) => {
    const at = HEADER_SIZE + ENTRY_SIZE * index;
    bytes.writeUInt16LE(ACL_TAGS[subject], at);
    bytes.writeUInt16LE(permissions, at + 2);
    bytes.writeUInt32LE(id ?? NO_ID, at + 4);
  });
  return fromBytes(bytes);
}

const SUBJECTS = new Map(
  Object.entries(ACL_TAGS).map(([subject, tag]) => [tag as number, subject as AclSubject]),
);

/** The list of an extended attribute, in order; undefined when the value is not a list that a kernel takes. */
export function decodeAcl(value: ByteString): Acl | undefined {
  const bytes = toBytes(value);
  const count = (bytes.length - HEADER_SIZE) / ENTRY_SIZE;
  if (!Number.isInteger(count) || count < 0 || bytes.readUInt32LE() !== VERSION) return undefined;
  const entries: AclEntry[] = [];
  for (let at = HEADER_SIZE; at < bytes.length; at += ENTRY_SIZE) {
    const subject = SUBJECTS.get(bytes.readUInt16LE(at));
    const permissions = bytes.readUInt16LE(at + 2);
    if (subject === undefined || permissions > 7) return undefined;
    const id = isNamed(subject) ? bytes.readUInt32LE(at + 4) : undefined;
    entries.push({ subject, id, permissions });
  }
  const acl = orderAcl(entries);
  return aclProblem(acl) === undefined ? acl : undefined;
}

function describe(subject: AclSubject, id: number | undefined): string {
  const what = subject === 'owningGroup' ? 'owning group' : subject;
  return isNamed(subject) ? `the ${what} ${id ?? '?'}` : `the ${what}`;
}
