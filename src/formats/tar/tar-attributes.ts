/**
 * What pax records say about a member: POSIX.1-2017 keywords, `SCHILY.xattr.*`, `SCHILY.acl.*` and `SCHILY.dev*` (star,
 * GNU tar, libarchive), `LIBARCHIVE.xattr.*` (libarchive), `RHT.security.selinux` and `GNU.sparse.*` (GNU tar).
 */
import { ACL_XATTRS, decodeAcl, type AclKind } from '../acl/acl.js';
import { parseAclText, type AclTextEntry } from '../acl/acl-text.js';
import { ascii, toDisplay, type ByteString } from '../../util/bytes.js';
import { U32_MAX } from '../../util/checks.js';
import { FormatError } from '../../util/errors.js';
import { XATTR_NAME_MAX, XATTR_VALUE_MAX } from '../tree/names.js';
import { isFactOfArchive } from './not-kept.js';
import { parsePaxTime, type PaxRecord, type Timestamp } from './pax.js';

/** `GNU.sparse.*` as found; `sparse.ts` gives it sense. */
export interface SparseRecords {
  major: number | undefined;
  minor: number | undefined;
  realsize: number | undefined;
  /** Offset and length of each stored piece, in turn. */
  readonly map: number[];
  /** Whether a map was given at all. */
  hasMap: boolean;
}

/** An access list as text, whose users and groups may have names only. */
export interface AclRecord {
  readonly kind: AclKind;
  /** Keyword of the record. */
  readonly field: string;
  readonly entries: readonly AclTextEntry[];
  /** Where the record begins in the archive. */
  readonly offset: number;
}

/** Values that take the place of header fields. */
export interface Attributes {
  path: ByteString | undefined;
  linkpath: ByteString | undefined;
  size: number | undefined;
  uid: number | undefined;
  gid: number | undefined;
  uname: ByteString | undefined;
  gname: ByteString | undefined;
  mtime: Timestamp | undefined;
  devmajor: number | undefined;
  devminor: number | undefined;
  readonly xattrs: Map<ByteString, ByteString>;
  /** Lists that are not among the extended attributes in the kernel's own form, too, which is exact. */
  readonly acls: Map<AclKind, AclRecord>;
  sparse: SparseRecords | undefined;
  /** Keywords that say something which a tree does not hold. */
  readonly notKept: readonly ByteString[];
}

/** No record at all. */
export function noAttributes(): Attributes {
  return {
    path: undefined,
    linkpath: undefined,
    size: undefined,
    uid: undefined,
    gid: undefined,
    uname: undefined,
    gname: undefined,
    mtime: undefined,
    devmajor: undefined,
    devminor: undefined,
    xattrs: new Map(),
    acls: new Map(),
    sparse: undefined,
    notKept: [],
  };
}

interface Draft extends Attributes {
  readonly notKept: ByteString[];
  sparseName: ByteString | undefined;
  /** Extended attributes in a second-best form, used where there is no `SCHILY.xattr` of the same name. */
  readonly fallbackXattrs: Map<ByteString, ByteString>;
  /** What `SCHILY.acl.<kind>` says, in the order of the records; entries may say that they are of the other list. */
  readonly aclTexts: Map<AclKind, AclRecord>;
}

type Setter = (draft: Draft, record: PaxRecord) => void;

