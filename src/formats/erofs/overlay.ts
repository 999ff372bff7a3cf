/**
 * What overlayfs must find in an image, and how attributes of the tree that mean something to overlayfs are kept
 * out of its sight (composefs 1.0.8; Linux 6.12 Documentation/filesystems/overlayfs.rst).
 *
 * Attributes `trusted.overlay.*` of the tree are escaped. Whiteouts of the tree become empty files that a nested
 * overlayfs takes for whiteouts. 256 real whiteouts hide the directories of the object store.
 */
import { ascii, fromBytes, toBytes, type ByteString } from '../../util/bytes.js';
import { algorithmOf, DIGEST_SIZE, type Digest, type HashAlgorithm } from '../../util/digest.js';
import {
  isWhiteout,
  type Device,
  type Directory,
  type Entry,
  type Tree,
  type Xattrs,
} from '../tree/model.js';
import { walk } from '../tree/walk.js';
import type { FormatVersion } from './structures.js';

export const OVERLAY_XATTR_PREFIX = ascii('trusted.overlay.');
export const OVERLAY_XATTR_ESCAPE_PREFIX = ascii('trusted.overlay.overlay.');
export const OVERLAY_XATTR_METACOPY = ascii('trusted.overlay.metacopy');
export const OVERLAY_XATTR_REDIRECT = ascii('trusted.overlay.redirect');
export const OVERLAY_XATTR_OPAQUE = ascii('trusted.overlay.opaque');
export const OVERLAY_XATTR_ESCAPED_WHITEOUT = ascii('trusted.overlay.overlay.whiteout');
export const OVERLAY_XATTR_ESCAPED_WHITEOUTS = ascii('trusted.overlay.overlay.whiteouts');
export const OVERLAY_XATTR_ESCAPED_OPAQUE = ascii('trusted.overlay.overlay.opaque');
export const OVERLAY_XATTR_USERXATTR_WHITEOUT = ascii('user.overlay.whiteout');
export const OVERLAY_XATTR_USERXATTR_WHITEOUTS = ascii('user.overlay.whiteouts');
export const OVERLAY_XATTR_USERXATTR_OPAQUE = ascii('user.overlay.opaque');
const SECURITY_SELINUX = ascii('security.selinux');

const NOTHING = ascii('');
export type Markers = readonly (readonly [name: ByteString, value: ByteString])[];

/** What marks a file as a whiteout for a nested overlayfs. */
export const WHITEOUT_MARKERS: Markers = [
  [OVERLAY_XATTR_ESCAPED_WHITEOUT, NOTHING],
  [OVERLAY_XATTR_USERXATTR_WHITEOUT, NOTHING],
];
/** What marks a directory that holds such files. */
export const WHITEOUTS_MARKERS: Markers = [
  [OVERLAY_XATTR_ESCAPED_WHITEOUTS, NOTHING],
  [OVERLAY_XATTR_USERXATTR_WHITEOUTS, NOTHING],
];
export const OPAQUE_MARKERS: Markers = [
  [OVERLAY_XATTR_ESCAPED_OPAQUE, ascii('x')],
  [OVERLAY_XATTR_USERXATTR_OPAQUE, ascii('x')],
];
const ROOT_MARKERS: Markers = [[OVERLAY_XATTR_OPAQUE, ascii('y')]];

/** What an inode is to overlayfs, besides what the tree says. */
export interface OverlayRole {
  readonly isWhiteout: boolean;
  readonly hasWhiteouts: boolean;
  readonly isRoot: boolean;
}

/** The markers that an inode gets, in the order in which they are set. */
export function markersOf(role: OverlayRole, version: FormatVersion): Markers {
  return [
    ...(role.isWhiteout ? WHITEOUT_MARKERS : []),
    ...(role.hasWhiteouts ? WHITEOUTS_MARKERS : []),
    ...(role.hasWhiteouts && version >= 1 ? OPAQUE_MARKERS : []),
    ...(role.isRoot ? ROOT_MARKERS : []),
  ];
}

/**
 * Takes the markers that a version 1 image adds to directories with whiteouts off a tree that was read from one, in
 * place. A reader of images leaves them, as the reference's does; the tree that went in did not have them.
 */
export function dropOpaqueMarkers(tree: Tree): void {
  for (const { entry } of walk(tree)) {
    if (entry.kind !== 'directory' || entry.xattrs.size === 0) continue;
    if (![...entry.children.values()].some(isWhiteoutEntry)) continue;
    entry.xattrs = withoutMarkers(entry.xattrs, OPAQUE_MARKERS);
  }
}

