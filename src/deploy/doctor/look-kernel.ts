/**
 * What the running kernel can do. Nothing is loaded, mounted or changed: a file system that is a module and not loaded is only
 * looked up, since asking the kernel for it would load it.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { encodeImage } from '../../formats/erofs/write-image.js';
import type { Directory } from '../../formats/tree/model.js';
import { NO_XATTRS } from '../../formats/tree/model.js';
import { checkMountOptions, createMount, MOUNT_ATTR_RDONLY } from '../../linux/mount-api.js';
import { fdPath } from '../../linux/open.js';
import { ascii } from '../../util/bytes.js';
import { hasErrno } from '../../util/errors.js';
import type { Presence, Tried } from './facts.js';

/** Where a file system type is; its module has the name of the type. */
export function presenceOfFileSystem(type: string, release: string): Presence {
  const known = fs.readFileSync('/proc/filesystems', 'utf8').split('\n');
  if (known.some((line) => line.split('\t')[1] === type)) return 'there';
  return isModule(type, release) ? 'module' : 'absent';
}

export function presenceOfLoop(release: string): Presence {
  if (fs.existsSync('/dev/loop-control') && fs.existsSync('/sys/block/loop0')) return 'there';
  if (isModule('loop', release)) return 'module';
  return fs.existsSync('/dev/loop-control') ? 'there' : 'absent';
}

/** Where a module is, by its name with `_`. One in the kernel shows in sysfs only when it has parameters or a version. */
export function presenceOfModule(name: string, release: string): Presence {
  if (fs.existsSync(`/sys/module/${name}`)) return 'there';
  if (isListed('modules.builtin', name, release)) return 'there';
  return isModule(name, release) ? 'module' : 'absent';
}

/** Whether there is a module of this name for the running kernel. */
function isModule(name: string, release: string): boolean {
  return isListed('modules.dep', name, release);
}

/** Lists of kmod: `path/NAME.ko[.xz]: …` in `modules.dep`, `path/NAME.ko` in `modules.builtin`. */
function isListed(list: string, name: string, release: string): boolean {
  for (const directory of ['/lib/modules', '/usr/lib/modules']) {
    const file = join(directory, release, list);
    if (!fs.existsSync(file)) continue;
    const lines = fs.readFileSync(file, 'latin1').split('\n');
    const nameOf = (line: string) => /([^/:]+)\.ko[^/:]*(?::|$)/.exec(line)?.[1];
    if (lines.some((line) => nameOf(line)?.replaceAll('-', '_') === name)) return true;
  }
  return false;
}

/** Whether overlayfs takes an option. Only root may ask, and only of what is loaded. */
export function tryOverlay(presence: Presence, isRoot: boolean) {
  const attempt = (options: readonly (readonly [string, string])[]): Tried =>
    presence !== 'there' || !isRoot
      ? 'not tried'
      : outcome(() => {
          checkMountOptions(
            'overlay',
            options.map(([key, value]) => [key, ascii(value)]),
          );
        });
  return {
    overlayVerity: attempt([['verity', 'require']]),
    overlayDataLayers: attempt([
      ['lowerdir+', '/'],
      ['datadir+', '/'],
    ]),
  };
}

/** Mounts an empty image that no name leads to, from a temporary file, and lets it go. */
export function tryErofsFile(presence: Presence, isRoot: boolean, directory: string): Tried {
  if (presence !== 'there' || !isRoot) return 'not tried';
  const folder = fs.mkdtempSync(join(directory, 'rootseal-doctor-'));
  try {
    const file = join(folder, 'image');
    fs.writeFileSync(file, encodeImage({ root: EMPTY }, { formatVersion: 1 }));
    const fd = fs.openSync(file, 'r');
    try {
      return outcome(() => {
        const options = [['source', ascii(fdPath(fd))], ['ro']] as const;
        fs.closeSync(createMount({ type: 'erofs', options, attributes: MOUNT_ATTR_RDONLY }));
      });
    } finally {
      fs.closeSync(fd);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const EMPTY: Directory = {
  kind: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtimeSec: 0,
  mtimeNsec: 0,
  nlink: 2,
  xattrs: NO_XATTRS,
  children: new Map(),
};

/** EINVAL: an option that it does not know. ENOTBLK: EROFS wants a block device. */
function outcome(attempt: () => void): Tried {
  try {
    attempt();
    return 'works';
  } catch (error) {
    if (hasErrno(error, 'EINVAL') || hasErrno(error, 'ENOTBLK')) return 'refused';
    // Root of a container is not the root that mounts.
    if (hasErrno(error, 'EPERM') || hasErrno(error, 'ENOSYS')) return 'not tried';
    throw error;
  }
}
