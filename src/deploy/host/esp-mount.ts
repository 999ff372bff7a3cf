/** Where the running system has its EFI system partition. */
import fs from 'node:fs';
import { hasErrno, RootsealError } from '../../util/errors.js';

/** Places where systemd and distributions mount it, in the order in which `bootctl` looks. */
const PLACES = ['/efi', '/boot', '/boot/efi'];
const MOUNTS_SIZE_MAX = 1 << 22;

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

/** Mount points of this type of file system, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
function mountPoints(type: string): string[] {
  const text = fs.readFileSync('/proc/self/mountinfo', 'utf8').slice(0, MOUNTS_SIZE_MAX);
  return text.split('\n').flatMap((line) => {
    const [fields = '', rest = ''] = line.split(' - ');
    const point = fields.split(' ')[4];
    return rest.startsWith(`${type} `) && point !== undefined ? [point] : [];
  });
}
