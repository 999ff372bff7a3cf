/**
 * Reading and changing directories by descriptor and byte name.
 *
 * No function here follows a symbolic link in its last component.
 */
import type { ByteString } from '../util/bytes.js';
import { check, cString, describeAt, describeFd, native, syscallError } from './libc.js';
import { type FileType, S_IF } from './stat.js';

const AT_REMOVEDIR = 0x200;
const SEEK_SET = 0;

/** Offsets in `struct linux_dirent64` (Linux include/linux/dirent.h). */
const D_RECLEN = 16;
const D_NAME = 19;
/** Entries come in portions of this many bytes: about 2,000 short names. */
const DIRENT_BUFFER_SIZE = 65536;

const AT_PATH = ['int', 'const void *'] as const;
const getdents64 = native<[number, Uint8Array, number]>('getdents64', 'long', [
  'int',
  'void *',
  'size_t',
]);
const lseek = native<[number, number, number]>('lseek', 'long', ['int', 'long', 'int']);
const readlinkat = native<[number, Uint8Array, Uint8Array, number]>('readlinkat', 'long', [
  ...AT_PATH,
  'void *',
  'size_t',
]);
const mkdirat = native<[number, Uint8Array, number]>('mkdirat', 'int', [...AT_PATH, 'uint']);
const symlinkat = native<[Uint8Array, number, Uint8Array]>('symlinkat', 'int', [
  'const void *',
  ...AT_PATH,
]);
const linkat = native<[number, Uint8Array, number, Uint8Array, number]>('linkat', 'int', [
  ...AT_PATH,
  ...AT_PATH,
  'int',
]);
const mknodat = native<[number, Uint8Array, number, number]>('mknodat', 'int', [
  ...AT_PATH,
  'uint',
  'uint64_t',
]);
const unlinkat = native<[number, Uint8Array, number]>('unlinkat', 'int', [...AT_PATH, 'int']);

const direntBuffer = Buffer.alloc(DIRENT_BUFFER_SIZE);
/** Twice the longest target that Linux allows, so a full buffer means something odd. */
const linkBuffer = Buffer.alloc(8192);

/**
 * All names in a directory without `.` and `..`, in the file system's order.
 *
 * @param fd opened for reading, not with O_PATH; reading starts at the first entry each time
 */
export function readDirectory(fd: number): ByteString[] {
  const names: ByteString[] = [];
  check(lseek(fd, 0, SEEK_SET), 'lseek', () => describeFd(fd));
  while (true) {
    const length = getdents64(fd, direntBuffer, DIRENT_BUFFER_SIZE);
    check(length, 'getdents64', () => describeFd(fd));
    if (length === 0) return names;
    for (let at = 0; at < length; at += direntBuffer.readUInt16LE(at + D_RECLEN)) {
      const start = at + D_NAME;
      const name = direntBuffer.toString('latin1', start, direntBuffer.indexOf(0, start));
      if (name !== '.' && name !== '..') names.push(name as ByteString);
    }
  }
}

/** Target of the symbolic link `name`; of the link open with O_PATH as `dirFd` when `name` is empty. */
export function readLinkAt(dirFd: number, name: ByteString): ByteString {
  const length = readlinkat(dirFd, cString(name), linkBuffer, linkBuffer.length);
  check(length, 'readlinkat', () => describeAt(dirFd, name));
  if (length === linkBuffer.length) {
    throw syscallError('readlinkat', 'ENAMETOOLONG', describeAt(dirFd, name));
  }
  return linkBuffer.toString('latin1', 0, length) as ByteString;
}

/** @param mode permission bits; the umask is taken off */
export function mkdirAt(dirFd: number, name: ByteString, mode = 0o777): void {
  check(mkdirat(dirFd, cString(name), mode), 'mkdirat', () => describeAt(dirFd, name));
}

/** Makes the symbolic link `name` that points to `target`. */
export function symlinkAt(target: ByteString, dirFd: number, name: ByteString): void {
  const result = symlinkat(cString(target, 1), dirFd, cString(name));
  check(result, 'symlinkat', () => describeAt(dirFd, name));
}

/** Gives the file `oldName` (a symbolic link itself, too) the further name `newName`. */
export function linkAt(
  oldDirFd: number,
  oldName: ByteString,
  newDirFd: number,
  newName: ByteString,
): void {
  const result = linkat(oldDirFd, cString(oldName), newDirFd, cString(newName, 1), 0);
  check(result, 'linkat', () => describeAt(newDirFd, newName));
}

/** A file that is not a regular file: `rdev` is as in `FileStat`. */
export interface SpecialFile {
  readonly type: Exclude<FileType, 'directory' | 'symlink'>;
  readonly mode: number;
  readonly rdev: number;
}

/** mknodat(2); the umask is taken off the mode. */
export function mknodAt(dirFd: number, name: ByteString, file: SpecialFile): void {
  // Device numbers up to 12 bits of major and 20 of minor are the same in the C library's 64-bit encoding.
  const result = mknodat(dirFd, cString(name), S_IF[file.type] | file.mode, file.rdev);
  check(result, 'mknodat', () => describeAt(dirFd, name));
}

/** Removes a name that is not a directory's. */
export function unlinkAt(dirFd: number, name: ByteString): void {
  check(unlinkat(dirFd, cString(name), 0), 'unlinkat', () => describeAt(dirFd, name));
}

/** Removes an empty directory. */
export function rmdirAt(dirFd: number, name: ByteString): void {
  check(unlinkat(dirFd, cString(name), AT_REMOVEDIR), 'unlinkat', () => describeAt(dirFd, name));
}
