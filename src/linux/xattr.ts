/**
 * Extended attributes: names and values as bytes, never through a symbolic link.
 *
 * A file system without extended attributes has none: lists are empty, setting one fails with EOPNOTSUPP.
 */
import { type ByteString, toBytes, toDisplay } from '../util/bytes.js';
import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  check,
  cString,
  describeAt,
  describeFd,
  native,
} from './libc.js';
import { lastErrno, syscallError } from './libc.js';
import { fdPath } from './open.js';

/** XATTR_LIST_MAX and XATTR_SIZE_MAX of Linux include/uapi/linux/limits.h: no list or value is longer. */
const XATTR_MAX = 65536;
/** Since Linux 6.13; saves the way through /proc for each file (1 µs against 3.4 µs, measured). */
const SYS_listxattrat = 465;

type ListByPath = [Uint8Array, Uint8Array, number];
type GetByPath = [Uint8Array, Uint8Array, Uint8Array, number];
const BYTES_IN = 'const void *';
const BYTES_OUT = ['void *', 'size_t'] as const;

const listxattrat = native<[number, number, Uint8Array, number, Uint8Array, number]>(
  'syscall',
  'long',
  ['long', 'long', BYTES_IN, 'long', ...BYTES_OUT],
);
const llistxattr = native<ListByPath>('llistxattr', 'long', [BYTES_IN, ...BYTES_OUT]);
const flistxattr = native<[number, Uint8Array, number]>('flistxattr', 'long', [
  'int',
  ...BYTES_OUT,
]);
const lgetxattr = native<GetByPath>('lgetxattr', 'long', [BYTES_IN, BYTES_IN, ...BYTES_OUT]);
const fgetxattr = native<[number, Uint8Array, Uint8Array, number]>('fgetxattr', 'long', [
  'int',
  BYTES_IN,
  ...BYTES_OUT,
]);
const lsetxattr = native<[Uint8Array, Uint8Array, Uint8Array, number, number]>('lsetxattr', 'int', [
  BYTES_IN,
  BYTES_IN,
  BYTES_IN,
  'size_t',
  'int',
]);
const fsetxattr = native<[number, Uint8Array, Uint8Array, number, number]>('fsetxattr', 'int', [
  'int',
  BYTES_IN,
  BYTES_IN,
  'size_t',
  'int',
]);

const NONE: ReadonlyMap<ByteString, ByteString> = new Map();
const listBuffer = Buffer.alloc(XATTR_MAX);
const valueBuffer = Buffer.alloc(XATTR_MAX);
let hasListxattrat = true;

/** All extended attributes of `name` itself that this process may see, by full name. */
export function readXattrsAt(dirFd: number, name: ByteString): ReadonlyMap<ByteString, ByteString> {
  const subject = (): string => describeAt(dirFd, name);
  const keys = takeList(listAt(dirFd, name), subject);
  if (keys.length === 0) return NONE;
  const path = procPath(dirFd, name);
  return readValues(keys, subject, (key) =>
    lgetxattr(cString(path), cString(key, 1), valueBuffer, XATTR_MAX),
  );
}

/** All extended attributes of an open file; not for O_PATH descriptors. */
export function readXattrsFd(fd: number): ReadonlyMap<ByteString, ByteString> {
  const subject = (): string => describeFd(fd);
  const keys = takeList(flistxattr(fd, listBuffer, XATTR_MAX), subject);
  if (keys.length === 0) return NONE;
  return readValues(keys, subject, (key) => fgetxattr(fd, cString(key, 1), valueBuffer, XATTR_MAX));
}

/** Sets one attribute of `name` itself, whether it exists or not. */
export function setXattrAt(
  dirFd: number,
  name: ByteString,
  key: ByteString,
  value: ByteString,
): void {
  const path = cString(procPath(dirFd, name));
  const result = lsetxattr(path, cString(key, 1), toBytes(value), value.length, 0);
  check(result, 'lsetxattr', () => `${describeAt(dirFd, name)} ${toDisplay(key)}`);
}

/** Sets one attribute of an open file. */
export function setXattrFd(fd: number, key: ByteString, value: ByteString): void {
  const result = fsetxattr(fd, cString(key, 1), toBytes(value), value.length, 0);
  check(result, 'fsetxattr', () => `${describeFd(fd)} ${toDisplay(key)}`);
}

/** The l… calls take no directory descriptor; through /proc they get one, and still do not follow the last name. */
function procPath(dirFd: number, name: ByteString): ByteString {
  if (dirFd === AT_FDCWD || name.startsWith('/')) return name;
  return `${fdPath(dirFd)}/${name}` as ByteString;
}

function listAt(dirFd: number, name: ByteString): number {
  if (hasListxattrat) {
    const flags = AT_SYMLINK_NOFOLLOW;
    const path = cString(name);
    const length = listxattrat(SYS_listxattrat, dirFd, path, flags, listBuffer, XATTR_MAX);
    if (length !== -1 || lastErrno() !== 'ENOSYS') return length;
    hasListxattrat = false;
  }
  return llistxattr(cString(procPath(dirFd, name)), listBuffer, XATTR_MAX);
}

function takeList(length: number, subject: () => string): string[] {
  if (length === 0) return [];
  if (length === -1) {
    const errno = lastErrno();
    if (errno === 'EOPNOTSUPP') return [];
    throw syscallError('listxattr', errno, subject());
  }
  // Each name ends in NUL, the last one too.
  return listBuffer.toString('latin1', 0, length - 1).split('\0');
}

function readValues(
  keys: readonly string[],
  subject: () => string,
  get: (key: ByteString) => number,
): ReadonlyMap<ByteString, ByteString> {
  const values = new Map<ByteString, ByteString>();
  for (const key of keys as ByteString[]) {
    const length = get(key);
    if (length >= 0) {
      values.set(key, valueBuffer.toString('latin1', 0, length) as ByteString);
      continue;
    }
    const errno = lastErrno();
    // Removed since it was listed: the same as not there.
    if (errno !== 'ENODATA') {
      throw syscallError('getxattr', errno, `${subject()} ${toDisplay(key)}`);
    }
  }
  return values;
}
