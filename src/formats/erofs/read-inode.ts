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
  S_IFMT,
  S_IFMT_OF_FT,
} from './structures.js';
import { PAYLOAD_MAX } from './limits.js';
import { decodeMetacopy } from './overlay.js';
import type { DecodedXattrs } from './read-xattr.js';
import { areaSizeOf } from './image-xattrs.js';

/** An inode before its attributes and data are read. */
export interface InodeHead {
  readonly nid: number;
  readonly offset: number;
  /** EROFS file type. */
  readonly fileType: number;
  readonly layout: number;
  readonly size: number;
  /** `i_u`: first block, device number or chunk format. */
  readonly union: number;
  readonly areaStart: number;
  readonly areaSize: number;
  readonly stat: Omit<Stat, 'xattrs'>;
}

/** The fields of either form; only the extended one has a time. */
type InodeFields = ReturnType<typeof EROFS_INODE_COMPACT.read> &
  Partial<ReturnType<typeof EROFS_INODE_EXTENDED.read>>;

/** @throws {FormatError} when there is no inode at `nid` */
export function readHead(image: Image, nid: number): InodeHead {
  const offset = image.metaStart + nid * EROFS_SLOTSIZE;
  image.claim(offset, EROFS_INODE_COMPACT.size, 'nid');
  const format = image.bytes.readUInt16LE(offset);
  const isExtended = (format & 1) === 1;
  const struct = isExtended ? EROFS_INODE_EXTENDED : EROFS_INODE_COMPACT;
  // The part behind a compact inode: the rest of an extended one.
  image.claim(
    offset + EROFS_INODE_COMPACT.size,
    struct.size - EROFS_INODE_COMPACT.size,
    'i_format',
  );
  const fields: InodeFields = struct.read(image.bytes, offset);
  const areaStart = offset + struct.size;
  const areaSize = areaSizeOf(fields.i_xattr_icount);
  image.claim(areaStart, areaSize, 'i_xattr_icount');
  const fileType = S_IFMT_OF_FT.indexOf(fields.i_mode & S_IFMT);
  if (fileType < EROFS_FT_REG_FILE) {
    throw broken(offset, 'i_mode', `${fields.i_mode.toString(8)} has no known file type`);
  }
  const stat = {
    mode: fields.i_mode & 0o7777,
    uid: fields.i_uid,
    gid: fields.i_gid,
    nlink: fields.i_nlink,
    mtimeSec: fields.i_mtime ?? image.buildTime,
    mtimeNsec: fields.i_mtime_nsec ?? image.buildTimeNsec,
  };
  if (!Number.isSafeInteger(stat.mtimeSec) || stat.mtimeNsec > 999_999_999) {
    throw broken(offset, 'i_mtime', 'this is not a time');
  }
  const { i_size: size, i_u: union } = fields;
  if (!Number.isSafeInteger(size)) throw broken(offset, 'i_size', 'the file is too large');
  const layout = format >> 1;
  const head = { nid, offset, fileType, layout, size, union, areaStart, areaSize, stat };
  checkLayout(head);
  return head;
}

/** Which layouts a type may have; data of a device would be ignored by the kernel and is refused here. */
function checkLayout(head: InodeHead): void {
  const { offset, fileType, layout, size } = head;
  const hasData =
    fileType === EROFS_FT_REG_FILE || fileType === EROFS_FT_DIR || fileType === EROFS_FT_SYMLINK;
  const isGood =
    layout === EROFS_INODE_FLAT_PLAIN ||
    (layout === EROFS_INODE_FLAT_INLINE && hasData && size % EROFS_BLKSIZ !== 0) ||
    (layout === EROFS_INODE_CHUNK_BASED && fileType === EROFS_FT_REG_FILE && size > 0);
  if (!isGood) throw broken(offset, 'i_format', `layout ${layout} does not suit this inode`);
}

/** The pieces of an inode's flat data, in order, as `[start, end)`; their bytes are claimed. */
export function flatData(image: Image, head: InodeHead): readonly (readonly [number, number])[] {
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
