/** Whether the running kernel has what an installation needs; asked before a disk is written to. */
import fs from 'node:fs';
import { createMount } from '../../linux/mount-api.js';
import { hasErrno, RootsealError } from '../../util/errors.js';
import type { FileSystem } from './partitions.js';

/**
 * File systems list what they can do in sysfs once they are loaded (Linux Documentation/ABI/testing/sysfs-fs-ext4,
 * fs/btrfs/sysfs.c).
 * @throws {RootsealError} UNSUPPORTED
 */
export function requireKernel(fileSystem: FileSystem): void {
  requireFileSystem(fileSystem);
  requireFileSystem('vfat');
  if (fs.existsSync(`/sys/fs/${fileSystem}/features/verity`)) return;
  throw new RootsealError('UNSUPPORTED', `this kernel has no fs-verity on ${fileSystem}`, {
    details: { feature: 'fs-verity', fileSystem },
    hint: 'fs-verity needs CONFIG_FS_VERITY; `rootseal disk build` makes a disk without it',
  });
}

/** Asking for a mount loads the module. */
function requireFileSystem(type: string): void {
  try {
    fs.closeSync(createMount({ type, options: [], attributes: 0 }));
  } catch (error) {
    // No source was named: the file system is there and says so.
    if (!hasErrno(error, 'EINVAL') && !hasErrno(error, 'ENOTBLK')) throw error;
  }
}
