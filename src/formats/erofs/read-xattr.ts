/**
 * Attributes of inodes in an image that is not trusted.
 *
 * An image must look to overlayfs as its tree says. So overlayfs attributes are accepted only where the writer puts
 * them, and the name filter must be the one that belongs to the names: the kernel finds no attribute that the filter
 * denies.
 */
import { byteStringAt, type ByteString } from '../../util/bytes.js';
import { NO_XATTRS, type Xattrs } from '../tree/model.js';
import { XATTR_NAME_MAX } from '../tree/names.js';
import { broken, type Image } from './image.js';
import { EROFS_XATTR_ENTRY, EROFS_XATTR_IBODY_HEADER } from './structures.js';
import {
  OVERLAY_XATTR_METACOPY,
  OVERLAY_XATTR_OPAQUE,
  OVERLAY_XATTR_ESCAPE_PREFIX,
  OVERLAY_XATTR_PREFIX,
  OVERLAY_XATTR_REDIRECT,
  unescapeKey,
  WHITEOUT_MARKERS,
} from './overlay.js';
import {
  encodeName,
  makeAttribute,
  nameFilter,
  XATTR_PREFIXES,
  type Attribute,
  type XattrName,
} from './image-xattrs.js';

/** Most attribute bytes of one inode, as the reference reader counts them. */
const INODE_XATTR_MAX = 65535;

/** What an inode's attributes say. */
export interface DecodedXattrs {
  /** The tree's attributes, under their names in the tree. Inodes with the same ones share the map. */
  readonly xattrs: Xattrs;
  /** Values of the attributes that make a file external. */
  readonly metacopy: ByteString | undefined;
  readonly redirect: ByteString | undefined;
  /** `trusted.overlay.opaque` of the root. */
  readonly opaque: ByteString | undefined;
  /** Whether both markers of a whiteout were there; they are not among `xattrs` then. */
  readonly isWhiteout: boolean;
}

type OverlaySlot = 'metacopy' | 'redirect' | 'opaque';
const NO_SLOTS = { metacopy: undefined, redirect: undefined, opaque: undefined };
const SLOT_OF: ReadonlyMap<ByteString, OverlaySlot> = new Map([
  [OVERLAY_XATTR_METACOPY, 'metacopy'],
  [OVERLAY_XATTR_REDIRECT, 'redirect'],
  [OVERLAY_XATTR_OPAQUE, 'opaque'],
]);

const NOTHING: DecodedXattrs = { ...NO_SLOTS, xattrs: NO_XATTRS, isWhiteout: false };

function checkEscaped(key: ByteString, offset: number): void {
  if (key.startsWith(OVERLAY_XATTR_PREFIX) && !key.startsWith(OVERLAY_XATTR_ESCAPE_PREFIX)) {
    throw broken(offset, 'xattrs', 'an overlayfs attribute that has no place in an image');
  }
}

/** A test for an attribute with this name and value. */
function is([key, value]: readonly [ByteString, ByteString]): (attribute: Attribute) => boolean {
  return (attribute) => attribute.name.key === key && attribute.value === value;
}

interface Numbered extends Attribute {
  readonly number: number;
}

/** Decodes attribute areas; holds each distinct attribute and each distinct set once. */
export class XattrReader {
  private readonly image: Image;
  private readonly shared = new Map<number, Numbered>();
  private readonly names = new Map<string, XattrName>();
  private readonly attributes = new Map<string, Numbered>();
  private readonly sets = new Map<string, Xattrs>();

  constructor(image: Image) {
    this.image = image;
  }

  /**
   * @param start offset of an inode's attribute area, whose bytes are claimed
   * @param size bytes of the area
   * @param mayBeWhiteout whether the inode is an empty regular file
   * @throws {FormatError}
   */
  read(start: number, size: number, mayBeWhiteout: boolean): DecodedXattrs {
    if (size === 0) return NOTHING;
    const found: Record<OverlaySlot, ByteString | undefined> = { ...NO_SLOTS };
    let rest: Numbered[] = [];
    for (const attribute of this.readArea(start, size)) {
      const { key } = attribute.name;
      const slot = SLOT_OF.get(key);
      if (slot === undefined) {
        checkEscaped(key, start);
        rest.push(attribute);
      } else if (found[slot] === undefined) found[slot] = attribute.value;
      else throw broken(start, 'xattrs', 'an attribute is given twice');
    }
    const isWhiteout = mayBeWhiteout && WHITEOUT_MARKERS.every((marker) => rest.some(is(marker)));
    if (isWhiteout)
      rest = rest.filter((attribute) => !WHITEOUT_MARKERS.some((m) => is(m)(attribute)));
    return { ...found, xattrs: this.intern(rest, start), isWhiteout };
  }

