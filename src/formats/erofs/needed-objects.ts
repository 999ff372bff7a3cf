/**
 * The objects that an image needs, found from its inodes without making a tree of it, in a sixth of the time: for whoever asks each
 * time that somebody looks at a host.
 *
 * Each inode that a name leads to is looked at once, within the bounds of the reader (`read-image.ts`). For every image that the reader
 * takes, these are the objects of its tree. What says nothing of objects is not checked: names, times, other attributes.
 */
import type { Digest } from '../../util/digest.js';
import { toBytes } from '../../util/bytes.js';
import type { Steps } from '../../util/steps.js';
import { readNids } from './dirent.js';
import { broken, Image } from './image.js';
import {
  EROFS_BLKSIZ,
  EROFS_FT_DIR,
  EROFS_INODE_CHUNK_BASED,
  EROFS_XATTR_ENTRY,
  EROFS_XATTR_IBODY_HEADER,
} from './structures.js';
import { readMetacopy, OVERLAY_XATTR_METACOPY } from './overlay.js';
import { flatData, readShape, type InodeShape } from './read-inode.js';
import { encodeName } from './image-xattrs.js';

/** Inodes that are read between two pauses at most. */
const INODES_A_STEP = 1024;

/**
 * Digests of all contents outside of the image, each once, in no particular order. A step is some hundred inodes.
 * @throws {FormatError} with offset and field when the bytes are not an image
 */
export function* findObjectsInSteps(bytes: Uint8Array): Steps<ReadonlySet<Digest>> {
  const image = new Image(bytes);
  const attributes = new MetacopyReader(image);
  const seen = new Set([image.rootNid]);
  const root = readShape(image, image.rootNid);
  if (root.fileType !== EROFS_FT_DIR)
    throw broken(root.offset, 'i_mode', 'the root is not a directory');
  const directories = [root];
  for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
    for (const nid of entriesOf(image, next)) {
      // Also `.` and `..`, and further names.
      if (seen.has(nid)) continue;
      seen.add(nid);
      if (seen.size % INODES_A_STEP === 0) yield;
      const shape = readShape(image, nid);
      if (shape.fileType === EROFS_FT_DIR) directories.push(shape);
      else if (shape.layout === EROFS_INODE_CHUNK_BASED) attributes.read(shape);
    }
  }
  return attributes.found;
}

function entriesOf(image: Image, directory: InodeShape): number[] {
  const nids: number[] = [];
  for (const [start, end] of flatData(image, directory))
    for (let at = start; at < end; at += EROFS_BLKSIZ)
      for (const nid of readNids(image, at, Math.min(at + EROFS_BLKSIZ, end))) nids.push(nid);
  return nids;
}

const { e_value_size } = EROFS_XATTR_ENTRY.at;
const { h_shared_count } = EROFS_XATTR_IBODY_HEADER.at;

const METACOPY = encodeName(OVERLAY_XATTR_METACOPY);
/** `e_name_len` and `e_name_index` of entries of this name, as one number. */
const METACOPY_HEAD = METACOPY.suffix.length | (METACOPY.index << 8);
/** The stored part of the name, as numbers: a string for each name would take longer than all else. */
const METACOPY_WORDS = Uint32Array.from({ length: METACOPY.suffix.length / 4 }, (_, i) =>
  toBytes(METACOPY.suffix).readUInt32LE(4 * i),
);

/** Collects the digests in attribute areas. */
class MetacopyReader {
  readonly found = new Set<Digest>();
  private readonly image: Image;
  /** Ids of shared attributes that were read. */
  private readonly shared = new Set<number>();

  constructor(image: Image) {
    this.image = image;
  }

  /** @throws {FormatError} when attributes are cut off, or a digest is malformed */
  read({ areaStart: start, areaSize: size }: InodeShape): void {
    if (size === 0) return;
    const { view } = this.image;
    const end = start + size;
    const count = view.getUint8(start + h_shared_count);
    let offset = start + EROFS_XATTR_IBODY_HEADER.size;
    if (offset + count * 4 > end)
      throw broken(start, 'h_shared_count', 'more shared attributes than the area has room for');
    for (let i = 0; i < count; i++, offset += 4) this.readShared(view.getUint32(offset, true));
    while (offset < end) offset += this.readEntry(offset, end);
  }

  private readShared(id: number): void {
    if (this.shared.has(id)) return;
    this.shared.add(id);
    const start = this.image.xattrStart + id * 4;
    this.image.claim(start, this.readEntry(start, this.image.bytes.length), 'e_value_size');
  }

  /** @returns its length, padding included */
  private readEntry(start: number, end: number): number {
    const { bytes, view } = this.image;
    if (start + EROFS_XATTR_ENTRY.size > end) throw broken(start, 'xattrs', 'an entry is cut off');
    const head = view.getUint16(start, true);
    const valueStart = start + EROFS_XATTR_ENTRY.size + (head & 0xff);
    const valueEnd = valueStart + view.getUint16(start + e_value_size, true);
    const size = (valueEnd - start + 3) & ~3;
    if (start + size > end) throw broken(start, 'e_value_size', 'the value is cut off');
    if (head !== METACOPY_HEAD || !isMetacopy(view, start)) return size;
    const digest = readMetacopy(bytes, valueStart, valueEnd);
    if (digest === false) throw broken(start, 'xattrs', `${OVERLAY_XATTR_METACOPY} is malformed`);
    if (digest !== undefined) this.found.add(digest);
    return size;
  }
}

function isMetacopy(view: DataView, start: number): boolean {
  for (let i = 0, at = start + EROFS_XATTR_ENTRY.size; i < METACOPY_WORDS.length; i++, at += 4)
    if (view.getUint32(at, true) !== METACOPY_WORDS[i]) return false;
  return true;
}
