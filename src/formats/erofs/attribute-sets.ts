/**
 * The attributes of all inodes of an image after the rewriting for overlayfs, each distinct set and each distinct
 * attribute held once.
 */
import { ascii, type ByteString } from '../../util/bytes.js';
import { itemAt } from '../../util/checks.js';
import type { Digest } from '../../util/digest.js';
import type { Steps } from '../../util/steps.js';
import type { RegularFile, Xattrs } from '../tree/model.js';
import type { FormatVersion } from './structures.js';
import { markersProblem } from './limits.js';
import {
  encodeMetacopy,
  escapeXattrs,
  markersOf,
  OVERLAY_XATTR_METACOPY,
  OVERLAY_XATTR_REDIRECT,
} from './overlay.js';
import { INODES_A_STEP, type Order } from './order.js';
import { areaSize, byName, encodeName, makeAttribute, shareAttributes } from './image-xattrs.js';
import type { Attribute, XattrName } from './image-xattrs.js';

const METACOPY = encodeName(OVERLAY_XATTR_METACOPY);
const REDIRECT = encodeName(OVERLAY_XATTR_REDIRECT);
const POSIX_ACLS = [ascii('system.posix_acl_access'), ascii('system.posix_acl_default')];

/** Attributes that some inodes have besides what makes them external files. */
interface AttributeSet {
  /** Ascending by name. */
  readonly attributes: readonly Attribute[];
  /** How many of them come before `metacopy` and before `redirect`. */
  readonly beforeMetacopy: number;
  readonly beforeRedirect: number;
  users: number;
}

/** The attributes of an image. */
export interface Attributes {
  /** Attributes that several inodes have, in the order of their table, and the table's size in bytes. */
  readonly shared: readonly Attribute[];
  readonly sharedSize: number;
  readonly hasAcl: boolean;
  /** The attributes of an inode, ascending by name. */
  of(index: number): readonly Attribute[];
  /** Bytes of an inode's attribute area. */
  areaSizeOf(index: number): number;
}

/** Whether a file's content is an object outside of the image. */
export function isExternal(file: RegularFile): boolean {
  return file.size > 0 && file.inline === undefined;
}

/** Collects what every inode of `order` has. */
export function* collectAttributes(order: Order, version: FormatVersion): Steps<Attributes> {
  const sets = new SetTable();
  const setOf: AttributeSet[] = [];
  const digests = new Map<Digest | '', number>();
  const payloads = new Map<ByteString, number>();
  for (const [index, inode] of order.inodes.entries()) {
    if (index % INODES_A_STEP === 0) yield;
    const set = sets.intern(attributesInImage(order, index, version));
    set.users++;
    setOf.push(set);
    if (inode.kind !== 'file' || !isExternal(inode)) continue;
    increment(digests, inode.digest ?? '');
    if (hasPayload(inode)) increment(payloads, inode.payload);
  }
  const all = sets.countAttributes();
  const metacopies = new Map<Digest | '', Attribute>();
  for (const [digest, count] of digests) {
    if (count > 1) metacopies.set(digest, { ...metacopyOf(digest), count });
  }
  const redirects = new Map<ByteString, Attribute>();
  for (const [payload, count] of payloads) {
    if (count > 1) redirects.set(payload, { ...redirectTo(payload), count });
  }
  const { table, size } = shareAttributes([...all, ...metacopies.values(), ...redirects.values()]);
  const attributesOf = (index: number, makeMetacopy: typeof metacopyOf): readonly Attribute[] => {
    const inode = itemAt(order.inodes, index);
    const set = itemAt(setOf, index);
    if (inode.kind !== 'file' || !isExternal(inode)) return set.attributes;
    const digest = inode.digest ?? '';
    const metacopy = metacopies.get(digest) ?? makeMetacopy(digest);
    const redirect = hasPayload(inode)
      ? (redirects.get(inode.payload) ?? redirectTo(inode.payload))
      : undefined;
    if (set.attributes.length === 0)
      return redirect === undefined ? [metacopy] : [metacopy, redirect];
    return insert(set, metacopy, redirect);
  };
  return {
    shared: table,
    sharedSize: size,
    hasAcl: sets.hasAcl,
    of: (index) => attributesOf(index, metacopyOf),
    areaSizeOf: (index) => areaSize(attributesOf(index, metacopyLike)),
  };
}

