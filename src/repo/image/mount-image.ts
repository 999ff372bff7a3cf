/**
 * Mounts an image that is open and its objects.
 *
 * The kernel checks objects only where both it and their file system have fs-verity; elsewhere a mount shows whatever
 * lies in the object files.
 */
import fs from 'node:fs';
import path from 'node:path';
import { mountComposefs } from '../../linux/mount.js';
import { unmount } from '../../linux/mount-api.js';
import { isVerityUnsupported, measureVerity } from '../../linux/verity.js';
import { fromText } from '../../util/bytes.js';
import type { Digest } from '../../util/digest.js';
import { hasErrno, RootsealError } from '../../util/errors.js';
import { readOpenImage } from './image-file.js';

/** `statfs.f_type` of overlayfs (Linux include/uapi/linux/magic.h). */
const OVERLAYFS_SUPER_MAGIC = 0x794c7630;

/** `auto`: whenever the image has fs-verity and the objects' file system has it. */
export type VerityMode = 'on' | 'off' | 'auto';

export interface ImageMount {
  /** The image, open for reading. */
  readonly imageFd: number;
  /** What the image was found to be, and what the kernel must measure when it can. */
  readonly digest?: Digest | undefined;
  readonly objectsDir: string;
  readonly target: string;
  readonly verity: VerityMode;
  /** Where changes go; without it the mount is read-only. */
  readonly writable?: { readonly upper: string; readonly work: string } | undefined;
}

/** Whether the kernel checks contents, and if not, why. */
export type MountedVerity =
  { readonly verity: true } | { readonly verity: false; readonly reason: string };

/**
 * @throws {RootsealError} UNSUPPORTED when kernel or file system lack something, DIGEST_MISMATCH when the kernel
 * measures another image than was asked for, or none with `on`
 * @throws {FormatError} when the file is not an image that our reader takes: the kernel gets no other
 */
export function mountImage(mount: ImageMount): MountedVerity {
  const { imageFd, digest, writable } = mount;
  const { hasAcl } = readOpenImage(imageFd);
  const objectsDir = path.resolve(mount.objectsDir);
  const decision = decideVerity(mount, objectsDir);
  mountComposefs({
    imageFd,
    noacl: !hasAcl,
    objectDirs: [fromText(objectsDir)],
    target: fromText(path.resolve(mount.target)),
    verity: decision.verity,
    ...(digest === undefined ? {} : { source: `composefs:${digest}` }),
    ...(writable === undefined
      ? {}
      : {
          writable: {
            upper: fromText(path.resolve(writable.upper)),
            work: fromText(path.resolve(writable.work)),
          },
        }),
  });
  return decision;
}

function decideVerity({ imageFd, digest, verity }: ImageMount, objectsDir: string): MountedVerity {
  if (verity === 'off') return { verity: false, reason: 'asked not to' };
  try {
    const measured = measureVerity(imageFd)?.digest;
    requireVerity(objectsDir);
    if (measured !== undefined && (digest === undefined || measured === digest))
      return { verity: true };
    if (measured !== undefined) {
      throw new RootsealError(
        'DIGEST_MISMATCH',
        `the kernel measures the image as ${measured}, not ${String(digest)}`,
        { details: { expected: String(digest), found: measured } },
      );
    }
  } catch (error) {
    if (verity === 'on' || !isVerityUnsupported(error)) throw error;
    return { verity: false, reason: error.message };
  }
  const reason = 'the image has no fs-verity';
  if (verity === 'auto') return { verity: false, reason };
  throw new RootsealError('DIGEST_MISMATCH', reason, {
    hint: 'enable it on the image and its objects with `rootseal verity enable FILE`',
  });
}

/** @throws {RootsealError} UNSUPPORTED when the directory's file system has no fs-verity */
function requireVerity(directory: string): void {
  const fd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    measureVerity(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Unmounts an image.
 * @throws {RootsealError} USAGE when no image is mounted there
 */
export function unmountImage(directory: string): void {
  const target = path.resolve(directory);
  const isOverlay = fs.statfsSync(target).type === OVERLAYFS_SUPER_MAGIC;
  try {
    if (isOverlay) unmount(fromText(target));
  } catch (error) {
    // The kernel's answer for what is not a mount point.
    if (!hasErrno(error, 'EINVAL')) throw error;
    throw noImage(directory);
  }
  if (!isOverlay) throw noImage(directory);
}

function noImage(directory: string): RootsealError {
  return new RootsealError('USAGE', `${directory}: no image is mounted there`);
}
