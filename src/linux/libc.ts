/**
 * The C library through koffi: typed functions, byte-string arguments and errors with the kernel's errno.
 *
 * koffi is loaded at the first call, so commands that need no native code do not pay for it (6 ms). Buffers that
 * calls share are per thread of JavaScript: a call never keeps one after it returns.
 */
import { readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { type ByteString, toDisplay } from '../util/bytes.js';
import { SyscallError } from '../util/errors.js';
import { hasWords } from '../util/system-errors.js';

/** What a C function takes: integers, addresses, bytes that it reads or fills, or a null pointer. */
export type Argument = number | bigint | string | Uint8Array | null | (string | null)[];

/** A C function whose result is an integer and that reports failure as -1 with `errno`. */
export interface NativeFunction<A extends Argument[]> {
  (...args: A): number;
  /** Runs on another thread; the arguments must stay untouched until it ends. */
  readonly async: (...args: A) => Promise<{ result: number; errno: string }>;
}

type AsyncCallback = (error: unknown, result: number) => void;
interface Bound<A extends Argument[]> {
  (...args: A): number;
  readonly async: (...args: [...A, AsyncCallback]) => void;
}

/** "The directory that the process is in", in place of a directory descriptor (Linux fcntl.h). */
export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_EMPTY_PATH = 0x1000;

const PATH_MAX = 4096;
const pathBuffers = [Buffer.alloc(PATH_MAX + 1), Buffer.alloc(PATH_MAX + 1)] as const;

let koffi: typeof Koffi | undefined;
let library: Koffi.LibraryHandle | undefined;
let errnoNames: ReadonlyMap<number, string> | undefined;

/** koffi itself, for the few callers that need addresses or pointers. */
export function loadKoffi(): typeof Koffi {
  koffi ??= createRequire(import.meta.url)('koffi') as typeof Koffi;
  return koffi;
}

/**
 * A function of the C library, looked up at its first call.
 *
 * @param name symbol, e.g. `openat`
 * @param result C type of the result: `int` or `long`
 * @param parameters C types of the parameters; bytes are `void *`
 */
export function native<A extends Argument[]>(
  name: string,
  result: 'int' | 'long',
  parameters: readonly string[],
): NativeFunction<A> {
  let bound: Bound<A> | undefined;
  const bind = (): Bound<A> => {
    library ??= loadKoffi().load(null);
    return (bound = library.func(name, result, [...parameters]) as unknown as Bound<A>);
  };
  const call = (...args: A): number => (bound ?? bind())(...args);
  const async = (...args: A): Promise<{ result: number; errno: string }> =>
    new Promise((resolve, reject) => {
      (bound ?? bind()).async(...args, (error, value) => {
        if (error instanceof Error) reject(error);
        else resolve({ result: value, errno: value === -1 ? lastErrno() : '' });
      });
    });
  return Object.assign(call, { async });
}

/**
 * Passes on the result of a native call.
 *
 * @param subject says what the call was made on; only asked for after a failure
 * @throws {SyscallError} when the result is -1
 */
export function check(result: number, syscall: string, subject: () => string): number {
  if (result !== -1) return result;
  const errno = lastErrno();
  throw syscallError(syscall, errno, subject());
}

/** `check` for a call that ran on another thread. */
export async function checkAsync(
  pending: Promise<{ result: number; errno: string }>,
  syscall: string,
  subject: () => string,
): Promise<number> {
  const { result, errno } = await pending;
  if (result === -1) throw syscallError(syscall, errno, subject());
  return result;
}

/** Name of the error of the last native call, e.g. `ENOENT`. To be asked right after the call. */
export function lastErrno(): string {
  const number = loadKoffi().errno();
  errnoNames ??= readErrnoNames();
  return errnoNames.get(number) ?? `errno ${number}`;
}

/** An error for `errno`, with `text` where the kernel said more; the C library's words are for what we have none for. */
export function syscallError(
  syscall: string,
  errno: string,
  subject: string,
  text?: string,
): SyscallError {
  const said = text ?? (hasWords(errno) ? undefined : describeErrno(errno));
  return new SyscallError(syscall, errno, subject, said);
}

/**
 * `text` as a C string in a shared buffer that the next call with the same `slot` overwrites.
 *
 * @param slot 1 for the second path of a call
 * @throws {SyscallError} EINVAL when `text` holds a NUL byte, which would cut it short
 */
export function cString(text: ByteString, slot: 0 | 1 = 0): Uint8Array {
  if (text.includes('\0')) {
    throw syscallError('path', 'EINVAL', toDisplay(text), 'a name holds a NUL byte');
  }
  // A longer path is an error of the caller's system call, which says so best.
  const buffer = text.length <= PATH_MAX ? pathBuffers[slot] : Buffer.alloc(text.length + 1);
  buffer[buffer.write(text, 0, 'latin1')] = 0;
  return buffer;
}

/** For error messages: the path that `name` has in the directory open as `dirFd`. */
export function describeAt(dirFd: number, name: ByteString): string {
  if (dirFd === AT_FDCWD || name.startsWith('/')) return toDisplay(name);
  const directory = describeFd(dirFd);
  return directory.endsWith('/') ? directory + toDisplay(name) : `${directory}/${toDisplay(name)}`;
}

/** For error messages: the path of an open file, or its number where the path is not known. */
export function describeFd(fd: number): string {
  try {
    return toDisplay(readlinkSync(`/proc/self/fd/${fd}`, 'latin1') as ByteString);
  } catch {
    return `descriptor ${fd}`;
  }
}

function readErrnoNames(): Map<number, string> {
  const names = new Map<number, string>();
  // Of two names for one number, these are the ones that the manual pages list.
  const aliases = new Set(['ENOTSUP', 'EWOULDBLOCK', 'EDEADLOCK']);
  for (const [name, number] of Object.entries(loadKoffi().os.errno)) {
    if (!aliases.has(name)) names.set(number, name);
  }
  return names;
}

function describeErrno(errno: string): string {
  const number = loadKoffi().os.errno[errno];
  if (number === undefined) return errno;
  library ??= loadKoffi().load(null);
  strerror ??= library.func('strerror', 'const char *', ['int']) as unknown as typeof strerror;
  return strerror?.(number) ?? errno;
}

let strerror: ((errno: number) => string) | undefined;
