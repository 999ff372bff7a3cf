/** What the kernel must be able to do (docs/formats/boot.md, "Steps"). */
import type { Facts, Presence, Tried } from './facts.js';
import { lacks, ok, unknown, type Answer, type Rule } from './rule.js';

/** The oldest Linux whose overlayfs knows fs-verity. */
const KERNEL_MIN = [6, 6] as const;

export const KERNEL_RULES: readonly Rule[] = [
  {
    name: 'kernel',
    needs: { host: 'required' },
    judge: ({ kernel }) => (isAtLeast(kernel, KERNEL_MIN) ? ok : lacks)(`Linux ${kernel}`),
    costs: 'images cannot be mounted so that the kernel checks every file',
    remedy: 'Linux 6.6 or newer; Debian 13 has 6.12, and Debian 12 has it in bookworm-backports',
  },
  {
    name: 'erofs',
    needs: { host: 'required' },
    judge: ({ erofs }) => ofPresence(erofs),
    costs: 'images cannot be mounted',
    remedy: 'a kernel with CONFIG_EROFS_FS',
  },
  {
    name: 'overlayfs',
    needs: { host: 'required' },
    judge: ({ overlay }) => ofPresence(overlay),
    costs: 'images cannot be mounted',
    remedy: 'a kernel with CONFIG_OVERLAY_FS',
  },
  {
    name: 'overlayfs-verity',
    needs: { host: 'required' },
    judge: ({ overlayVerity, kernel }) => ofTried(overlayVerity, kernel, [6, 6], 'verity=require'),
    costs: 'the kernel does not compare objects with the digests that the image names',
    remedy: 'Linux 6.6 or newer with CONFIG_OVERLAY_FS and CONFIG_FS_VERITY',
  },
  {
    name: 'overlayfs-data-layers',
    needs: { host: 'wanted' },
    judge: ({ overlayDataLayers, kernel }) =>
      ofTried(overlayDataLayers, kernel, [6, 8], 'datadir+=DIR'),
    costs: 'paths of object directories go into one mount option, whose length is limited',
    remedy: 'Linux 6.8 or newer',
  },
  {
    name: 'erofs-file',
    needs: { host: 'wanted' },
    judge: ({ erofsFile, kernel }) => ofTried(erofsFile, kernel, [6, 12], 'EROFS from a file'),
    costs: 'each mounted image takes a loop device',
    remedy: 'Linux 6.12 or newer with CONFIG_EROFS_FS_BACKED_BY_FILE',
  },
  {
    name: 'loop',
    needs: { host: 'required' },
    judge: ({ loop, erofsFile }) =>
      loop === 'absent' && erofsFile === 'works'
        ? ok('none, and not needed: EROFS mounts files')
        : ofPresence(loop),
    costs: 'images cannot be mounted by kernels before Linux 6.12; no installation to a file',
    remedy: 'a kernel with CONFIG_BLK_DEV_LOOP; in a container, /dev/loop-control',
  },
  {
    name: 'vfat',
    needs: { host: 'required' },
    judge: ({ vfat }) => ofPresence(vfat),
    costs: 'the EFI system partition cannot be mounted',
    remedy: 'a kernel with CONFIG_VFAT_FS',
  },
  {
    name: 'dm-crypt',
    needs: { host: 'wanted' },
    judge: ({ dmCrypt }) => ofPresence(dmCrypt),
    costs: 'no `install to-disk --encrypt`, and no encrypted root file system is opened',
    remedy: 'a kernel with CONFIG_DM_CRYPT',
  },
  {
    name: 'fs-verity',
    needs: { host: 'required', release: 'wanted' },
    judge: ({ verity, fileSystem, place }: Facts) =>
      (verity ? ok : lacks)(`${fileSystem} at ${place}`),
    costs: 'the kernel does not check what is read from objects; rootseal and fsck still do',
    remedy:
      'a kernel with CONFIG_FS_VERITY, and ext4 with the feature (tune2fs -O verity DEVICE), btrfs or f2fs',
  },
];

function ofPresence(presence: Presence): Answer {
  if (presence === 'there') return ok('in the kernel');
  if (presence === 'module') return ok('a module, loaded when it is needed');
  return lacks('neither in the kernel nor a module of it');
}

function ofTried(
  tried: Tried,
  kernel: string,
  since: readonly [number, number],
  what: string,
): Answer {
  if (tried === 'works') return ok(what);
  if (tried === 'refused') return lacks(`${what} is refused`);
  const text = `${what} came with Linux ${since.join('.')}`;
  return isAtLeast(kernel, since) ? unknown(`${text}; not tried`) : lacks(text);
}

/** Of `6.12.90+deb13-amd64` the first two numbers count. */
export function isAtLeast(release: string, [major, minor]: readonly [number, number]): boolean {
  const [, first, second] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  const found = Number(first ?? 0);
  return found > major || (found === major && Number(second ?? 0) >= minor);
}
