/**
 * A writable `/usr` for trying something out: an overlay whose changes are in memory and gone at the end of the running system.
 * What is sealed stays as it is.
 */
import fs from 'node:fs';
import { makeDirectories } from '../../linux/make-directories.js';
import { createMount, moveMount } from '../../linux/mount-api.js';
import { MOUNT_ATTR_NODEV } from '../../linux/mount-api.js';
import { fromText } from '../../util/bytes.js';
import { RootsealError } from '../../util/errors.js';
import { mountPoints } from '../host/mount-points.js';

/** Where it is mounted, and where its changes lie. */
export interface UsrOverlayPlaces {
  readonly usr: string;
  /** A directory in memory. */
  readonly changes: string;
}

export const SYSTEM_USR: UsrOverlayPlaces = { usr: '/usr', changes: '/run/rootseal/usr-overlay' };

/** Whether there is one. */
export function hasUsrOverlay({ usr }: UsrOverlayPlaces = SYSTEM_USR): boolean {
  return mountPoints('overlay').includes(usr);
}

/**
 * Mounts it in the mount namespace of the caller.
 * @throws {RootsealError} UNCHANGED when there is one; PERMISSION_DENIED without root
 */
export function mountUsrOverlay(places: UsrOverlayPlaces = SYSTEM_USR): void {
  const { usr, changes } = places;
  if (hasUsrOverlay(places))
    throw new RootsealError('UNCHANGED', `${usr} can be written to already`);
  const [upper, work] = [`${changes}/upper`, `${changes}/work`];
  makeDirectories(changes, 0o700);
  for (const directory of [upper, work]) makeDirectories(directory);
  // The top of the overlay is this directory.
  const { mode, uid, gid } = fs.statSync(usr);
  fs.chmodSync(upper, mode & 0o7777);
  fs.chownSync(upper, uid, gid);
  const fd = createMount({
    type: 'overlay',
    options: [
      ['source', fromText('rootseal-usr')],
      ['lowerdir', fromText(usr)],
      ['upperdir', fromText(upper)],
      ['workdir', fromText(work)],
    ],
    attributes: MOUNT_ATTR_NODEV,
  });
  try {
    moveMount(fd, fromText(usr));
  } finally {
    fs.closeSync(fd);
  }
}