/** Attributes of the tree without those markers among them that have the value which the writer gives them. */
export function withoutMarkers(xattrs: Xattrs, markers: Markers): Xattrs {
  const rest = new Map(xattrs);
  for (const [escaped, value] of markers) {
    const key = unescapeKey(escaped);
    if (rest.get(key) === value) rest.delete(key);
  }
  return rest;
}

function isWhiteoutEntry(entry: Entry): boolean {
  return entry.kind !== 'link' && isWhiteout(entry);
}

/** The attributes of the tree under the names they have in an image. */
export function escapeXattrs(xattrs: Xattrs): Map<ByteString, ByteString> {
  const escaped = new Map<ByteString, ByteString>();
  for (const [key, value] of xattrs) escaped.set(escapeKey(key), value);
  return escaped;
}

function escapeKey(key: ByteString): ByteString {
  if (!key.startsWith(OVERLAY_XATTR_PREFIX)) return key;
  return (OVERLAY_XATTR_ESCAPE_PREFIX + key.slice(OVERLAY_XATTR_PREFIX.length)) as ByteString;
}

/** The name in the tree of an escaped attribute; other names are returned as they are. */
export function unescapeKey(key: ByteString): ByteString {
  if (!key.startsWith(OVERLAY_XATTR_ESCAPE_PREFIX)) return key;
  return (OVERLAY_XATTR_PREFIX + key.slice(OVERLAY_XATTR_ESCAPE_PREFIX.length)) as ByteString;
}

/** Length of a `trusted.overlay.metacopy` value without its digest. */
const METACOPY_HEADER_SIZE = 4;
/** `digest_algo` of that value, as fs-verity numbers it. */
const METACOPY_ALGORITHM: Readonly<Record<HashAlgorithm, number>> = { sha256: 1, sha512: 2 };

/** Value of `trusted.overlay.metacopy` (struct ovl_metacopy): version, length, flags, algorithm, digest. */
export function encodeMetacopy(digest: Digest | undefined): ByteString {
  if (digest === undefined) return NOTHING;
  const algorithm = algorithmOf(digest);
  const value = Buffer.alloc(METACOPY_HEADER_SIZE + DIGEST_SIZE[algorithm]);
  value.writeUInt8(value.length, 1);
  value.writeUInt8(METACOPY_ALGORITHM[algorithm], 3);
  value.write(digest, METACOPY_HEADER_SIZE, 'hex');
  return fromBytes(value);
}

/** The digest in a `trusted.overlay.metacopy` value, undefined for the empty value; `false` for a malformed one. */
export function decodeMetacopy(value: ByteString): Digest | undefined | false {
  return readMetacopy(toBytes(value), 0, value.length);
}

/** The same of the value in `[start, end)`. */
export function readMetacopy(
  bytes: Buffer,
  start: number,
  end: number,
): Digest | undefined | false {
  const length = end - start;
  if (length === 0) return undefined;
  if (length < METACOPY_HEADER_SIZE || bytes[start + 1] !== length) return false;
  const algorithm = length === SIZE_OF_SHA256 ? 'sha256' : 'sha512';
  const isGood =
    length === METACOPY_HEADER_SIZE + DIGEST_SIZE[algorithm] &&
    bytes[start] === 0 &&
    bytes[start + 2] === 0 &&
    bytes[start + 3] === METACOPY_ALGORITHM[algorithm];
  return isGood && (bytes.toString('hex', start + METACOPY_HEADER_SIZE, end) as Digest);
}

const SIZE_OF_SHA256 = METACOPY_HEADER_SIZE + DIGEST_SIZE.sha256;

/** Names of the 256 directories of an object store: `00` to `ff`. */
const OBJECT_DIRECTORIES: readonly ByteString[] = Array.from({ length: 256 }, (_, i) =>
  ascii(i.toString(16).padStart(2, '0')),
);

/** The root's entries and, for every object directory that is not among them, a whiteout. */
export function withStubs(root: Directory): {
  readonly entries: ReadonlyMap<ByteString, Entry>;
  readonly stubs: ReadonlySet<Entry>;
} {
  const entries = new Map(root.children);
  const stubs = new Set<Entry>();
  const label = root.xattrs.get(SECURITY_SELINUX);
  const xattrs = new Map(label === undefined ? [] : [[SECURITY_SELINUX, label]]);
  const { uid, gid, mtimeSec, mtimeNsec } = root;
  for (const name of OBJECT_DIRECTORIES) {
    if (entries.has(name)) continue;
    const stat = { mode: 0o644, uid, gid, nlink: 1, mtimeSec, mtimeNsec, xattrs };
    const stub: Device = { kind: 'char', ...stat, rdev: 0, size: 0 };
    entries.set(name, stub);
    stubs.add(stub);
  }
  return { entries, stubs };
}
