/**
 * What the system refused, in words: the path, and what is wrong with it. One table for Node's errors and for those of
 * `src/linux`, asked where errors become text (`describeError`).
 */
import fs from 'node:fs';
import path from 'node:path';

/** errno(3) and getaddrinfo(3) in words that follow "PATH: ". */
const WORDS: Readonly<Record<string, string>> = {
  E2BIG: 'it is too long for the system',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'the address is not one of this machine',
  EAGAIN: 'it is not ready',
  EAI_AGAIN: 'the name cannot be looked up just now',
  EBADF: 'it is not open for this',
  EBUSY: 'it is in use',
  ECONNABORTED: 'the connection was ended',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was ended by the other side',
  EDQUOT: 'the quota is used up',
  EEXIST: 'it is there already',
  EFBIG: 'it would be larger than the file system allows',
  EHOSTDOWN: 'the host does not answer',
  EHOSTUNREACH: 'there is no way to the host',
  EINVAL: 'the system does not take that',
  EIO: 'input/output error: the device may be failing',
  EISDIR: 'it is a directory',
  ELOOP: 'there are too many symbolic links, or one where none may be',
  EMFILE: 'too many files are open',
  EMLINK: 'it has too many links',
  ENAMETOOLONG: 'the name is too long',
  ENETUNREACH: 'there is no way to the network',
  ENFILE: 'the system has too many files open',
  ENODATA: 'there is no such attribute',
  ENODEV: 'there is no such device',
  ENOENT: 'no such file or directory',
  ENOEXEC: 'it is not a program of this machine',
  ENOLCK: 'the system has no more locks',
  ENOMEM: 'there is not enough memory',
  ENOSPC: 'no space left on the device',
  ENOSYS: 'this kernel cannot do that',
  ENOTBLK: 'it is not a block device',
  ENOTDIR: 'it is not a directory',
  ENOTEMPTY: 'the directory is not empty',
  ENOTFOUND: 'there is no such host',
  ENOTTY: 'not supported there',
  ENXIO: 'there is no such device',
  EOPNOTSUPP: 'not supported there',
  EOVERFLOW: 'it is too large',
  EPERM: 'not permitted',
  EPIPE: 'the reader has gone',
  EROFS: 'the file system is read-only',
  ESRCH: 'there is no such process',
  ESTALE: 'it is no longer there',
  ETIMEDOUT: 'no answer in time',
  ETXTBSY: 'the program is running',
  EXDEV: 'it leads out of where it may be',
};

/** An error of Node or of `src/linux` that carries an errno name. */
interface SystemError extends Error {
  readonly syscall: string;
  /** Node's place for it. */
  readonly code?: string;
  /** Ours. */
  readonly errno?: unknown;
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && typeof (error as { syscall?: unknown }).syscall === 'string';
}

/** `ENOENT` and the like, of a system error in either form; a stream's own code too. */
export function systemErrorCode(error: unknown): string | undefined {
  if (isSystemError(error) && typeof error.errno === 'string') return error.errno;
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9_]+$/.test(code) ? code : undefined;
}

/** What an error says without its path; `otherwise` for what is not a system error. */
export function systemErrorWords(error: unknown, otherwise: string): string {
  const code = systemErrorCode(error);
  return code === undefined ? otherwise : (WORDS[code] ?? otherwise);
}

/** What has to be known of a failed system call to tell of it. */
export interface Failure {
  /** As in section 2 of the manual. */
  readonly syscall: string;
  /** Symbolic name, e.g. `ENOSPC`. */
  readonly errno: string;
  /** What it was done to, usually a path. */
  readonly subject: string | undefined;
  /** The kernel's own words, where it said more. */
  readonly said?: string | undefined;
}

/** The sentence for a failed system call: what it was done to, and what is wrong with that. */
export function sentenceOf({ syscall, errno, subject, said }: Failure): string {
  if (errno === 'EPERM' && MOUNTS.has(syscall) && process.geteuid?.() !== 0)
    return 'mounting needs root';
  const words = said ?? WORDS[errno] ?? `the system refused it (${errno})`;
  if (subject === undefined) return words;
  if (errno === 'ENOENT' && syscall.startsWith('mkdir'))
    return `${subject}: cannot make a directory there`;
  const deed = SELF_EXPLAINING.has(errno) ? undefined : DEEDS[syscall.replace(/at2?$/, '')];
  return deed === undefined ? `${subject}: ${words}` : `${subject}: ${deed}: ${words}`;
}

