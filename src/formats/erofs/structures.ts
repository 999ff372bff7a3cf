/**
 * On-disk structures of a composefs image: the composefs header and EROFS (Linux 6.12 fs/erofs/erofs_fs.h).
 *
 * Each structure is one table of fields; the same table encodes and decodes. All integers are little-endian.
 *
 * | offset | content |
 * |---|---|
 * | 0 | composefs header |
 * | 1024 | EROFS superblock |
 * | 1152 | inodes in breadth-first order, each with its attributes and its tail, 32-byte aligned |
 * | then | attributes that several inodes share |
 * | next multiple of 4096 | data blocks, in the order of their inodes |
 */

/** Name of the format in errors. */
export const FORMAT = 'composefs image';

/** Layout of the image that is written into it: 1 adds `opaque=x` to directories with whiteouts. */
export type FormatVersion = 0 | 1;

export const EROFS_BLKSIZ = 4096;
export const EROFS_BLKSIZ_BITS = 12;
export const EROFS_SLOTSIZE = 32;
export const EROFS_SUPER_OFFSET = 1024;
export const EROFS_SUPER_MAGIC_V1 = 0xe0f5e1e2;
export const EROFS_FEATURE_COMPAT_MTIME = 2;
export const EROFS_FEATURE_COMPAT_XATTR_FILTER = 4;

export const LCFS_EROFS_MAGIC = 0xd078629a;
export const LCFS_EROFS_VERSION = 1;
export const LCFS_EROFS_FLAGS_HAS_ACL = 1;

/** Data layouts, bits 1 to 3 of `i_format`. */
export const EROFS_INODE_FLAT_PLAIN = 0;
export const EROFS_INODE_FLAT_INLINE = 2;
export const EROFS_INODE_CHUNK_BASED = 4;
export const EROFS_CHUNK_FORMAT_BLKBITS_MASK = 31;

/** File types of directory entries. */
export const EROFS_FT_REG_FILE = 1;
export const EROFS_FT_DIR = 2;
export const EROFS_FT_CHRDEV = 3;
export const EROFS_FT_BLKDEV = 4;
export const EROFS_FT_FIFO = 5;
export const EROFS_FT_SOCK = 6;
export const EROFS_FT_SYMLINK = 7;

/** The type bits of `st_mode` by EROFS file type; index 0 stands for no type. */
export const S_IFMT_OF_FT: readonly number[] = [
  0, 0o100000, 0o040000, 0o020000, 0o060000, 0o010000, 0o140000, 0o120000,
];
export const S_IFMT = 0o170000;

type Width = 'u8' | 'u16' | 'u32' | 'u64' | 'i64';

/** Encoder and decoder of one structure. Fields that are not given are zero. */
export interface Struct<Field extends string> {
  readonly size: number;
  /** Where each field begins, for whoever reads few fields of many structures. */
  readonly at: Readonly<Record<Field, number>>;
  /** The fields at `offset`. 64-bit fields beyond 2^53 are inexact: check them with `Number.isSafeInteger`. */
  read(bytes: Buffer, offset: number): Record<Field, number>;
  /** Writes the given fields into zeroed bytes at `offset`. */
  write(bytes: Buffer, offset: number, values: Partial<Record<Field, number>>): void;
}

function struct<Field extends string>(
  size: number,
  fields: Readonly<Record<Field, readonly [offset: number, width: Width]>>,
): Struct<Field> {
  const table = (Object.keys(fields) as Field[]).map((name) => {
    const [at, width] = fields[name];
    return { name, at, width };
  });
  return {
    size,
    at: Object.fromEntries(table.map(({ name, at }) => [name, at])) as Record<Field, number>,
    read(bytes, offset) {
      const values: Partial<Record<Field, number>> = {};
      for (const { name, at, width } of table) values[name] = readField(bytes, offset + at, width);
      return values as Record<Field, number>;
    },
    write(bytes, offset, values) {
      for (const { name, at, width } of table) {
        const value = values[name];
        if (value !== undefined && value !== 0) writeField(bytes, offset + at, width, value);
      }
    },
  };
}

function readField(bytes: Buffer, at: number, width: Width): number {
  switch (width) {
    case 'u8':
      return bytes.readUInt8(at);
    case 'u16':
      return bytes.readUInt16LE(at);
    case 'u32':
      return bytes.readUInt32LE(at);
    case 'u64':
      return bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
    case 'i64':
      return bytes.readInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
  }
}

