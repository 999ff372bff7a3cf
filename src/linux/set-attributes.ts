/** Changing owner, mode and times of a file by directory descriptor and byte name, never through a symbolic link. */
import type { ByteString } from '../util/bytes.js';
import { AT_SYMLINK_NOFOLLOW, check, cString, describeAt, describeFd, native } from './libc.js';

const fchownat = native<[number, Uint8Array, number, number, number]>('fchownat', 'int', [
  'int',
  'const void *',
  'uint',
  'uint',
  'int',
]);
const fchmodat = native<[number, Uint8Array, number, number]>('fchmodat', 'int', [
  'int',
  'const void *',
  'uint',
  'int',
]);
const utimensat = native<[number, Uint8Array, Uint8Array, number]>('utimensat', 'int', [
  'int',
  'const void *',
  'const void *',
  'int',
]);
const futimens = native<[number, Uint8Array]>('futimens', 'int', ['int', 'const void *']);

/** Two `struct timespec`: access time, then modification time; each 8 bytes of seconds and 8 of nanoseconds. */
const times = new DataView(new ArrayBuffer(32));
const timesBytes = new Uint8Array(times.buffer);

/** Changes the owner of `name` itself. Clears setuid and setgid, so `chmodAt` comes after it. */
export function chownAt(dirFd: number, name: ByteString, uid: number, gid: number): void {
  const result = fchownat(dirFd, cString(name), uid, gid, AT_SYMLINK_NOFOLLOW);
  check(result, 'fchownat', () => describeAt(dirFd, name));
}

/** @throws {SyscallError} EOPNOTSUPP for a symbolic link, which has no mode of its own */
export function chmodAt(dirFd: number, name: ByteString, mode: number): void {
  const result = fchmodat(dirFd, cString(name), mode, AT_SYMLINK_NOFOLLOW);
  check(result, 'fchmodat', () => describeAt(dirFd, name));
}

/** Sets modification and access time of `name` itself: `sec` since 1970, signed; `nsec` below 10^9. */
export function utimensAt(dirFd: number, name: ByteString, sec: number, nsec: number): void {
  encodeTimes(sec, nsec);
  const result = utimensat(dirFd, cString(name), timesBytes, AT_SYMLINK_NOFOLLOW);
  check(result, 'utimensat', () => describeAt(dirFd, name));
}

/** `utimensAt` for an open file. */
export function utimensFd(fd: number, sec: number, nsec: number): void {
  encodeTimes(sec, nsec);
  check(futimens(fd, timesBytes), 'futimens', () => describeFd(fd));
}

function encodeTimes(sec: number, nsec: number): void {
  for (const offset of [0, 16]) {
    times.setBigInt64(offset, BigInt(sec), true);
    times.setBigInt64(offset + 8, BigInt(nsec), true);
  }
}
