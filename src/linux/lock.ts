/**
 * Advisory locks on open files: flock(2).
 *
 * A lock belongs to the open file, so closing the descriptor, also by being killed, lets it go.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { RootsealError } from '../util/errors.js';
import { describeFd, lastErrno, native, syscallError } from './libc.js';

export type LockKind = 'shared' | 'exclusive';

export interface LockOptions {
  /** Whether to wait for other processes to let go. */
  readonly wait: boolean;
  /** Ends the waiting; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called once when waiting begins. */
  readonly onWait?: () => void;
}

/** Operations of flock(2) (Linux include/uapi/asm-generic/fcntl.h). */
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
/** Waiting is asking again: a blocking call would stop signals and every other task of this process. */
const POLL_MS = 50;

const flock = native<[number, number]>('flock', 'int', ['int', 'int']);

/**
 * Takes a lock, or changes the kind of the one held.
 *
 * @throws {RootsealError} LOCKED when another process holds it and `wait` is false
 */
export async function lock(fd: number, kind: LockKind, options: LockOptions): Promise<void> {
  let waiting = false;
  while (!tryLock(fd, kind)) {
    if (!options.wait) {
      throw new RootsealError('LOCKED', `${describeFd(fd)} is locked by another process`, {
        hint: 'wait until the other command ends, then try again',
      });
    }
    if (!waiting) options.onWait?.();
    waiting = true;
    options.signal?.throwIfAborted();
    await delay(POLL_MS);
  }
}

/** Takes a lock if no other process stands in the way; says whether it did. */
export function tryLock(fd: number, kind: LockKind): boolean {
  if (flock(fd, (kind === 'shared' ? LOCK_SH : LOCK_EX) | LOCK_NB) === 0) return true;
  const errno = lastErrno();
  if (errno === 'EAGAIN') return false;
  throw syscallError('flock', errno, describeFd(fd));
}
