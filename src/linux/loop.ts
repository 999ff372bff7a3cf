/**
 * Loop devices: for kernels (before Linux 6.12) and file systems on which EROFS does not mount a file itself, and for disks
 * that are files.
 *
 * `struct loop_config` (Linux include/uapi/linux/loop.h, 304 bytes): fd at 0 and block_size at 4, 32 bits each, then
 * `struct loop_info64`, whose lo_flags are at 60.
 */
import { closeSync, constants } from 'node:fs';
import { ascii } from '../util/bytes.js';
import { RootsealError, hasErrno } from '../util/errors.js';
import { AT_FDCWD, check, describeFd, lastErrno, native, syscallError } from './libc.js';
import { openAt } from './open.js';

const LOOP_CTL_GET_FREE = 0x4c82;
const LOOP_CONFIGURE = 0x4c0a;
const LOOP_CONFIG_SIZE = 304;
const LO_FLAGS_OFFSET = 60;
const LO_FLAGS_READ_ONLY = 1;
const LO_FLAGS_AUTOCLEAR = 4;
const LO_FLAGS_PARTSCAN = 8;
const LO_FLAGS_DIRECT_IO = 16;
const BLOCK_SIZE = 4096;
/** Another process may take the device between the question for a free one and its use. */
const ATTEMPTS_MAX = 64;

const ioctl = native<[number, number, number]>('ioctl', 'int', ['int', 'unsigned long', 'long']);
const ioctlBytes = native<[number, number, Uint8Array]>('ioctl', 'int', [
  'int',
  'unsigned long',
  'void *',
]);

/** A loop device. It goes away when it is neither mounted nor open. */
export interface LoopDevice {
  /** `/dev/loopN` */
  readonly path: string;
  /** Keeps the device; to be closed when it is mounted. */
  readonly fd: number;
}

/**
 * Makes the file open as `imageFd` a read-only block device.
 *
 * @throws {RootsealError} UNSUPPORTED when this system has no loop devices
 */
export function attachLoop(imageFd: number): LoopDevice {
  return attach(imageFd, constants.O_RDONLY, configureImage);
}

/**
 * Makes the file open for writing as `diskFd` a disk whose partitions the kernel finds. Sectors have 512 bytes.
 *
 * @throws {RootsealError} UNSUPPORTED when this system has no loop devices
 */
export function attachDisk(diskFd: number): LoopDevice {
  return attach(diskFd, constants.O_RDWR, (fd) =>
    configure(fd, diskFd, { flags: LO_FLAGS_AUTOCLEAR | LO_FLAGS_PARTSCAN, blockSize: 512 }),
  );
}

/** @param setUp says what went wrong, as an errno */
function attach(
  imageFd: number,
  mode: number,
  setUp: (fd: number, imageFd: number) => string | undefined,
): LoopDevice {
  const control = openControl();
  try {
    for (let attempt = 1; ; attempt++) {
      const free = ioctl(control, LOOP_CTL_GET_FREE, 0);
      const number = check(free, 'ioctl LOOP_CTL_GET_FREE', () => '/dev/loop-control');
      const path = `/dev/loop${number}`;
      const fd = openAt(AT_FDCWD, ascii(path), mode);
      const errno = setUp(fd, imageFd);
      if (errno === undefined) return { path, fd };
      closeSync(fd);
      if (errno !== 'EBUSY' || attempt === ATTEMPTS_MAX) {
        throw syscallError('ioctl LOOP_CONFIGURE', errno, `${path} ${describeFd(imageFd)}`);
      }
    }
  } finally {
    closeSync(control);
  }
}

/** Direct I/O saves caching everything twice, but not every file system below has it. */
function configureImage(fd: number, imageFd: number): string | undefined {
  const flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
  const blockSize = BLOCK_SIZE;
  const errno = configure(fd, imageFd, { flags: flags | LO_FLAGS_DIRECT_IO, blockSize });
  if (errno === undefined || errno === 'EBUSY') return errno;
  return configure(fd, imageFd, { flags, blockSize });
}

function configure(
  fd: number,
  imageFd: number,
  { flags, blockSize }: { readonly flags: number; readonly blockSize: number },
): string | undefined {
  const config = Buffer.alloc(LOOP_CONFIG_SIZE);
  config.writeUInt32LE(imageFd, 0);
  config.writeUInt32LE(blockSize, 4);
  config.writeUInt32LE(flags, LO_FLAGS_OFFSET);
  return ioctlBytes(fd, LOOP_CONFIGURE, config) === 0 ? undefined : lastErrno();
}

function openControl(): number {
  try {
    return openAt(AT_FDCWD, ascii('/dev/loop-control'), constants.O_RDWR);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT') && !hasErrno(error, 'ENODEV')) throw error;
    throw new RootsealError('UNSUPPORTED', 'this system has no loop devices', {
      cause: error,
      details: { feature: 'loop' },
    });
  }
}
