/**
 * What a kernel could mount without an initramfs. Whoever writes its command line can tell it to start no program of the initramfs (`rdinit=` a
 * name that is not there) and to mount a partition itself, of which nothing is checked then. It takes a driver and a file system that
 * are not modules.
 */
import type { ModuleIndex } from '../../formats/kmod.js';

/** Drivers of disks, and file systems of disks: those that are common. */
const DRIVERS = ['nvme', 'virtio_blk', 'sd_mod', 'mmc_block', 'xen_blkfront'];
const FILE_SYSTEMS = 'ext4 ext2 btrfs xfs f2fs vfat exfat erofs squashfs isofs'.split(' ');

/** Names of what the kernel has built in of both kinds; empty when it lacks one of them. */
export function mountsWithoutInitramfs(index: ModuleIndex): string[] {
  const drivers = DRIVERS.filter((name) => index.builtin.has(name));
  const fileSystems = FILE_SYSTEMS.filter((name) => index.builtin.has(name));
  return drivers.length > 0 && fileSystems.length > 0 ? [...drivers, ...fileSystems] : [];
}
