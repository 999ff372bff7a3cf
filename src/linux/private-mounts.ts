/**
 * Makes the mounts of a new mount namespace private: what is mounted here stays here.
 *
 * The kernel changes the propagation of a mount at its root only. In a chroot(2) into an ordinary directory, `/` lies
 * in the middle of a mount whose root nobody inside can name, so the kernel refuses `/` (EINVAL). What was mounted below
 * it would appear outside, if that mount is a shared one, as systemd makes the host's root. So there `/` becomes
 * a mount of its own: a private copy of itself and of all that is mounted below.
 */
import { closeSync } from 'node:fs';
import { ascii } from '../util/bytes.js';
import { RootsealError, hasErrno } from '../util/errors.js';
import { AT_FDCWD, cString, check, native } from './libc.js';
import { MS_PRIVATE, changeMount, cloneMount, moveMount } from './mount-api.js';

const ROOT = ascii('/');
const PROC = ascii('/proc');
const WHOLE_TREE = { propagation: MS_PRIVATE, recursive: true } as const;

const chroot = native<[Uint8Array]>('chroot', 'int', ['const void *']);

/**
 * For a process that has just entered a new mount namespace, and that replaces itself afterwards (execve(2)): its other
 * threads do not see a changed root directory.
 *
 * @throws {RootsealError} UNSUPPORTED when `/` is not a mount point and /proc is not one either
 */
export function makeMountsPrivate(): void {
  if (!tryPrivate()) enterCopyOfRoot();
}

/** @returns false when `/` is not a mount point */
function tryPrivate(): boolean {
  try {
    changeMount(AT_FDCWD, ROOT, WHOLE_TREE);
    return true;
  } catch (error) {
    if (!hasErrno(error, 'EINVAL')) throw error;
    return false;
  }
}

/**
 * The copy must be attached, because the kernel lets nobody mount below a detached one; and to a private mount, because
 * it would appear outside of the namespace otherwise. A chroot that is of any use has one at a known place: /proc.
 */
function enterCopyOfRoot(): void {
  const directory = process.cwd();
  makeProcPrivate();
  const copy = cloneMount(AT_FDCWD, ROOT, true);
  try {
    changeMount(copy, ascii(''), WHOLE_TREE);
    moveMount(copy, PROC);
  } finally {
    closeSync(copy);
  }
  check(chroot(cString(PROC)), 'chroot', () => 'a copy of /');
  process.chdir(directory);
}

function makeProcPrivate(): void {
  try {
    changeMount(AT_FDCWD, PROC, { propagation: MS_PRIVATE });
  } catch (cause) {
    if (!hasErrno(cause, 'EINVAL') && !hasErrno(cause, 'ENOENT')) throw cause;
    throw new RootsealError('UNSUPPORTED', 'neither / nor /proc is a mount point', {
      cause,
      details: { feature: 'a private mount namespace' },
      hint: 'in a chroot, mount /proc; outside of one: mount --bind DIR DIR, and chroot DIR',
    });
  }
}