/** The same after a closer look at the path: a directory above the one that was asked for may be to blame. */
export function describeFailure(failure: Failure): string {
  const { subject, errno, said } = failure;
  const isPath = subject !== undefined && said === undefined;
  return (isPath ? describePathProblem(subject, errno) : undefined) ?? sentenceOf(failure);
}

/** Whether there are words for an errno. */
export function hasWords(errno: string): boolean {
  return Object.hasOwn(WORDS, errno);
}

/** The sentence for one of Node's errors; undefined for what is not an error of the system. */
export function describeNodeError(error: unknown): string | undefined {
  if (!isSystemError(error) || typeof error.code !== 'string') return undefined;
  if (error.syscall === 'uv_cwd') return 'the working directory was removed';
  const { address, port, hostname } = error;
  if (hostname !== undefined) return `cannot find host ${hostname}`;
  const host = port === undefined ? address : `${address ?? ''}:${port}`;
  return describeFailure({
    syscall: error.syscall,
    errno: error.code,
    subject: error.path ?? host,
  });
}

/** Calls that only root may make. */
const MOUNTS: ReadonlySet<string> = new Set([
  ...['fsopen', 'fsconfig', 'fsmount', 'move_mount', 'open_tree', 'mount_setattr', 'umount2'],
]);

/** Errors whose words say enough, whatever was tried. */
const SELF_EXPLAINING: ReadonlySet<string> = new Set([
  ...['ENOENT', 'ENOTDIR', 'EISDIR', 'ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'EACCES'],
]);

/** What was tried, for the calls where the words of the error do not say it. */
const DEEDS: Readonly<Record<string, string>> = {
  chmod: 'cannot set its mode',
  chown: 'cannot set its owner',
  fchmod: 'cannot set its mode',
  fchown: 'cannot set its owner',
  flock: 'cannot lock it',
  'ioctl FS_IOC_ENABLE_VERITY': 'cannot switch fs-verity on',
  'ioctl FS_IOC_MEASURE_VERITY': 'cannot ask for its fs-verity digest',
  fsconfig: 'cannot mount it',
  fsmount: 'cannot mount it',
  fsopen: 'cannot mount it',
  fsync: 'cannot flush it',
  ftruncate: 'cannot set its size',
  lchown: 'cannot set its owner',
  link: 'cannot make the link',
  mkdir: 'cannot make the directory',
  mknod: 'cannot make it',
  move_mount: 'cannot mount there',
  read: 'cannot be read',
  rename: 'cannot be renamed',
  rmdir: 'cannot be removed',
  symlink: 'cannot make the link',
  syncfs: 'cannot flush the file system',
  umount2: 'cannot be unmounted',
  unlink: 'cannot be removed',
  write: 'cannot be written',
};

/** Looks closer at what is wrong with a path. */
function describePathProblem(file: string, errno: string): string | undefined {
  if (errno === 'ENOENT') return describeMissing(file);
  if (errno === 'ENOTDIR') return describeNoDirectory(file);
  if (errno === 'EACCES') return describeDenied(file);
  return undefined;
}

/** Of `/no/x` the directory is missing, when it is. */
function describeMissing(file: string): string | undefined {
  const missing = ancestors(file).find((one) => statOf(one) === undefined);
  return missing === undefined ? undefined : `${missing}: no such directory`;
}

function describeNoDirectory(file: string): string | undefined {
  const [wrong] = [...ancestors(file), file].filter((one) => statOf(one)?.isDirectory() === false);
  return wrong === undefined ? undefined : `${wrong}: it is not a directory`;
}

/** The first that may not be passed, else the file; where that is not there, its directory. With whose it is. */
function describeDenied(file: string): string | undefined {
  const closed = ancestors(file).find((one) => !mayPass(one)) ?? file;
  const subject = statOf(closed) === undefined ? path.dirname(file) : closed;
  const stat = statOf(subject);
  if (stat === undefined) return undefined;
  const owner = stat.uid === 0 ? 'root' : `user ${stat.uid}`;
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
  return `${subject}: permission denied (owned by ${owner}, mode ${mode})`;
}

/** The directories that lead to a file, the outermost first. */
function ancestors(file: string): string[] {
  const found: string[] = [];
  for (let one = path.dirname(file); found.length < 4096; one = path.dirname(one)) {
    found.unshift(one);
    if (one === path.dirname(one)) break;
  }
  return found;
}

function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function mayPass(directory: string): boolean {
  try {
    fs.accessSync(directory, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
