/** Where the running system has its EFI system partition. */
import fs from 'node:fs';
import { hasErrno, RootsealError } from '../../util/errors.js';
import { mountPoints } from './mount-points.js';

/** Places where systemd and distributions mount it, in the order in which `bootctl` looks. */
const PLACES = ['/efi', '/boot', '/boot/efi'];

/**
 * The mount point of the ESP. Looking at a place makes an automount there come to life.
 * @throws {RootsealError} PATH_NOT_FOUND when it is mounted nowhere
 */
export function findEsp(): string {
  for (const place of PLACES) wake(place);
  const fat = new Set(mountPoints('vfat'));
  const found = PLACES.find((place) => fat.has(place));
  if (found !== undefined) return found;
  throw new RootsealError(
    'PATH_NOT_FOUND',
    `no EFI system partition is mounted at ${PLACES.join(', ')}`,
    {
      hint: 'mount it, or say where it is with --boot DIR',
    },
  );
}

/** A directory of an automount is empty until it is read. */
function wake(place: string): void {
  try {
    fs.readdirSync(`${place}/.`);
  } catch (error) {
    // Not there, or nothing can be mounted there: another place may have it.
    if (
      !['ENOENT', 'ENOTDIR', 'ENODEV', 'EACCES', 'EHOSTDOWN'].some((errno) =>
        hasErrno(error, errno),
      )
    )
      throw error;
  }
}
