/** Inodes of an image that is not trusted: every offset, size and type is checked before it is used. */
import { itemAt } from '../../util/checks.js';
import { fromBytes, type ByteString } from '../../util/bytes.js';
import type { Leaf, RegularFile, Stat, Xattrs } from '../tree/model.js';
import { SYMLINK_MAX, symlinkProblem } from '../tree/names.js';
import { broken, type Image } from './image.js';
import {
  EROFS_BLKSIZ,
  EROFS_BLKSIZ_BITS,
  EROFS_CHUNK_FORMAT_BLKBITS_MASK,
  EROFS_FT_BLKDEV,
  EROFS_FT_CHRDEV,
  EROFS_FT_DIR,
  EROFS_FT_FIFO,
  EROFS_FT_REG_FILE,
  EROFS_FT_SYMLINK,
  EROFS_INODE_CHUNK_BASED,
  EROFS_INODE_COMPACT,
  EROFS_INODE_EXTENDED,
  EROFS_INODE_FLAT_INLINE,
  EROFS_INODE_FLAT_PLAIN,
  EROFS_SLOTSIZE,
  LCFS_INLINE_CONTENT_MAX,
  LCFS_MAX_NONINLINE_CHUNKS,
  S_IFMT_OF_FT,
} from './structures.js';
import { PAYLOAD_MAX } from './limits.js';
import { decodeMetacopy } from './overlay.js';
import type { DecodedXattrs } from './read-xattr.js';
import { areaSizeOf } from './image-xattrs.js';

/** What kind of inode it is, and where its parts lie. */
export interface InodeShape {
  readonly nid: number;
  readonly offset: number;
  /** Whether it has the larger of the two forms. */
  readonly isExtended: boolean;
  /** EROFS file type. */
  readonly fileType: number;
  readonly layout: number;
  readonly size: number;
  /** `i_u`: first block, device number or chunk format. */
  readonly union: number;
  readonly areaStart: number;
  readonly areaSize: number;
}

/** An inode before its attributes and data are read. */
export interface InodeHead extends InodeShape {
  readonly stat: Omit<Stat, 'xattrs'>;
}

/** EROFS file types by the upper bits of `i_mode`. */
const FT_OF_MODE: readonly (number | undefined)[] = Array.from({ length: 16 }, (_, bits) => {
  const fileType = S_IFMT_OF_FT.indexOf(bits << 12);
  return fileType < EROFS_FT_REG_FILE ? undefined : fileType;
});

/** Fields at the same place in both forms. */
const BOTH = EROFS_INODE_COMPACT.at;
const EXTENDED = EROFS_INODE_EXTENDED.at;

/** @throws {FormatError} when there is no inode at `nid` */
export function readShape(image: Image, nid: number): InodeShape {
  const { view } = image;
  const offset = image.metaStart + nid * EROFS_SLOTSIZE;
  image.claim(offset, EROFS_INODE_COMPACT.size, 'nid');
  const format = view.getUint16(offset + BOTH.i_format, true);
  const isExtended = (format & 1) === 1;
  const inodeSize = isExtended ? EROFS_INODE_EXTENDED.size : EROFS_INODE_COMPACT.size;
  const areaStart = offset + inodeSize;
  const areaSize = areaSizeOf(view.getUint16(offset + BOTH.i_xattr_icount, true));
  // The rest of an extended inode, and its attributes.
  const behind = offset + EROFS_INODE_COMPACT.size;
  image.claim(behind, areaStart + areaSize - behind, 'i_xattr_icount');
  const mode = view.getUint16(offset + BOTH.i_mode, true);
  const fileType = FT_OF_MODE[mode >> 12];
  if (fileType === undefined) {
    throw broken(offset, 'i_mode', `${mode.toString(8)} has no known file type`);
  }
  const low = view.getUint32(offset + BOTH.i_size, true);
  const high = isExtended ? view.getUint32(offset + EXTENDED.i_size + 4, true) : 0;
  const size = high * 2 ** 32 + low;
  if (!Number.isSafeInteger(size)) throw broken(offset, 'i_size', 'the file is too large');
  const union = view.getUint32(offset + BOTH.i_u, true);
  const layout = format >> 1;
  const shape = { nid, offset, isExtended, fileType, layout, size, union, areaStart, areaSize };
  checkLayout(shape);
  return shape;
}

