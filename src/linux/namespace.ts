/**
 * A private mount namespace for the whole process.
 *
 * Mount namespaces belong to threads, and Node runs file system calls on several. So the main thread enters a new
 * namespace and then starts the program again in its own place (execve(2)): same process id, same standard streams,
 * and every thread of the new program is in the new namespace.
 */
import { RootsealError, hasErrno } from '../util/errors.js';
import { check, lastErrno, native, syscallError } from './libc.js';
import { makeMountsPrivate } from './private-mounts.js';

/** Set in the environment of a process that is in its own mount namespace, to that process's id. */
export const MOUNT_NAMESPACE_VARIABLE = 'ROOTSEAL_MOUNT_NAMESPACE';

/** Linux include/uapi/linux/sched.h. */
const CLONE_NEWNS = 0x20000;
/** Linux include/uapi/linux/fcntl.h. */
const F_SETFD = 2;

const unshare = native<[number]>('unshare', 'int', ['int']);
const fcntl = native<[number, number, number]>('fcntl', 'int', ['int', 'int', 'long']);
const execve = native<[string, (string | null)[], (string | null)[]]>('execve', 'int', [
  'const char *',
  'const char **',
  'const char **',
]);

/**
 * Returns when the process is in a mount namespace of its own, from which no mount reaches the outside. To be
 * called before anything else: the first call starts the program again and does not return.
 *
 * @throws {RootsealError} PERMISSION_DENIED when the process may not make namespaces; UNSUPPORTED in a chroot without /proc
 */
export function enterMountNamespace(): void {
  if (process.env[MOUNT_NAMESPACE_VARIABLE] === String(process.pid)) return;
  if (unshare(CLONE_NEWNS) === -1) throw unshareError(lastErrno());
  makeMountsPrivate();
  const program = process.execPath;
  const argv = [program, ...process.execArgv, ...process.argv.slice(1), null];
  const environment: Record<string, string | undefined> = {
    ...process.env,
    [MOUNT_NAMESPACE_VARIABLE]: String(process.pid),
  };
  const envp = Object.entries(environment).map(([key, value]) => `${key}=${value ?? ''}`);
  // Node marks its standard streams to be closed by execve.
  for (const fd of [0, 1, 2]) fcntl(fd, F_SETFD, 0);
  check(execve(program, argv, [...envp, null]), 'execve', () => program);
}

function unshareError(errno: string): RootsealError {
  const cause = syscallError('unshare', errno, 'CLONE_NEWNS');
  if (!hasErrno(cause, 'EPERM')) return cause;
  return new RootsealError('PERMISSION_DENIED', 'no private mount namespace', {
    cause,
    hint: 'mounting needs root',
  });
}
