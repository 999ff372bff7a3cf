/**
 * The mount API of Linux 5.2 by system call number, with the kernel's own message in every error.
 *
 * The numbers are the same on every 64-bit architecture; C libraries older than 2021 have no functions for them.
 * Mount namespaces belong to threads, so none of these calls may run on another thread.
 * Flags: Linux include/uapi/linux/mount.h.
 */
import { closeSync, readSync } from 'node:fs';
import { type ByteString, ascii, fromBytes, toDisplay } from '../util/bytes.js';
import { RootsealError, type SyscallError, describeError, hasErrno } from '../util/errors.js';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, check, cString } from './libc.js';
import { describeAt, lastErrno, native, syscallError } from './libc.js';
import { O_CLOEXEC } from './open.js';

const SYS_open_tree = 428;
const SYS_move_mount = 429;
const SYS_fsopen = 430;
const SYS_fsconfig = 431;
const SYS_fsmount = 432;
const SYS_mount_setattr = 442;

const FSOPEN_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const OPEN_TREE_CLONE = 1;
const AT_RECURSIVE = 0x8000;
const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

/** Size of `struct mount_attr` in its first version. */
const MOUNT_ATTR_SIZE = 32;
const MESSAGES_MAX = 16;

export const MOUNT_ATTR_RDONLY = 0x1;
export const MOUNT_ATTR_NOSUID = 0x2;
export const MOUNT_ATTR_NODEV = 0x4;
/** Of `mount_attr.propagation` (Linux include/uapi/linux/fs.h). */
export const MS_PRIVATE = 1 << 18;

const LONG = 'long';
const BYTES = 'const void *';
const fsopen = native<[number, Uint8Array, number]>('syscall', LONG, [LONG, BYTES, LONG]);
const fsconfig = native<[number, number, number, Uint8Array | null, Uint8Array | null, number]>(
  'syscall',
  LONG,
  [LONG, LONG, LONG, BYTES, BYTES, LONG],
);
const fsmount = native<[number, number, number, number]>('syscall', LONG, [LONG, LONG, LONG, LONG]);
const moveMountCall = native<[number, number, Uint8Array, number, Uint8Array, number]>(
  'syscall',
  LONG,
  [LONG, LONG, BYTES, LONG, BYTES, LONG],
);
const openTree = native<[number, number, Uint8Array, number]>('syscall', LONG, [
  LONG,
  LONG,
  BYTES,
  LONG,
]);
const mountSetattr = native<[number, number, Uint8Array, number, Uint8Array, number]>(
  'syscall',
  LONG,
  [LONG, LONG, BYTES, LONG, BYTES, LONG],
);
const umount2 = native<[Uint8Array, number]>('umount2', 'int', [BYTES, 'int']);

/** One mount option: `['ro']` is a flag, `['source', '/dev/loop0']` has a value of at most 255 bytes. */
export type MountOption = readonly [key: string] | readonly [key: string, value: ByteString];

/** What to mount. */
export interface FileSystem {
  /** Name of the file system type: `erofs`, `overlay`. */
  readonly type: string;
  /** Options in the order in which the kernel gets them. */
  readonly options: readonly MountOption[];
  /** MOUNT_ATTR_* bits of the mount. */
  readonly attributes: number;
}

/** Changes to a mount: MOUNT_ATTR_* bits to set and to clear, a propagation type, also of the mounts below it. */
export interface MountChange {
  readonly set?: number;
  readonly clear?: number;
  readonly propagation?: number;
  readonly recursive?: boolean;
}

/**
 * Makes a mount that is not attached anywhere yet.
 *
 * @returns its descriptor (as with O_PATH), to be attached with `moveMount` and closed by the caller
 * @throws {SyscallError} with the kernel's message, e.g. `erofs: Unknown parameter 'x'`
 * @throws {RootsealError} UNSUPPORTED when the kernel has no such file system
 */
