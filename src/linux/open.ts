/**
 * Opening files by directory descriptor and byte name: openat(2), and openat2(2) below a root that nothing leaves.
 *
 * Implements the path rules of `docs/architecture.md`: a path never escapes its root by `..`, by an absolute name
 * or by a symbolic link. openat2 is Linux 5.6; where it is missing the path is walked one component at a time.
 */
import { closeSync, constants } from 'node:fs';
import { type ByteString, ascii } from '../util/bytes.js';
import { check, cString, describeAt, lastErrno, native, syscallError } from './libc.js';

/** Flags of open(2) that Node does not name (Linux asm-generic/fcntl.h). */
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
export const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/** Bits of `open_how.resolve` (Linux include/uapi/linux/openat2.h). */
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
const RESOLVE_IN_ROOT = 0x10;
const SYS_openat2 = 437;
const OPEN_HOW_SIZE = 24;

/** Longest path that a single system call takes, without its final NUL. */
const PATH_LENGTH_MAX = 4095;

const openat = native<[number, Uint8Array, number, number]>('openat', 'int', [
  'int',
  'const void *',
  'int',
  'unsigned int',
]);
const openat2 = native<[number, number, Uint8Array, Uint8Array, number]>('syscall', 'long', [
  'long',
  'long',
  'const void *',
  'const void *',
  'long',
]);

const openHow = Buffer.alloc(OPEN_HOW_SIZE);
let hasOpenat2 = true;

/**
 * openat(2), always with O_CLOEXEC.
 *
 * @param path bytes, relative to `dirFd`; its last component is followed unless `flags` has O_NOFOLLOW
 * @param flags as in `fs.constants`, plus O_PATH and O_TMPFILE
 * @returns a descriptor that the caller closes
 * @throws {SyscallError}
 */
export function openAt(dirFd: number, path: ByteString, flags: number, mode = 0o666): number {
  return check(openat(dirFd, cString(path), flags | O_CLOEXEC, mode), 'openat', () =>
    describeAt(dirFd, path),
  );
}

/**
 * Opens `path` below `rootFd` without passing any symbolic link. Paths may be longer than the 4095 bytes of one
 * system call.
 *
 * @param path relative; the empty path is the root itself; `..` and a leading `/` are refused
 * @returns a descriptor that the caller closes
 * @throws {SyscallError} EXDEV for a path that leaves the root, ELOOP or ENOTDIR for a symbolic link on the way
 */
export function openBeneath(rootFd: number, path: ByteString, flags: number, mode = 0o666): number {
  refuseEscape(rootFd, path);
  const create = (flags & constants.O_CREAT) !== 0 || (flags & O_TMPFILE) === O_TMPFILE;
  const how = { flags, mode: create ? mode : 0 };
  return openSteps(rootFd, splitPath(path, PATH_LENGTH_MAX), how, openStepBeneath);
}

/**
 * Opens `path` as a process would whose root is `rootFd`: symbolic links are followed, absolute ones from there, and
 * none leads out. Needs openat2.
 *
 * @returns a descriptor that the caller closes
 * @throws {SyscallError}
 */
export function openInRoot(rootFd: number, path: ByteString, flags: number): number {
  const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return check(callOpenat2(rootFd, path, { flags, mode: 0 }, resolve), 'openat2', () =>
    describeAt(rootFd, path),
  );
}

/** `openBeneath` for kernels without openat2: one O_NOFOLLOW openat a component. */
export function openStepwise(
  rootFd: number,
  path: ByteString,
  flags: number,
  mode = 0o666,
): number {
  refuseEscape(rootFd, path);
  return openSteps(rootFd, splitPath(path, 0), { flags, mode }, openStepNoFollow);
}

/**
 * Cuts a relative path between components into pieces of at most `limit` bytes. A longer component is a piece of
 * its own.
 */
export function splitPath(path: ByteString, limit: number): ByteString[] {
  if (path.length <= limit) return [path === '' ? ascii('.') : path];
  const pieces: string[] = [];
  let piece = '';
  for (const component of path.split('/')) {
    if (component === '') continue;
    if (piece !== '' && piece.length + 1 + component.length <= limit) piece += `/${component}`;
    else {
      if (piece !== '') pieces.push(piece);
      piece = component;
    }
  }
  pieces.push(piece === '' ? '.' : piece);
  return pieces as ByteString[];
}

interface How {
  readonly flags: number;
  readonly mode: number;
}

function refuseEscape(rootFd: number, path: ByteString): void {
  // Hardly any path has two dots in a row, and splitting is slow.
  const climbs = path.includes('..') && path.split('/').includes('..');
  if (path.startsWith('/') || climbs) {
    throw syscallError('openat2', 'EXDEV', describeAt(rootFd, path), 'the path leaves its root');
  }
}

function openSteps(
  rootFd: number,
  steps: readonly ByteString[],
  how: How,
  openStep: (dirFd: number, path: ByteString, how: How) => number,
): number {
  const through = { flags: O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW, mode: 0 };
  let dirFd = rootFd;
  try {
    for (const [index, step] of steps.entries()) {
      const next = openStep(dirFd, step, index === steps.length - 1 ? how : through);
      if (dirFd !== rootFd) closeSync(dirFd);
      dirFd = next;
    }
    return dirFd;
  } catch (error) {
    if (dirFd !== rootFd) closeSync(dirFd);
    throw error;
  }
}

function openStepBeneath(dirFd: number, path: ByteString, how: How): number {
  if (hasOpenat2) {
    const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const fd = callOpenat2(dirFd, path, how, resolve);
    if (fd !== -1) return fd;
    const errno = lastErrno();
    if (errno !== 'ENOSYS') throw syscallError('openat2', errno, describeAt(dirFd, path));
    hasOpenat2 = false;
  }
  return openStepwise(dirFd, path, how.flags, how.mode);
}

function callOpenat2(dirFd: number, path: ByteString, how: How, resolve: number): number {
  // The upper halves of the three 64-bit fields stay zero.
  openHow.writeUInt32LE((how.flags | O_CLOEXEC) >>> 0, 0);
  openHow.writeUInt32LE(how.mode, 8);
  openHow.writeUInt32LE(resolve, 16);
  return openat2(SYS_openat2, dirFd, cString(path), openHow, OPEN_HOW_SIZE);
}

function openStepNoFollow(dirFd: number, path: ByteString, how: How): number {
  return openAt(dirFd, path, how.flags | constants.O_NOFOLLOW, how.mode);
}

/** The path under which the kernel finds an open file again. */
export function fdPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}
