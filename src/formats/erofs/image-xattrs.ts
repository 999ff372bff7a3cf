/**
 * Extended attributes in an EROFS image: name prefixes, the name filter, entries, and which ones inodes share
 * (Linux 6.12 fs/erofs/erofs_fs.h; sharing and order as libcomposefs 1.0.8).
 */
import { xxHash32 } from 'js-xxhash';
import { alignUp, ascii, toBytes, type ByteString } from '../../util/bytes.js';
import { EROFS_XATTR_ENTRY, EROFS_XATTR_IBODY_HEADER } from './structures.js';

const EROFS_XATTR_FILTER_SEED = 0x25bbe08f;
const EROFS_XATTR_FILTER_DEFAULT = 0xffffffff;
/** Most shared attributes that one inode names; further ones are repeated in the inode. */
const SHARED_PER_INODE_MAX = 128;

/** Prefixes in the order in which they are tried, with their `e_name_index`. */
export const XATTR_PREFIXES: readonly (readonly [prefix: ByteString, index: number])[] = [
  [ascii('user.'), 1],
  [ascii('system.posix_acl_access'), 2],
  [ascii('system.posix_acl_default'), 3],
  [ascii('trusted.'), 4],
  [ascii('security.'), 6],
];

/** An attribute's name as an entry stores it. */
export interface XattrName {
  readonly key: ByteString;
  readonly index: number;
  readonly suffix: ByteString;
  /** The bit that this name clears in `h_name_filter`. */
  readonly filter: number;
}

/** One attribute; inodes with the same name and value have the same object, except where only one inode has it. */
export interface Attribute {
  readonly name: XattrName;
  readonly value: ByteString;
  /** Bytes of its entry, padding included. */
  readonly size: number;
  /** How many inodes have it. */
  count: number;
  /** Where it lies in the table of shared attributes; -1 while it is not in it. */
  offset: number;
}

/** Splits a full attribute name and hashes it. */
export function encodeName(key: ByteString): XattrName {
  const found = XATTR_PREFIXES.find(([prefix]) => key.startsWith(prefix));
  const index = found?.[1] ?? 0;
  const suffix = key.slice(found?.[0].length ?? 0) as ByteString;
  const hash = xxHash32(toBytes(suffix), EROFS_XATTR_FILTER_SEED + index);
  return { key, index, suffix, filter: (1 << (hash & 31)) >>> 0 };
}

/** An attribute that no inode has yet. */
export function makeAttribute(name: XattrName, value: ByteString): Attribute {
  const size = alignUp(EROFS_XATTR_ENTRY.size + name.suffix.length + value.length, 4);
  return { name, value, size, count: 0, offset: -1 };
}

/** Ascending by full name. */
export function byName(a: Attribute, b: Attribute): number {
  return compare(a.name.key, b.name.key);
}

/** Picks the attributes of several inodes, puts them in table order and gives each its offset. */
export function shareAttributes(attributes: Iterable<Attribute>): {
  readonly table: readonly Attribute[];
  readonly size: number;
} {
  const table: Attribute[] = [];
  for (const attribute of attributes) if (attribute.count > 1) table.push(attribute);
  table.sort(
    (a, b) => byName(b, a) || b.value.length - a.value.length || compare(b.value, a.value),
  );
  let size = 0;
  for (const attribute of table) {
    attribute.offset = size;
    size += attribute.size;
  }
  return { table, size };
}

function compare(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Bytes of the attribute area of an inode with these attributes. */
export function areaSize(attributes: readonly Attribute[]): number {
  if (attributes.length === 0) return 0;
  let size = EROFS_XATTR_IBODY_HEADER.size;
  let shared = 0;
  for (const attribute of attributes) {
    const byId = attribute.offset >= 0 && shared < SHARED_PER_INODE_MAX;
    if (byId) shared++;
    size += byId ? 4 : attribute.size;
  }
  return size;
}

/** `i_xattr_icount` for an area of `size` bytes. */
export function areaCount(size: number): number {
  return size === 0 ? 0 : (size - EROFS_XATTR_IBODY_HEADER.size) / 4 + 1;
}

/** Bytes of an area with this `i_xattr_icount`. */
export function areaSizeOf(count: number): number {
  return count === 0 ? 0 : EROFS_XATTR_IBODY_HEADER.size + (count - 1) * 4;
}

/** `h_name_filter` of an inode with these attributes. */
export function nameFilter(attributes: readonly Attribute[]): number {
  let present = 0;
  for (const { name } of attributes) present |= name.filter;
  return (EROFS_XATTR_FILTER_DEFAULT & ~present) >>> 0;
}

/**
 * Writes an inode's attribute area.
 * @param attributes ascending by name
 * @param sharedStart where the shared table begins, in bytes from the block at `xattr_blkaddr`
 * @returns the offset after the area
 */
export function writeArea(
  out: Buffer,
  start: number,
  attributes: readonly Attribute[],
  sharedStart: number,
): number {
  if (attributes.length === 0) return start;
  let offset = start + EROFS_XATTR_IBODY_HEADER.size;
  let shared = 0;
  for (const attribute of attributes) {
    if (attribute.offset < 0 || shared === SHARED_PER_INODE_MAX) continue;
    shared++;
    out.writeUInt32LE((sharedStart + attribute.offset) / 4, offset);
    offset += 4;
  }
  EROFS_XATTR_IBODY_HEADER.write(out, start, {
    h_name_filter: nameFilter(attributes),
    h_shared_count: shared,
  });
  for (const attribute of attributes) {
    if (attribute.offset >= 0 && shared > 0) shared--;
    else offset = writeEntry(out, offset, attribute);
  }
  return offset;
}

/** Writes one entry. @returns the offset after it and its padding */
export function writeEntry(out: Buffer, offset: number, attribute: Attribute): number {
  const { name, value } = attribute;
  EROFS_XATTR_ENTRY.write(out, offset, {
    e_name_len: name.suffix.length,
    e_name_index: name.index,
    e_value_size: value.length,
  });
  const at = offset + EROFS_XATTR_ENTRY.size;
  out.write(name.suffix, at, 'latin1');
  out.write(value, at + name.suffix.length, 'latin1');
  return offset + attribute.size;
}