function writeField(bytes: Buffer, at: number, width: Width, value: number): void {
  switch (width) {
    case 'u8':
      bytes.writeUInt8(value, at);
      return;
    case 'u16':
      bytes.writeUInt16LE(value, at);
      return;
    case 'u32':
      bytes.writeUInt32LE(value, at);
      return;
    case 'u64':
    case 'i64':
      bytes.writeUInt32LE(value - Math.floor(value / 2 ** 32) * 2 ** 32, at);
      bytes.writeUInt32LE(Math.floor(value / 2 ** 32) >>> 0, at + 4);
  }
}

/** struct lcfs_erofs_header_s, at offset 0. */
export const COMPOSEFS_HEADER = struct(32, {
  magic: [0, 'u32'],
  version: [4, 'u32'],
  flags: [8, 'u32'],
  composefs_version: [12, 'u32'],
});

/** struct erofs_super_block, at `EROFS_SUPER_OFFSET`. */
export const EROFS_SUPER_BLOCK = struct(128, {
  magic: [0, 'u32'],
  feature_compat: [8, 'u32'],
  blkszbits: [12, 'u8'],
  sb_extslots: [13, 'u8'],
  root_nid: [14, 'u16'],
  inos: [16, 'u64'],
  build_time: [24, 'i64'],
  build_time_nsec: [32, 'u32'],
  blocks: [36, 'u32'],
  meta_blkaddr: [40, 'u32'],
  xattr_blkaddr: [44, 'u32'],
  feature_incompat: [80, 'u32'],
});

/** struct erofs_inode_compact: no time of its own, small ids. */
export const EROFS_INODE_COMPACT = struct(32, {
  i_format: [0, 'u16'],
  i_xattr_icount: [2, 'u16'],
  i_mode: [4, 'u16'],
  i_nlink: [6, 'u16'],
  i_size: [8, 'u32'],
  i_u: [16, 'u32'],
  i_ino: [20, 'u32'],
  i_uid: [24, 'u16'],
  i_gid: [26, 'u16'],
});

/** struct erofs_inode_extended. */
export const EROFS_INODE_EXTENDED = struct(64, {
  i_format: [0, 'u16'],
  i_xattr_icount: [2, 'u16'],
  i_mode: [4, 'u16'],
  i_size: [8, 'u64'],
  i_u: [16, 'u32'],
  i_ino: [20, 'u32'],
  i_uid: [24, 'u32'],
  i_gid: [28, 'u32'],
  i_mtime: [32, 'i64'],
  i_mtime_nsec: [40, 'u32'],
  i_nlink: [44, 'u32'],
});

/** struct erofs_xattr_ibody_header; the ids of shared attributes (u32 each) follow, then the inode's own. */
export const EROFS_XATTR_IBODY_HEADER = struct(12, {
  h_name_filter: [0, 'u32'],
  h_shared_count: [4, 'u8'],
});

/** struct erofs_xattr_entry; name and value follow, padded to 4 bytes. */
export const EROFS_XATTR_ENTRY = struct(4, {
  e_name_len: [0, 'u8'],
  e_name_index: [1, 'u8'],
  e_value_size: [2, 'u16'],
});

/** struct erofs_dirent; the names follow the last one of a block. */
export const EROFS_DIRENT = struct(12, {
  nid: [0, 'u64'],
  nameoff: [8, 'u16'],
  file_type: [10, 'u8'],
});

/** Where the first inode lies: right after the superblock. */
export const FIRST_INODE_OFFSET = EROFS_SUPER_OFFSET + EROFS_SUPER_BLOCK.size;

/** Longest inline content of a file. */
export const LCFS_INLINE_CONTENT_MAX = 5000;
/** Most chunks an external file may have. */
export const LCFS_MAX_NONINLINE_CHUNKS = 1024;

/** How an external file of `size` bytes (1 or more) is cut into chunks of 2^`bits` bytes. */
export function chunking(size: number): { readonly bits: number; readonly count: number } {
  const last = size - 1;
  const needed = last < 2 ** 32 ? bitLength(last) : 32 + bitLength(Math.floor(last / 2 ** 32));
  const most = EROFS_CHUNK_FORMAT_BLKBITS_MASK + EROFS_BLKSIZ_BITS;
  const bits = Math.min(Math.max(needed, EROFS_BLKSIZ_BITS), most);
  return { bits, count: Math.ceil(size / 2 ** bits) };
}

/** How many bits a 32-bit number takes. */
function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}
