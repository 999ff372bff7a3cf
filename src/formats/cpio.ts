/**
 * cpio archives as the kernel unpacks them into an initramfs: the "newc" form without checksums (Linux 6.12
 * Documentation/driver-api/early-userspace/buffer-format.rst, init/initramfs.c).
 *
 * The same entries give the same bytes: everything belongs to root, times are zero, inode numbers are counted.
 */
import { alignUp, type ByteString } from '../util/bytes.js';
import { U32_MAX } from '../util/checks.js';
import { FormatError } from '../util/errors.js';

/** Something in an archive; `path` is relative, without a leading slash. */
export type CpioEntry = { readonly path: ByteString; readonly mode: number } & (
  | { readonly kind: 'directory' }
  | { readonly kind: 'file'; readonly content: Uint8Array }
  | { readonly kind: 'symlink'; readonly target: ByteString }
  | { readonly kind: 'char'; readonly major: number; readonly minor: number }
);

const FORMAT = 'cpio';
const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';
/** The kernel's PATH_MAX, with the final NUL. */
const NAME_SIZE_MAX = 4096;
/** What tools pad archives to. */
const BLOCK_SIZE = 512;

const TYPE_BITS = {
  directory: 0o040000,
  file: 0o100000,
  symlink: 0o120000,
  char: 0o020000,
} as const;

/**
 * An archive of these entries, in this order, so parents must come before what is in them.
 *
 * @throws {FormatError} for a name or a size that does not fit
 */
export function encodeCpio(entries: readonly CpioEntry[]): Buffer {
  const pieces: Buffer[] = [];
  let size = 0;
  const add = (piece: Buffer): void => {
    pieces.push(piece);
    size += piece.length;
  };
  entries.forEach((entry, index) => {
    checkPath(entry.path);
    add(encodeEntry(entry, index + 1));
  });
  add(encodeRecord({ path: TRAILER, ino: 0, mode: 0, nlink: 1, major: 0, minor: 0 }, NO_CONTENT));
  add(Buffer.alloc(alignUp(size, BLOCK_SIZE) - size));
  return Buffer.concat(pieces, size);
}

const NO_CONTENT = new Uint8Array();

function checkPath(path: ByteString): void {
  const components = path.split('/');
  const isGood = components.every((name) => name !== '' && name !== '.' && name !== '..');
  if (!isGood || path.includes('\0') || path === TRAILER || path.length >= NAME_SIZE_MAX)
    throw new FormatError(FORMAT, `an archive cannot hold the path ${JSON.stringify(path)}`);
}

function encodeEntry(entry: CpioEntry, ino: number): Buffer {
  const content =
    entry.kind === 'file'
      ? entry.content
      : entry.kind === 'symlink'
        ? Buffer.from(entry.target, 'latin1')
        : NO_CONTENT;
  const { major, minor } = entry.kind === 'char' ? entry : { major: 0, minor: 0 };
  const mode = TYPE_BITS[entry.kind] | entry.mode;
  const nlink = entry.kind === 'directory' ? 2 : 1;
  return encodeRecord({ path: entry.path, ino, mode, nlink, major, minor }, content);
}

interface Header {
  readonly path: string;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly major: number;
  readonly minor: number;
}

/** Header and name are padded together, then the content, each to four bytes. */
function encodeRecord(header: Header, content: Uint8Array): Buffer {
  const { path, ino, mode, nlink, major, minor } = header;
  if (content.length > U32_MAX) throw new FormatError(FORMAT, `${path}: the file is too large`);
  const nameSize = path.length + 1;
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [ino, mode, 0, 0, nlink, 0, content.length, 0, 0, major, minor, nameSize, 0];
  const text = MAGIC + fields.map((field) => field.toString(16).padStart(8, '0')).join('') + path;
  const contentAt = alignUp(text.length + 1, 4);
  const record = Buffer.alloc(contentAt + alignUp(content.length, 4));
  record.write(text, 'latin1');
  record.set(content, contentAt);
  return record;
}
