/**
 * The flags that chattr(1) sets (ioctl_iflags(2), Linux include/uapi/linux/fs.h): files with some of them can be neither changed
 * nor removed.
 */
import fs from 'node:fs';
import type { ByteString } from '../util/bytes.js';
import { native } from './libc.js';
import { fdPath, O_PATH, openAt } from './open.js';

/** `_IOR('f', 1, long)` and `_IOW('f', 2, long)`; what they take is an `int` all the same. */
const FS_IOC_GETFLAGS = 0x80086601;
const FS_IOC_SETFLAGS = 0x40086602;
/** `chattr +i` and `chattr +a`. */
const FS_IMMUTABLE_FL = 0x10;
const FS_APPEND_FL = 0x20;

const ioctl = native<[number, number, Uint8Array]>('ioctl', 'int', [
  'int',
  'unsigned long',
  'void *',
]);

/**
 * Takes off what keeps a file or directory from being removed.
 * @param fd opened for reading
 * @returns whether something was taken off; not when it must not be, nor where there are no such flags
 */
export function loosen(fd: number): boolean {
  const buffer = Buffer.alloc(8);
  if (ioctl(fd, FS_IOC_GETFLAGS, buffer) === -1) return false;
  const flags = buffer.readUInt32LE(0);
  const kept = flags & ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
  if (kept === flags) return false;
  buffer.writeUInt32LE(kept >>> 0, 0);
  return ioctl(fd, FS_IOC_SETFLAGS, buffer) !== -1;
}

/** `loosen` of what has a name in a directory. Only files and directories have such flags; nothing else is opened. */
export function loosenAt(dirFd: number, name: ByteString): boolean {
  const place = openAt(dirFd, name, O_PATH | fs.constants.O_NOFOLLOW);
  try {
    const stat = fs.fstatSync(place);
    if (!stat.isFile() && !stat.isDirectory()) return false;
    const fd = fs.openSync(fdPath(place), fs.constants.O_RDONLY);
    try {
      return loosen(fd);
    } finally {
      fs.closeSync(fd);
    }
  } finally {
    fs.closeSync(place);
  }
}