/** @throws {FormatError} as `readShape` */
export function readHead(image: Image, nid: number): InodeHead {
  const shape = readShape(image, nid);
  const stat = shape.isExtended ? readExtended(image, shape) : readCompact(image, shape);
  if (!Number.isSafeInteger(stat.mtimeSec) || stat.mtimeNsec > 999_999_999) {
    throw broken(shape.offset, 'i_mtime', 'this is not a time');
  }
  return { ...shape, stat };
}

function readExtended({ view }: Image, { offset }: InodeShape): InodeHead['stat'] {
  const high = view.getInt32(offset + EXTENDED.i_mtime + 4, true);
  return {
    mode: view.getUint16(offset + EXTENDED.i_mode, true) & 0o7777,
    uid: view.getUint32(offset + EXTENDED.i_uid, true),
    gid: view.getUint32(offset + EXTENDED.i_gid, true),
    nlink: view.getUint32(offset + EXTENDED.i_nlink, true),
    mtimeSec: high * 2 ** 32 + view.getUint32(offset + EXTENDED.i_mtime, true),
    mtimeNsec: view.getUint32(offset + EXTENDED.i_mtime_nsec, true),
  };
}

/** It has no time of its own. */
function readCompact(
  { view, buildTime, buildTimeNsec }: Image,
  { offset }: InodeShape,
): InodeHead['stat'] {
  return {
    mode: view.getUint16(offset + BOTH.i_mode, true) & 0o7777,
    uid: view.getUint16(offset + BOTH.i_uid, true),
    gid: view.getUint16(offset + BOTH.i_gid, true),
    nlink: view.getUint16(offset + BOTH.i_nlink, true),
    mtimeSec: buildTime,
    mtimeNsec: buildTimeNsec,
  };
}

/** Which layouts a type may have; data of a device would be ignored by the kernel and is refused here. */
function checkLayout({ offset, fileType, layout, size }: InodeShape): void {
  const hasData =
    fileType === EROFS_FT_REG_FILE || fileType === EROFS_FT_DIR || fileType === EROFS_FT_SYMLINK;
  const isGood =
    layout === EROFS_INODE_FLAT_PLAIN ||
    (layout === EROFS_INODE_FLAT_INLINE && hasData && size % EROFS_BLKSIZ !== 0) ||
    (layout === EROFS_INODE_CHUNK_BASED && fileType === EROFS_FT_REG_FILE && size > 0);
  if (!isGood) throw broken(offset, 'i_format', `layout ${layout} does not suit this inode`);
}

/** The pieces of an inode's flat data, in order, as `[start, end)`; their bytes are claimed. */
export function flatData(image: Image, head: InodeShape): readonly (readonly [number, number])[] {
  const { layout, size, union, areaStart, areaSize } = head;
  const tail = layout === EROFS_INODE_FLAT_INLINE ? size % EROFS_BLKSIZ : 0;
  const pieces: (readonly [number, number])[] = [];
  if (size > tail) {
    const start = union * EROFS_BLKSIZ;
    image.claim(start, size - tail, 'i_u');
    pieces.push([start, start + size - tail]);
  }
  if (tail > 0) {
    const start = areaStart + areaSize;
    image.claim(start, tail, 'i_size');
    if ((start % EROFS_BLKSIZ) + tail > EROFS_BLKSIZ) {
      throw broken(start, 'i_size', 'the data behind the inode crosses a block boundary');
    }
    pieces.push([start, start + tail]);
  }
  return pieces;
}