const SETTERS: ReadonlyMap<string, Setter> = new Map<string, Setter>([
  ['path', (draft, record) => (draft.path = nonEmpty(record))],
  ['linkpath', (draft, record) => (draft.linkpath = nonEmpty(record))],
  ['size', (draft, record) => (draft.size = decimal(record, Number.MAX_SAFE_INTEGER))],
  ['uid', (draft, record) => (draft.uid = decimal(record, U32_MAX))],
  ['gid', (draft, record) => (draft.gid = decimal(record, U32_MAX))],
  ['uname', (draft, record) => (draft.uname = nonEmpty(record))],
  ['gname', (draft, record) => (draft.gname = nonEmpty(record))],
  ['mtime', (draft, record) => (draft.mtime = time(record))],
  ['SCHILY.devmajor', (draft, record) => (draft.devmajor = decimal(record, U32_MAX))],
  ['SCHILY.devminor', (draft, record) => (draft.devminor = decimal(record, U32_MAX))],
  ['SCHILY.acl.access', setAcl('access')],
  ['SCHILY.acl.default', setAcl('default')],
  [
    'RHT.security.selinux',
    // The kernel's value ends in a NUL, which GNU tar leaves out.
    (draft, { value }) =>
      draft.fallbackXattrs.set(ascii('security.selinux'), `${value}\0` as ByteString),
  ],
  ['GNU.sparse.major', (draft, record) => (sparse(draft).major = decimal(record, U32_MAX))],
  ['GNU.sparse.minor', (draft, record) => (sparse(draft).minor = decimal(record, U32_MAX))],
  ['GNU.sparse.name', (draft, record) => (draft.sparseName = nonEmpty(record))],
  ['GNU.sparse.size', setSparseSize],
  ['GNU.sparse.realsize', setSparseSize],
  ['GNU.sparse.map', setSparseMap],
  ['GNU.sparse.offset', pushSparse(0)],
  ['GNU.sparse.numbytes', pushSparse(1)],
  ['GNU.volume.filename', refuseVolume],
  ['GNU.volume.offset', refuseVolume],
  ['GNU.volume.size', refuseVolume],
]);

const SCHILY_XATTR = 'SCHILY.xattr.';
const LIBARCHIVE_XATTR = 'LIBARCHIVE.xattr.';

/**
 * The sense of an extended header's records. A later record wins over an earlier one, and an empty value takes
 * back what a global header said; but an empty `SCHILY.xattr` is an attribute with an empty value.
 *
 * @param globals what global headers said
 * @throws {FormatError} when a value is not what its keyword asks for
 */
export function readAttributes(records: readonly PaxRecord[], globals: Attributes): Attributes {
  const draft: Draft = {
    ...globals,
    xattrs: new Map(),
    acls: new Map(),
    notKept: [],
    sparseName: undefined,
    fallbackXattrs: new Map(),
    aclTexts: new Map(),
  };
  for (const record of records) {
    if (record.keyword.startsWith(SCHILY_XATTR)) {
      // GNU tar (xheader.c) writes `=` and `%` in names as %3D and %25.
      const name = record.keyword
        .slice(SCHILY_XATTR.length)
        .replace(/%(3D|25)/g, (_, code) => (code === '25' ? '%' : '='));
      setXattr(draft.xattrs, record, name, record.value);
    } else if (record.keyword.startsWith(LIBARCHIVE_XATTR)) {
      const name = record.keyword
        .slice(LIBARCHIVE_XATTR.length)
        .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
      setXattr(draft.fallbackXattrs, record, name, base64(record));
    } else {
      const set = SETTERS.get(record.keyword);
      if (set !== undefined) set(draft, record);
      else if (!isFactOfArchive(record.keyword)) draft.notKept.push(record.keyword);
    }
  }
  const { sparseName, fallbackXattrs, aclTexts, ...attributes } = draft;
  for (const [name, value] of fallbackXattrs)
    if (!attributes.xattrs.has(name)) attributes.xattrs.set(name, value);
  settleAcls(attributes, aclTexts);
  if (sparseName !== undefined) attributes.path = sparseName;
  return attributes;
}

/**
 * The sense of a global header's records, on top of earlier ones.
 *
 * @param offset of the header in the archive
 * @throws {FormatError} when it says of all members what can only be true of one, or a value is wrong
 */
export function readGlobalAttributes(
  records: readonly PaxRecord[],
  globals: Attributes,
  offset: number,
): Attributes {
  const attributes = readAttributes(records, globals);
  const { path, linkpath, size, devmajor, devminor, xattrs, acls } = attributes;
  const single = [path, linkpath, size, devmajor, devminor, attributes.sparse];
  if (xattrs.size + acls.size > 0 || single.some((value) => value !== undefined)) {
    throw new FormatError('tar', 'a global header may only give owner, group and mtime', {
      offset,
      field: 'pax record',
    });
  }
  return attributes;
}

function fail(record: PaxRecord, message: string): never {
  const field = toDisplay(record.keyword.slice(0, 100) as ByteString);
  throw new FormatError('tar', message, { offset: record.offset, field });
}

function nonEmpty({ value }: PaxRecord): ByteString | undefined {
  return value === '' ? undefined : value;
}