export function createMount({ type, options, attributes }: FileSystem): number {
  return withContext(type, options, (context) => {
    if (fsconfig(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, null, null, 0) === -1) {
      throw contextError('fsconfig', type, context);
    }
    const mount = fsmount(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
    if (mount === -1) throw contextError('fsmount', type, context);
    return mount;
  });
}

/**
 * Has the kernel look at mount options, and mounts nothing.
 *
 * @throws {SyscallError} as `createMount`, for an option that the kernel does not take
 */
export function checkMountOptions(type: string, options: readonly MountOption[]): void {
  withContext(type, options, () => undefined);
}

/** Opens a file system context and gives it the options, for as long as `action` runs. */
function withContext<T>(
  type: string,
  options: readonly MountOption[],
  action: (context: number) => T,
): T {
  const context = fsopen(SYS_fsopen, cString(ascii(type)), FSOPEN_CLOEXEC);
  if (context === -1) throw fsopenError(type, lastErrno());
  try {
    for (const [key, value] of options) {
      const command = value === undefined ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
      const valueBytes = value === undefined ? null : cString(value, 1);
      if (fsconfig(SYS_fsconfig, context, command, cString(ascii(key)), valueBytes, 0) === -1) {
        const option = value === undefined ? key : `${key}=${toDisplay(value)}`;
        throw contextError('fsconfig', `${type} ${option}`, context);
      }
    }
    return action(context);
  } finally {
    closeSync(context);
  }
}

/** Attaches a detached mount at `target`; a symbolic link there is not followed. */
export function moveMount(mountFd: number, target: ByteString): void {
  const from = cString(ascii(''));
  const to = cString(target, 1);
  const flags = MOVE_MOUNT_F_EMPTY_PATH;
  const result = moveMountCall(SYS_move_mount, mountFd, from, AT_FDCWD, to, flags);
  check(result, 'move_mount', () => toDisplay(target));
}

/**
 * A detached copy of the mount at `path`, for a bind mount.
 *
 * @returns a descriptor that the caller closes
 */
export function cloneMount(dirFd: number, path: ByteString, recursive: boolean): number {
  const flags =
    OPEN_TREE_CLONE |
    O_CLOEXEC |
    (recursive ? AT_RECURSIVE : 0) |
    (path === '' ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW);
  const result = openTree(SYS_open_tree, dirFd, cString(path), flags);
  return check(result, 'open_tree', () => describeAt(dirFd, path));
}

/** Changes the mount at `path` (Linux 5.12); the one open as `dirFd` when `path` is empty. */
export function changeMount(dirFd: number, path: ByteString, change: MountChange): void {
  const attr = Buffer.alloc(MOUNT_ATTR_SIZE);
  attr.writeBigUInt64LE(BigInt(change.set ?? 0), 0);
  attr.writeBigUInt64LE(BigInt(change.clear ?? 0), 8);
  attr.writeBigUInt64LE(BigInt(change.propagation ?? 0), 16);
  const flags =
    (change.recursive === true ? AT_RECURSIVE : 0) |
    (path === '' ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW);
  const name = cString(path);
  const result = mountSetattr(SYS_mount_setattr, dirFd, name, flags, attr, attr.length);
  check(result, 'mount_setattr', () => describeAt(dirFd, path));
}

/**
 * Unmounts what is mounted at `path`; a symbolic link there is not followed.
 *
 * @param options with `detach` the mount disappears at once and is freed when nobody uses it any more
 */
export function unmount(path: ByteString, options: { readonly detach?: boolean } = {}): void {
  const flags = UMOUNT_NOFOLLOW | (options.detach === true ? MNT_DETACH : 0);
  check(umount2(cString(path), flags), 'umount2', () => toDisplay(path));
}

function fsopenError(type: string, errno: string): RootsealError {
  if (errno !== 'ENODEV') return syscallError('fsopen', errno, type);
  return new RootsealError('UNSUPPORTED', `this kernel has no ${type} file system`, {
    details: { feature: type },
    hint: `load its module with "modprobe ${type}", if there is one`,
  });
}

/** An error with what the kernel wrote to the file system context, or else with its errno alone. */
function contextError(syscall: string, subject: string, context: number): SyscallError {
  const errno = lastErrno();
  const messages = readMessages(context);
  const text = messages.length === 0 ? undefined : messages.join('; ');
  return syscallError(syscall, errno, subject, text);
}

/** Each read gives one message, `e` (error), `w` or `i` before it, and ENODATA after the last one. */
function readMessages(context: number): string[] {
  const messages: string[] = [];
  const buffer = Buffer.alloc(1024);
  try {
    while (messages.length < MESSAGES_MAX) {
      const length = readSync(context, buffer);
      if (length === 0) break;
      const text = fromBytes(buffer.subarray(0, length)).replace(/^[ewi] /, '');
      messages.push(toDisplay(text.trim() as ByteString));
    }
  } catch (error) {
    if (!hasErrno(error, 'ENODATA')) messages.push(describeError(error));
  }
  return messages;
}
