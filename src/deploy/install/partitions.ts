/** Where partitions lie on a disk that is installed to: an ESP, and a root file system on all the rest. Pure. */
import {
  DEPLOYMENTS_ON_ESP,
  ESP_SIZE_DEFAULT,
  ESP_SIZE_MIN,
  MEBIBYTE,
  smallestRoot,
  type DiskLayout,
  type VolumeNeeds,
} from '../../disk/disk-layout.js';
import { alignUp } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';

/** File systems with fs-verity that a root file system can be made as. */
export type FileSystem = 'ext4' | 'btrfs';

/** What btrfs needs to be of use, and besides contents: both copies of its metadata. */
const BTRFS_MIN = 256 * MEBIBYTE;
const BTRFS_SHARE = 1.15;

export interface LayoutRequest {
  /** Bytes of the disk. */
  readonly size: number;
  /** Bytes of the ESP that were asked for. */
  readonly espSize: number | undefined;
  readonly fileSystem: FileSystem;
  /** Bytes on the ESP, and what is on the root file system. */
  readonly espBytes: number;
  readonly needs: VolumeNeeds;
  /** Bytes of the root partition in front of its file system. */
  readonly header: number;
}

/** @throws {RootsealError} NO_SPACE; `details.needed` is enough */
export function layOutInstallation(request: LayoutRequest): DiskLayout {
  const { size, fileSystem, espBytes, needs, header } = request;
  // Two kernels at the same time are what an upgrade needs.
  const espNeeded = alignUp(Math.max(ESP_SIZE_MIN, 2 * espBytes), MEBIBYTE);
  const espSize =
    request.espSize ?? Math.max(ESP_SIZE_DEFAULT, alignUp(DEPLOYMENTS_ON_ESP * espBytes, MEBIBYTE));
  if (espSize < espNeeded) throw tooSmall('--esp-size', espSize, espNeeded);
  const esp = { start: MEBIBYTE, size: espSize - (espSize % MEBIBYTE) };
  const start = esp.start + esp.size;
  const plain = smallestRoot(needs);
  const smallest =
    header +
    (fileSystem === 'btrfs' ? alignUp(Math.max(BTRFS_MIN, plain * BTRFS_SHARE), MEBIBYTE) : plain);
  const rest = size - start - MEBIBYTE;
  if (rest < smallest) throw tooSmall('the disk', size, start + smallest + MEBIBYTE);
  return { size, esp, root: { start, size: rest - (rest % MEBIBYTE) } };
}

function tooSmall(what: string, given: number, needed: number): RootsealError {
  const mebibytes = (bytes: number) => Math.floor(bytes / MEBIBYTE);
  return new RootsealError(
    'NO_SPACE',
    `${what} is ${mebibytes(given)} MiB, and at least ${mebibytes(needed)} MiB are needed`,
    { details: { needed, given } },
  );
}