function decimal(record: PaxRecord, max: number): number | undefined {
  return record.value === '' ? undefined : requiredDecimal(record, record.value, max);
}

function requiredDecimal(record: PaxRecord, text: string, max: number): number {
  if (!/^[0-9]{1,16}$/.test(text)) fail(record, 'not a decimal number in range');
  const value = Number.parseInt(text, 10);
  if (value > max) fail(record, `${text} is more than ${max}`);
  return value;
}

function time(record: PaxRecord): Timestamp | undefined {
  if (record.value === '') return undefined;
  return parsePaxTime(record.value) ?? fail(record, 'not a time in decimal seconds');
}

function base64(record: PaxRecord): ByteString {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(record.value)) fail(record, 'not base64');
  return Buffer.from(record.value, 'base64').toString('latin1') as ByteString;
}

function setXattr(
  xattrs: Map<ByteString, ByteString>,
  record: PaxRecord,
  name: string,
  value: ByteString,
): void {
  if (name === '' || name.length > XATTR_NAME_MAX || name.includes('\0'))
    fail(record, `not a name of 1 to ${XATTR_NAME_MAX} bytes`);
  if (value.length > XATTR_VALUE_MAX)
    fail(record, `the value has ${value.length} bytes, more than ${XATTR_VALUE_MAX}`);
  xattrs.set(name as ByteString, value);
}

function setAcl(kind: AclKind): Setter {
  return (draft, record) => {
    draft.aclTexts.delete(kind);
    const entries = parseAclText(record.value, (message) => fail(record, message));
    const { keyword: field, offset } = record;
    if (entries.length > 0) draft.aclTexts.set(kind, { kind, field, entries, offset });
  };
}

/** Lists from their texts, as far as there is no exact form. */
function settleAcls({ acls, xattrs }: Attributes, aclTexts: ReadonlyMap<AclKind, AclRecord>): void {
  for (const text of aclTexts.values()) addEntries(acls, text);
  for (const kind of acls.keys()) {
    const exact = xattrs.get(ACL_XATTRS[kind]);
    if (exact !== undefined && decodeAcl(exact) !== undefined) acls.delete(kind);
  }
}

/** As libarchive reads them: each entry is of the list that it names, and one of a later record takes the place of the same before. */
function addEntries(acls: Map<AclKind, AclRecord>, text: AclRecord): void {
  for (const kind of ['access', 'default'] as const) {
    const added = text.entries.filter((one) => (one.isDefault ? 'default' : text.kind) === kind);
    if (added.length === 0) continue;
    const before = (acls.get(kind)?.entries ?? []).filter(
      (one) => !added.some((other) => isSameEntry(one, other)),
    );
    acls.set(kind, { ...text, kind, entries: [...before, ...added] });
  }
}

function isSameEntry(a: AclTextEntry, b: AclTextEntry): boolean {
  return a.subject === b.subject && a.id === b.id && a.name === b.name;
}

function refuseVolume(_draft: Draft, record: PaxRecord): never {
  fail(record, 'a piece of a file that began in another volume of the archive');
}

function sparse(draft: Draft): SparseRecords {
  draft.sparse ??= {
    major: undefined,
    minor: undefined,
    realsize: undefined,
    map: [],
    hasMap: false,
  };
  return draft.sparse;
}

function setSparseSize(draft: Draft, record: PaxRecord): void {
  sparse(draft).realsize = requiredDecimal(record, record.value, Number.MAX_SAFE_INTEGER);
}

function setSparseMap(draft: Draft, record: PaxRecord): void {
  const { map } = sparse(draft);
  sparse(draft).hasMap = true;
  map.length = 0;
  if (record.value === '') return;
  for (const text of record.value.split(','))
    map.push(requiredDecimal(record, text, Number.MAX_SAFE_INTEGER));
  if (map.length % 2 !== 0) fail(record, 'an offset without a length');
}

function pushSparse(parity: 0 | 1): Setter {
  return (draft, record) => {
    const { map } = sparse(draft);
    sparse(draft).hasMap = true;
    if (map.length % 2 !== parity) fail(record, 'offsets and lengths do not alternate');
    map.push(requiredDecimal(record, record.value, Number.MAX_SAFE_INTEGER));
  };
}