function hasPayload(file: RegularFile): file is RegularFile & { payload: ByteString } {
  return file.payload !== undefined && file.payload.length > 0;
}

function metacopyOf(digest: Digest | ''): Attribute {
  return makeAttribute(METACOPY, encodeMetacopy(digest === '' ? undefined : digest));
}

const SAMPLE_METACOPIES: ReadonlyMap<number, Attribute> = new Map(
  [0, 64, 128].map((length) => [length, metacopyOf('0'.repeat(length) as Digest | '')]),
);

/** An attribute as long as that of `digest`. */
function metacopyLike(digest: Digest | ''): Attribute {
  return SAMPLE_METACOPIES.get(digest.length) ?? metacopyOf(digest);
}

function redirectTo(payload: ByteString): Attribute {
  return makeAttribute(REDIRECT, `/${payload}` as ByteString);
}

function insert(
  set: AttributeSet,
  metacopy: Attribute,
  redirect: Attribute | undefined,
): readonly Attribute[] {
  const { attributes, beforeMetacopy, beforeRedirect } = set;
  const all: Attribute[] = [];
  for (let i = 0; i <= attributes.length; i++) {
    if (i === beforeMetacopy) all.push(metacopy);
    if (i === beforeRedirect && redirect !== undefined) all.push(redirect);
    const attribute = attributes[i];
    if (attribute !== undefined) all.push(attribute);
  }
  return all;
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** An inode's attributes under their names in the image, with its markers. */
function attributesInImage(order: Order, index: number, version: FormatVersion): Xattrs {
  const inode = itemAt(order.inodes, index);
  const role = {
    isRoot: index === 0,
    isWhiteout: order.isWhiteout(index),
    hasWhiteouts: order.directories.get(index)?.hasWhiteouts === true,
  };
  const markers = markersOf(role, version);
  if (inode.xattrs.size === 0 && markers.length === 0) return inode.xattrs;
  const xattrs = escapeXattrs(inode.xattrs);
  const problem = markersProblem(xattrs, markers);
  if (problem !== undefined) order.fail(index, problem);
  for (const [key, value] of markers) xattrs.set(key, value);
  return xattrs;
}

/** Distinct sets by content, and within them distinct attributes. */
class SetTable {
  hasAcl = false;
  private readonly sets = new Map<string, AttributeSet>();
  private readonly attributes = new Map<string, Attribute>();
  private readonly names = new Map<ByteString, XattrName>();

  intern(xattrs: Xattrs): AttributeSet {
    let content = '';
    for (const [key, value] of xattrs) content += `${key}\0${value.length}\0${value}`;
    const known = this.sets.get(content);
    if (known !== undefined) return known;
    const attributes = Array.from(xattrs, ([key, value]) => this.attribute(key, value));
    attributes.sort(byName);
    const set: AttributeSet = {
      attributes,
      beforeMetacopy: countBefore(attributes, OVERLAY_XATTR_METACOPY),
      beforeRedirect: countBefore(attributes, OVERLAY_XATTR_REDIRECT),
      users: 0,
    };
    this.hasAcl ||= POSIX_ACLS.some((key) => xattrs.has(key));
    this.sets.set(content, set);
    return set;
  }

  /** Every attribute, its `count` set to the number of inodes that have it. */
  countAttributes(): Iterable<Attribute> {
    for (const { attributes, users } of this.sets.values()) {
      for (const attribute of attributes) attribute.count += users;
    }
    return this.attributes.values();
  }

  private attribute(key: ByteString, value: ByteString): Attribute {
    const content = `${key}\0${value}`;
    let attribute = this.attributes.get(content);
    if (attribute === undefined) {
      let name = this.names.get(key);
      if (name === undefined) this.names.set(key, (name = encodeName(key)));
      attribute = makeAttribute(name, value);
      this.attributes.set(content, attribute);
    }
    return attribute;
  }
}

function countBefore(attributes: readonly Attribute[], key: ByteString): number {
  const found = attributes.findIndex((attribute) => attribute.name.key > key);
  return found === -1 ? attributes.length : found;
}
