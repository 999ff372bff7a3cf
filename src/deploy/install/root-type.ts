/**
 * Whether a root partition is found by its type (UAPI.2 Discoverable Partitions Specification). The command line of a unified kernel image is
 * the same for all machines, so it names no partition.
 */
import { ROOT_TYPES, type EfiArchitecture } from '../../formats/gpt/identifiers.js';
import { RootsealError } from '../../util/errors.js';
import { listMounts } from '../host/mount-points.js';
import { BlockDevice } from './block-device.js';

/**
 * @param directory where the root file system is mounted
 * @throws {RootsealError} UNSUPPORTED when its partition, behind encryption or not, is of another type. Of what lies on none nothing is said
 */
export async function requireFoundByType(
  directory: string,
  architecture: EfiArchitecture,
): Promise<void> {
  const mount = listMounts().findLast(({ point }) => point === directory);
  const device = mount === undefined ? undefined : BlockDevice.at(mount.source)?.underlying();
  const type = await device?.partitionType();
  requireRootType(mount?.source ?? directory, type, architecture);
}

/** @param type of the partition, in small letters; undefined when it is none. @throws {RootsealError} UNSUPPORTED */
export function requireRootType(
  what: string,
  type: string | undefined,
  architecture: EfiArchitecture,
): void {
  const wanted = ROOT_TYPES[architecture].toLowerCase();
  if (type === undefined || type === wanted) return;
  throw new RootsealError(
    'UNSUPPORTED',
    `the partition ${what} has the type ${type}: a unified kernel image finds its root partition by the type ${wanted}`,
    {
      details: { type, wanted },
      hint: 'sfdisk(8) changes it with --part-type; without --uki the command line names the partition',
    },
  );
}
