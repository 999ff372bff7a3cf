/** What an archive may say that a tree does not hold. */
import { ascii, type ByteString } from '../../util/bytes.js';
import type { Directory } from '../tree/model.js';

/** Hears of it, for each member. `what` is a keyword of a pax header, or one of `NOT_KEPT`. */
export type NotKeptListener = (what: ByteString, path: ByteString) => void;

/** What has no keyword. */
export const NOT_KEPT = {
  accessOfSymlink: ascii('access list of a symbolic link'),
  defaultOfOther: ascii('default access list of what is not a directory'),
  dumpNames: ascii('names of an incremental dump'),
  linkContent: ascii('content of a hard link, which is that of its target'),
  image: ascii('meaning of an OCI or docker image: its layers are files here'),
  whiteout: ascii('meaning of a .wh. name, by which a layer removes files: it is a file here'),
} as const;

/**
 * Times that no tree has, wherever it comes from. Most pax archives give them for every member, so people are told only
 * when they ask for details.
 */
export const TIMES_NOT_KEPT: ReadonlySet<string> = new Set([
  'atime',
  'ctime',
  'LIBARCHIVE.creationtime',
]);

/** Keywords about the archive, or about where and how its files lay, which no extraction gives to a file. */
const FACTS: ReadonlySet<string> = new Set([
  'comment',
  'charset',
  'hdrcharset',
  'GNU.sparse.numblocks',
  'GNU.volume.label',
  'LIBARCHIVE.symlinktype',
  'SCHILY.archtype',
  'SCHILY.dev',
  'SCHILY.filetype',
  'SCHILY.ino',
  'SCHILY.nlink',
  'SCHILY.release',
  'SCHILY.tarfiletype',
]);
const FACT_PREFIX = 'SCHILY.volhdr.';

export function isFactOfArchive(keyword: ByteString): boolean {
  return FACTS.has(keyword) || keyword.startsWith(FACT_PREFIX);
}

const WHITEOUT = '.wh.';

/** Whether a name has a meaning in the layers of OCI and docker images. */
export function isLayerMark(name: ByteString): boolean {
  return name.startsWith(WHITEOUT);
}

/** Sets of names at the root of an archive that `docker save` or a tool for OCI images wrote; the first is told. */
const IMAGE_MARKS: readonly (readonly ByteString[])[] = [
  [ascii('oci-layout'), ascii('index.json')],
  [ascii('manifest.json'), ascii('repositories')],
  [ascii('manifest.json'), ascii('blobs')],
];

/** A name that says that an archive is an image with layers, and not a file system. */
export function imageMarkOf(root: Directory): ByteString | undefined {
  return IMAGE_MARKS.find((names) => names.every((name) => root.children.has(name)))?.[0];
}
