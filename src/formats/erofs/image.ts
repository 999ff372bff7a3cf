/**
 * An image as untrusted bytes: its headers, and access that checks every bound.
 *
 * Everything in an image belongs to one inode or is one shared attribute, so what is read is counted: structures that
 * overlap would make more of it than the image has bytes. That keeps time and memory linear in the image's size.
 */
import { FormatError } from '../../util/errors.js';
import {
  COMPOSEFS_HEADER,
  EROFS_BLKSIZ,
  EROFS_BLKSIZ_BITS,
  EROFS_FEATURE_COMPAT_MTIME,
  EROFS_FEATURE_COMPAT_XATTR_FILTER,
  EROFS_SUPER_BLOCK,
  EROFS_SUPER_MAGIC_V1,
  EROFS_SUPER_OFFSET,
  FORMAT,
  LCFS_EROFS_FLAGS_HAS_ACL,
  LCFS_EROFS_MAGIC,
  LCFS_EROFS_VERSION,
  type FormatVersion,
} from './structures.js';

/** The bytes of an image and what its headers say. */
export class Image {
  readonly bytes: Buffer;
  /** The same bytes; numbers are read from it in half the time. */
  readonly view: DataView;
  readonly formatVersion: FormatVersion;
  readonly hasAcl: boolean;
  readonly rootNid: number;
  /** Offset that nids count from. */
  readonly metaStart: number;
  /** Offset that ids of shared attributes count from. */
  readonly xattrStart: number;
  /** Time of the inodes that have none of their own. */
  readonly buildTime: number;
  readonly buildTimeNsec: number;
  private readonly size: number;
  private claimed = 0;

  /** @throws {FormatError} when the headers are not those of a composefs image, or of a version not known here */
  constructor(source: Uint8Array) {
    this.bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    this.size = this.bytes.length;
    if (this.size < EROFS_BLKSIZ) throw broken(0, 'magic', 'too short for an image');
    const header = COMPOSEFS_HEADER.read(this.bytes, 0);
    expect(header.magic === LCFS_EROFS_MAGIC, 0, 'magic', 'its magic number is another');
    expect(header.version === LCFS_EROFS_VERSION, 4, 'version', `version ${header.version}`);
    expect((header.flags & ~LCFS_EROFS_FLAGS_HAS_ACL) === 0, 8, 'flags', 'unknown flags');
    const version = header.composefs_version;
    if (version !== 0 && version !== 1) {
      throw broken(12, 'composefs_version', `format version ${version} is neither 0 nor 1`);
    }
    this.formatVersion = version;
    this.hasAcl = header.flags !== 0;
    const block = EROFS_SUPER_BLOCK.read(this.bytes, EROFS_SUPER_OFFSET);
    checkSuperBlock(block, this.bytes.length);
    this.rootNid = block.root_nid;
    this.metaStart = block.meta_blkaddr * EROFS_BLKSIZ;
    this.xattrStart = block.xattr_blkaddr * EROFS_BLKSIZ;
    this.buildTime = block.build_time;
    this.buildTimeNsec = block.build_time_nsec;
  }

  /**
   * Counts `[offset, offset + length)` as read.
   * @throws {FormatError} when it is not inside the image, or when more has been claimed than the image has
   */
  claim(offset: number, length: number, field: string): void {
    // A number that is too large to be exact is larger than an image, too.
    if (!(offset >= 0 && offset + length <= this.size))
      throw broken(
        Number.isSafeInteger(offset) ? offset : 0,
        field,
        'it lies outside of the image',
      );
    this.claimed += length;
    if (this.claimed > this.size) throw broken(offset, field, 'parts of the image overlap');
  }
}

function checkSuperBlock(
  block: ReturnType<typeof EROFS_SUPER_BLOCK.read>,
  imageSize: number,
): void {
  const at = EROFS_SUPER_OFFSET;
  const compat = EROFS_FEATURE_COMPAT_MTIME | EROFS_FEATURE_COMPAT_XATTR_FILTER;
  expect(block.magic === EROFS_SUPER_MAGIC_V1, at, 'magic', 'there is no EROFS superblock');
  expect(block.feature_compat === compat, at + 8, 'feature_compat', `${block.feature_compat}`);
  expect(block.blkszbits === EROFS_BLKSIZ_BITS, at + 12, 'blkszbits', `${block.blkszbits}`);
  expect(block.sb_extslots === 0, at + 13, 'sb_extslots', `${block.sb_extslots}`);
  expect(block.feature_incompat === 0, at + 80, 'feature_incompat', `${block.feature_incompat}`);
  expect(
    block.blocks * EROFS_BLKSIZ === imageSize,
    at + 36,
    'blocks',
    `${block.blocks} blocks of 4096 bytes, but the image has ${imageSize} bytes`,
  );
  const isTime = Number.isSafeInteger(block.build_time) && block.build_time_nsec <= 999_999_999;
  expect(isTime, at + 24, 'build_time', 'this is not a time');
}

function expect(isGood: boolean, offset: number, field: string, message: string): void {
  if (!isGood) throw broken(offset, field, message);
}

/** The error for something that is wrong at an offset of an image. */
export function broken(offset: number, field: string, message: string): FormatError {
  return new FormatError(FORMAT, message, { offset, field });
}