/** The leaf that a head and its attributes describe. @throws {FormatError} when they contradict each other */
export function readLeaf(image: Image, head: InodeHead, decoded: DecodedXattrs): Leaf {
  const { stat, size, union, offset } = head;
  const common = { ...stat, xattrs: decoded.xattrs };
  const isExternal = head.layout === EROFS_INODE_CHUNK_BASED;
  if (!isExternal && (decoded.metacopy ?? decoded.redirect) !== undefined) {
    throw broken(offset, 'xattrs', 'metacopy or redirect on an inode that is not an external file');
  }
  switch (head.fileType) {
    case EROFS_FT_REG_FILE:
      if (decoded.isWhiteout) return { kind: 'char', ...common, rdev: 0, size: 0 };
      return isExternal
        ? readExternal(image, head, decoded)
        : readInline(image, head, common.xattrs);
    case EROFS_FT_SYMLINK:
      return { kind: 'symlink', ...common, target: readTarget(image, head) };
    case EROFS_FT_CHRDEV:
      return { kind: 'char', ...common, rdev: union, size };
    case EROFS_FT_BLKDEV:
      return { kind: 'block', ...common, rdev: union, size };
    case EROFS_FT_FIFO:
      return { kind: 'fifo', ...common, size };
    default:
      return { kind: 'socket', ...common, size };
  }
}

function readTarget(image: Image, head: InodeHead): ByteString {
  const { size, offset } = head;
  if (size > SYMLINK_MAX) throw broken(offset, 'i_size', `a symlink target of ${size} bytes`);
  const target = fromBytes(readAll(image, head));
  const problem = symlinkProblem(target);
  if (problem !== undefined) throw broken(offset, 'i_size', problem);
  return target;
}

function readInline(image: Image, head: InodeHead, xattrs: Xattrs): RegularFile {
  const { size, stat, offset } = head;
  if (size > LCFS_INLINE_CONTENT_MAX) {
    throw broken(offset, 'i_size', `${size} bytes of inline content`);
  }
  const inline = size === 0 ? undefined : Uint8Array.from(readAll(image, head));
  return { kind: 'file', ...stat, xattrs, size, inline, digest: undefined, payload: undefined };
}

function readAll(image: Image, head: InodeHead): Buffer {
  return Buffer.concat(
    flatData(image, head).map(([start, end]) => image.bytes.subarray(start, end)),
  );
}

function readExternal(image: Image, head: InodeHead, decoded: DecodedXattrs): RegularFile {
  const { size, stat, offset } = head;
  const { xattrs, metacopy, redirect } = decoded;
  if (metacopy === undefined) throw broken(offset, 'xattrs', 'an external file without metacopy');
  const digest = decodeMetacopy(metacopy);
  if (digest === false) throw broken(offset, 'xattrs', 'trusted.overlay.metacopy is malformed');
  const payload = redirect === undefined ? undefined : readRedirect(redirect, offset);
  checkChunks(image, head);
  return { kind: 'file', ...stat, xattrs, size, inline: undefined, digest, payload };
}

/** The payload that the writer made `redirect` from. */
function readRedirect(redirect: ByteString, offset: number): ByteString {
  const payload = redirect.slice(1) as ByteString;
  const isGood = redirect.startsWith('/') && payload.length > 0 && !payload.includes('\0');
  if (!isGood || payload.length > PAYLOAD_MAX) {
    throw broken(offset, 'xattrs', 'trusted.overlay.redirect is not an absolute path');
  }
  return payload;
}

/** Longest chunk table that always finds room behind its inode. */
const INLINE_CHUNKS_MAX = (EROFS_BLKSIZ - EROFS_SLOTSIZE) / 4;

/** An external file must have no data in the image. */
function checkChunks(image: Image, head: InodeHead): void {
  const { offset, union, areaStart, areaSize } = head;
  const format = union & 0xffff;
  const bits = EROFS_BLKSIZ_BITS + (format & EROFS_CHUNK_FORMAT_BLKBITS_MASK);
  const count = Math.ceil(head.size / 2 ** bits);
  if (format > EROFS_CHUNK_FORMAT_BLKBITS_MASK || count > LCFS_MAX_NONINLINE_CHUNKS) {
    throw broken(offset, 'i_u', `chunk format ${format} with ${count} chunks`);
  }
  // The reference writer may move a longer table to a block without leaving a trace of where that is.
  if (count > INLINE_CHUNKS_MAX) return;
  const start = areaStart + areaSize;
  image.claim(start, count * 4, 'i_u');
  for (let i = 0; i < count * 4; i++) {
    if (itemAt(image.bytes, start + i) !== 0xff) {
      throw broken(start, 'i_u', 'an external file that has data in the image');
    }
  }
}
