/** The pax records of extended attributes, in the spellings that GNU tar, star and libarchive take back. */
import { ACL_XATTRS, decodeAcl, encodeAcl, isMinimalAcl, type AclKind } from '../acl/acl.js';
import { formatAclText } from '../acl/acl-text.js';
import { ascii } from '../../util/bytes.js';
import type { Inode } from '../tree/model.js';

export type AddRecord = (keyword: string, value: string) => void;

const SELINUX = ascii('security.selinux');

/**
 * Every attribute as `SCHILY.xattr`, which `tar --xattrs` and libarchive take. Access lists are also given as
 * `SCHILY.acl`, because `tar --acls` and libarchive take no others, and labels as `RHT.security.selinux`, which is what
 * `tar --selinux` takes.
 */
export function addXattrRecords(inode: Inode, add: AddRecord): void {
  const label = inode.xattrs.get(SELINUX);
  // The kernel's value ends in a NUL, which GNU tar leaves out. Of both libarchive takes the later.
  if (label !== undefined && /^[^\0]+\0$/.test(label))
    add('RHT.security.selinux', label.slice(0, -1));
  for (const name of [...inode.xattrs.keys()].sort()) {
    // GNU tar (xheader.c) writes `%` and `=` in names as %25 and %3D.
    const encoded = name.replaceAll('%', '%25').replaceAll('=', '%3D');
    add(`SCHILY.xattr.${encoded}`, inode.xattrs.get(name) ?? '');
  }
  addAcl(inode, 'access', add);
  addAcl(inode, 'default', add);
}

/** Only what an extraction makes the same attribute of again. */
function addAcl(inode: Inode, kind: AclKind, add: AddRecord): void {
  const value = inode.xattrs.get(ACL_XATTRS[kind]);
  if (value === undefined || inode.kind === 'symlink') return;
  if (kind === 'default' && inode.kind !== 'directory') return;
  const acl = decodeAcl(value);
  if (acl === undefined || encodeAcl(acl) !== value) return;
  if (kind === 'default' || !isMinimalAcl(acl)) add(`SCHILY.acl.${kind}`, formatAclText(acl));
}