  private readArea(start: number, size: number): Numbered[] {
    const { bytes } = this.image;
    const end = start + size;
    const header = EROFS_XATTR_IBODY_HEADER.read(bytes, start);
    let offset = start + EROFS_XATTR_IBODY_HEADER.size;
    const shared: Numbered[] = [];
    if (offset + header.h_shared_count * 4 > end) {
      throw broken(start, 'h_shared_count', 'more shared attributes than the area has room for');
    }
    for (let i = 0; i < header.h_shared_count; i++, offset += 4) {
      shared.push(this.readShared(bytes.readUInt32LE(offset), offset));
    }
    const attributes: Numbered[] = [];
    while (offset < end) {
      const attribute = this.readEntry(offset, end);
      attributes.push(attribute);
      offset += attribute.size;
    }
    // The reference reader's order, which shows in dumps.
    for (const attribute of shared) attributes.push(attribute);
    let total = 0;
    for (const { name, value } of attributes) total += name.key.length + value.length;
    if (total > INODE_XATTR_MAX) throw broken(start, 'xattrs', `${total} bytes of attributes`);
    if (header.h_name_filter !== nameFilter(attributes)) {
      throw broken(start, 'h_name_filter', 'it does not belong to the names');
    }
    return attributes;
  }

  private readShared(id: number, idAt: number): Numbered {
    const known = this.shared.get(id);
    if (known !== undefined) return known;
    const { bytes, xattrStart } = this.image;
    const start = xattrStart + id * 4;
    if (start >= bytes.length) throw broken(idAt, 'h_shared_xattrs', `there is no attribute ${id}`);
    const attribute = this.readEntry(start, bytes.length);
    this.image.claim(start, attribute.size, 'e_value_size');
    this.shared.set(id, attribute);
    return attribute;
  }

  /** Reads the entry at `start`, which must end before `end`. */
  private readEntry(start: number, end: number): Numbered {
    const { bytes } = this.image;
    if (start + EROFS_XATTR_ENTRY.size > end) throw broken(start, 'xattrs', 'an entry is cut off');
    const entry = EROFS_XATTR_ENTRY.read(bytes, start);
    const nameStart = start + EROFS_XATTR_ENTRY.size;
    const valueStart = nameStart + entry.e_name_len;
    const valueEnd = valueStart + entry.e_value_size;
    if (valueEnd > end) throw broken(start, 'e_value_size', 'the value is cut off');
    const suffix = byteStringAt(bytes, nameStart, valueStart);
    const name = this.nameOf(entry.e_name_index, suffix, start);
    const attribute = this.attribute(name, byteStringAt(bytes, valueStart, valueEnd));
    if (start + attribute.size > end) throw broken(start, 'e_value_size', 'the value is cut off');
    return attribute;
  }

  private nameOf(index: number, suffix: ByteString, offset: number): XattrName {
    const content = `${index} ${suffix}`;
    const known = this.names.get(content);
    if (known !== undefined) return known;
    const prefix = XATTR_PREFIXES.find(([, number]) => number === index)?.[0] ?? '';
    const name = encodeName((prefix + suffix) as ByteString);
    if (name.index !== index) {
      throw broken(offset, 'e_name_index', `${index} is not the index of this name`);
    }
    const length = unescapeKey(name.key).length;
    if (length === 0 || length > XATTR_NAME_MAX || suffix.includes('\0')) {
      throw broken(offset, 'e_name_len', 'this cannot be an attribute name');
    }
    this.names.set(content, name);
    return name;
  }

  private attribute(name: XattrName, value: ByteString): Numbered {
    // Hardly two files have the same ones, and they are not part of any set.
    if (name.key === OVERLAY_XATTR_METACOPY || name.key === OVERLAY_XATTR_REDIRECT) {
      return { ...makeAttribute(name, value), number: -1 };
    }
    const content = `${name.key}\0${value}`;
    let attribute = this.attributes.get(content);
    if (attribute === undefined) {
      attribute = { ...makeAttribute(name, value), number: this.attributes.size };
      this.attributes.set(content, attribute);
    }
    return attribute;
  }

  private intern(attributes: readonly Numbered[], offset: number): Xattrs {
    if (attributes.length === 0) return NO_XATTRS;
    const content = attributes.map(({ number }) => number).join();
    let xattrs = this.sets.get(content);
    if (xattrs === undefined) {
      xattrs = new Map(attributes.map(({ name, value }) => [unescapeKey(name.key), value]));
      if (xattrs.size !== attributes.length) {
        throw broken(offset, 'xattrs', 'an attribute is given twice');
      }
      this.sets.set(content, xattrs);
    }
    return xattrs;
  }
}
