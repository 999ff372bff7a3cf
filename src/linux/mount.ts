/**
 * Mounting images: EROFS from an open file, and overlayfs over it that takes contents from object directories.
 *
 * Options as mount.composefs 1.0.8 gives them: `metacopy=on`, `redirect_dir=on`, `verity=require`, one `lowerdir+`,
 * one `datadir+` for each object directory (Linux 6.8), `lowerdir=IMAGE::OBJECTS` on older kernels.
 * Linux Documentation/filesystems/overlayfs.rst, "Data-only lower layers" and "fs-verity support".
 */
import { closeSync, constants, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ByteString, ascii, fromText } from '../util/bytes.js';
import { hasErrno } from '../util/errors.js';
import { AT_FDCWD } from './libc.js';
import { attachLoop } from './loop.js';
import {
  MOUNT_ATTR_RDONLY,
  type MountOption,
  createMount,
  moveMount,
  unmount,
} from './mount-api.js';
import { O_PATH, fdPath, openAt } from './open.js';

/** The longest value that fsconfig(2) takes, in bytes. */
const FSCONFIG_VALUE_MAX = 255;

export interface ErofsMount {
  /** Leave POSIX ACLs aside; right for images that hold none. */
  readonly noacl?: boolean;
}

export interface ComposefsMount extends ErofsMount {
  /** The image, open for reading: exactly the file that was verified. */
  readonly imageFd: number;
  /** Directories with objects as `hh/rest`: absolute paths or open descriptors. */
  readonly objectDirs: readonly (ByteString | number)[];
  /** Where to mount; an existing directory. */
  readonly target: ByteString;
  /** Whether the kernel refuses objects without the fs-verity digest that the image names. */
  readonly verity: boolean;
  /** Makes the mount writable: changes go to `upper`, and `work` is an empty directory on the same file system. */
  readonly writable?: { readonly upper: ByteString; readonly work: ByteString };
  /** First column of /proc/mounts. */
  readonly source?: string;
}

/**
 * Mounts the EROFS image open as `imageFd`, not attached anywhere yet.
 *
 * @returns the mount's descriptor, which the caller closes
 * @throws {SyscallError} EINVAL for a file that is not an EROFS image (the kernel log says why)
 * @throws {RootsealError} UNSUPPORTED without EROFS, or without loop devices where they are needed
 */
export function mountErofs(imageFd: number, options: ErofsMount = {}): number {
  try {
    return mountErofsSource(fdPath(imageFd), options);
  } catch (error) {
    if (!hasErrno(error, 'ENOTBLK')) throw error;
  }
  const device = attachLoop(imageFd);
  try {
    return mountErofsSource(device.path, options);
  } finally {
    closeSync(device.fd);
  }
}

/**
 * Mounts a composefs image with its objects at `target`. That it succeeds proves nothing about the objects: with
 * `verity` each one is checked when it is opened (EIO), and on kernels without fs-verity none can be opened.
 *
 * @throws {SyscallError | RootsealError} as `mountErofs`
 */
export function mountComposefs(options: ComposefsMount): void {
  const image = mountErofs(options.imageFd, options);
  try {
    const overlay = mountLayers(image, options);
    try {
      moveMount(overlay, options.target);
    } finally {
      closeSync(overlay);
    }
  } finally {
    closeSync(image);
  }
}

/** How layers are told to the kernel: one option each, or all in one. */
export type LayerStyle = 'separate' | 'joined';

/** Options for overlayfs over the image mounted at `image`. */
export function overlayOptions(
  image: ByteString,
  style: LayerStyle,
  mount: Omit<ComposefsMount, 'imageFd' | 'target'>,
): MountOption[] {
  const options: MountOption[] = [
    ['source', fromText(mount.source ?? 'composefs')],
    ['metacopy', ascii('on')],
    ['redirect_dir', ascii('on')],
  ];
  if (mount.verity) options.push(['verity', ascii('require')]);
  const dataDirs = mount.objectDirs.map((dir) =>
    typeof dir === 'number' ? ascii(fdPath(dir)) : dir,
  );
  if (style === 'separate') {
    options.push(['lowerdir+', image]);
    for (const dir of dataDirs) options.push(['datadir+', dir]);
  } else {
    const layers = [image, ...dataDirs].map((layer) => layer.replace(/[\\:]/g, '\\$&'));
    options.push(['lowerdir', layers.join('::') as ByteString]);
  }
  if (mount.writable !== undefined) {
    options.push(['upperdir', mount.writable.upper], ['workdir', mount.writable.work]);
  }
  return options;
}

function mountErofsSource(source: string, { noacl }: ErofsMount): number {
  const options: MountOption[] = [['source', ascii(source)], ['ro']];
  if (noacl === true) options.push(['noacl']);
  return createMount({ type: 'erofs', options, attributes: MOUNT_ATTR_RDONLY });
}

/** Opens object directories whose paths are too long for an option, then mounts. */
function mountLayers(image: number, options: ComposefsMount): number {
  const opened: number[] = [];
  try {
    const objectDirs = options.objectDirs.map((dir) => {
      if (typeof dir === 'number' || dir.length <= FSCONFIG_VALUE_MAX) return dir;
      const fd = openAt(AT_FDCWD, dir, O_PATH | constants.O_DIRECTORY);
      opened.push(fd);
      return fd;
    });
    return mountOverImage(image, { ...options, objectDirs });
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/** Linux before 6.15 takes no detached mount as a layer, before 6.8 no separate layers; both say EINVAL. */
function mountOverImage(image: number, options: ComposefsMount): number {
  const tryMount = (path: ByteString, style: LayerStyle): number | undefined => {
    const attributes = options.writable === undefined ? MOUNT_ATTR_RDONLY : 0;
    const overlay = { type: 'overlay', options: overlayOptions(path, style, options), attributes };
    try {
      return createMount(overlay);
    } catch (error) {
      if (style === 'joined' || !hasErrno(error, 'EINVAL')) throw error;
      return undefined;
    }
  };
  return (
    tryMount(ascii(fdPath(image)), 'separate') ??
    withAttached(image, (path) => tryMount(path, 'separate') ?? tryMount(path, 'joined'))
  );
}

/** Attaches a mount at a private directory for as long as `action` runs. */
function withAttached(mount: number, action: (path: ByteString) => number | undefined): number {
  const path = mkdtempSync(join(tmpdir(), 'rootseal-mount-'));
  try {
    moveMount(mount, fromText(path));
    try {
      const result = action(fromText(path));
      if (result === undefined)
        throw new TypeError('the last way to mount gives a mount or throws');
      return result;
    } finally {
      unmount(fromText(path), { detach: true });
    }
  } finally {
    rmdirSync(path);
  }
}
