/** What may stand as a name in a directory, as a path and as a link target (Linux include/uapi/linux/limits.h). */
import type { ByteString } from '../../util/bytes.js';

/** Longest file name, in bytes. */
export const NAME_MAX = 255;
/** Longest symlink target, in bytes, without its NUL. */
export const SYMLINK_MAX = 4095;
/** Longest extended attribute name, in bytes (XATTR_NAME_MAX). */
export const XATTR_NAME_MAX = 255;
/** Longest extended attribute value, in bytes, that composefs images hold. */
export const XATTR_VALUE_MAX = 65535;

/** Says what is wrong with a file name, or nothing when it is good. */
export function nameProblem(name: ByteString): string | undefined {
  if (name.length === 0) return 'the name is empty';
  if (name.length > NAME_MAX) return `the name has ${name.length} bytes, more than ${NAME_MAX}`;
  if (name === '.' || name === '..') return `"${name}" is not a name`;
  if (name.includes('/')) return 'the name contains a slash';
  if (name.includes('\0')) return 'the name contains a NUL byte';
  return undefined;
}

/** Says what is wrong with a symlink target, or nothing when it is good. */
export function symlinkProblem(target: ByteString): string | undefined {
  if (target.length === 0) return 'the symlink target is empty';
  if (target.length > SYMLINK_MAX)
    return `the symlink target has ${target.length} bytes, more than ${SYMLINK_MAX}`;
  if (target.includes('\0')) return 'the symlink target contains a NUL byte';
  return undefined;
}

/** Joins a directory's path and a name; the root is `/`. */
export function joinPath(directory: ByteString, name: ByteString): ByteString {
  return (directory === '/' ? `/${name}` : `${directory}/${name}`) as ByteString;
}
