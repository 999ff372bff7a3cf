/** Whether what a sysroot is on is encrypted, by the kernel's device mapper. */
import { BlockDevice } from '../install/block-device.js';
import { listMounts } from './mount-points.js';

export interface Encryption {
  /** How: `LUKS2`, `LUKS1`, `PLAIN`, `BITLK`, … as cryptsetup names it. */
  readonly type: string;
  /** The partition, or whatever else it is on. */
  readonly device: string;
}

/** @param directory where the physical root is mounted */
export function encryptionOf(directory: string): Encryption | null {
  const mount = listMounts().findLast(({ point }) => point === directory);
  const device = mount?.source.startsWith('/') === true ? BlockDevice.at(mount.source) : undefined;
  // cryptsetup gives what it opens the UUID CRYPT-<type>-<uuid>-<name>.
  const [, type] = /^CRYPT-([A-Z0-9]+)-/.exec(device?.mapperUuid ?? '') ?? [];
  if (device === undefined || type === undefined) return null;
  return { type, device: `/dev/${device.underlying().name}` };
}
