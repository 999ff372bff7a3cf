/** Small trees for tests of images, and a look into the images made of them. */
import { readDirents, type Dirent } from '../../src/formats/erofs/dirent.js';
import { EROFS_INODE_COMPACT, EROFS_SUPER_BLOCK } from '../../src/formats/erofs/structures.js';
import {
  NO_XATTRS,
  type Device,
  type Directory,
  type Entry,
  type RegularFile,
  type Stat,
  type Symlink,
} from '../../src/formats/tree/model.js';
import { ascii, fromText, type ByteString } from '../../src/util/bytes.js';
import type { Digest } from '../../src/util/digest.js';

export const stat = (): Stat => ({
  mode: 0o644,
  uid: 0,
  gid: 0,
  nlink: 1,
  mtimeSec: 0,
  mtimeNsec: 0,
  xattrs: NO_XATTRS,
});

export function directory(entries: Record<string, Entry> = {}): Directory {
  const children = new Map<ByteString, Entry>();
  for (const [name, entry] of Object.entries(entries)) children.set(fromText(name), entry);
  return { kind: 'directory', ...stat(), mode: 0o755, nlink: 2, children };
}

export function file(changes: Partial<RegularFile> = {}): RegularFile {
  const content = { size: 0, inline: undefined, digest: undefined, payload: undefined };
  return { kind: 'file', ...stat(), ...content, ...changes };
}

export function inlineFile(length: number): RegularFile {
  return file({ size: length, inline: new Uint8Array(length).fill(0x61) });
}

export function externalFile(size: number, digest = 'ab'.repeat(32) as Digest): RegularFile {
  return file({ size, digest, payload: ascii(`${digest.slice(0, 2)}/${digest.slice(2)}`) });
}

export function symlink(length: number): Symlink {
  return { kind: 'symlink', ...stat(), target: ascii('t'.repeat(length)) };
}

export function device(rdev: number): Device {
  return { kind: 'char', ...stat(), rdev, size: 0 };
}

export function xattrs(entries: Record<string, string>): Map<ByteString, ByteString> {
  return new Map(Object.entries(entries).map(([key, value]) => [ascii(key), ascii(value)]));
}

/** The entries in the first block of the root directory. */
export function rootEntries(image: Buffer): Dirent[] {
  const root = EROFS_SUPER_BLOCK.read(image, 1024).root_nid * 32;
  const { i_u: block } = EROFS_INODE_COMPACT.read(image, root);
  const entries: Dirent[] = [];
  readDirents(image, block * 4096, (block + 1) * 4096, entries);
  return entries;
}

/** Offset of the inode of a name that is in the first block of the root directory. */
export function inodeOffset(image: Buffer, name: string): number {
  const entry = rootEntries(image).find((entry) => entry.name === name);
  if (entry === undefined) throw new RangeError(`${name} is not there`);
  return entry.nid * 32;
}
