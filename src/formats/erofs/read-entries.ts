/**
 * Directories of an image that is not trusted, and what their names stand for. Each inode is read once: further names of a leaf are
 * links to the first that was met, and a directory that is met again is refused.
 */
import { ascii, type ByteString } from '../../util/bytes.js';
import type { HardLink, Leaf, Xattrs } from '../tree/model.js';
import { readDirents, type Dirent } from './dirent.js';
import { broken, type Image } from './image.js';
import { EROFS_BLKSIZ, EROFS_FT_CHRDEV, EROFS_FT_DIR, EROFS_FT_REG_FILE } from './structures.js';
import { flatData, readHead, readLeaf, type InodeHead } from './read-inode.js';
import { XattrReader } from './read-xattr.js';

/** A directory whose entries were read, but not what they stand for. */
export interface OpenDirectory {
  readonly xattrs: Xattrs;
  /** Without `.` and `..`. */
  readonly dirents: readonly Dirent[];
}

/** What a name stands for; a directory is not open yet. */
export type Found = Leaf | HardLink | { readonly kind: 'head'; readonly head: InodeHead };

export class EntryReader {
  private readonly image: Image;
  private readonly xattrs: XattrReader;
  private readonly directories = new Set<number>();
  /** Leaves by nid; undefined for the stubs. */
  private readonly leaves = new Map<number, { leaf: Leaf | undefined; fileType: number }>();

  constructor(image: Image) {
    this.image = image;
    this.xattrs = new XattrReader(image);
  }

  /** @throws {FormatError} when it is not a directory */
  root(): InodeHead {
    const head = readHead(this.image, this.image.rootNid);
    if (head.fileType === EROFS_FT_DIR) return head;
    throw broken(head.offset, 'i_mode', 'the root is not a directory');
  }

  /**
   * Reads attributes and entries of a directory.
   * @throws {FormatError} when it is open already, or is not a directory that overlayfs would show as it is
   */
  open(head: InodeHead, parentNid: number): OpenDirectory {
    const { nid, offset, areaStart, areaSize } = head;
    if (this.directories.has(nid)) throw broken(offset, 'nid', 'a directory has two names');
    this.directories.add(nid);
    const { metacopy, redirect, opaque, xattrs } = this.xattrs.read(areaStart, areaSize, false);
    const isOpaque = nid === this.image.rootNid && opaque === 'y';
    if ((metacopy ?? redirect) !== undefined || (opaque !== undefined && !isOpaque)) {
      throw broken(areaStart, 'xattrs', 'an overlayfs attribute that this directory must not have');
    }
    const dirents = this.readDirents(head);
    checkDots(dirents, nid, parentNid, offset);
    return { xattrs, dirents: dirents.filter(({ name }) => name !== DOT && name !== DOT_DOT) };
  }

  /** What a name stands for; undefined for a whiteout that hides an object directory. */
  find(dirent: Dirent): Found | undefined {
    const { nid } = dirent;
    const known = this.leaves.get(nid);
    if (known !== undefined) {
      this.checkType(dirent, known.fileType);
      return known.leaf && { kind: 'link', target: known.leaf };
    }
    const head = readHead(this.image, nid);
    this.checkType(dirent, head.fileType);
    if (head.fileType === EROFS_FT_DIR) return { kind: 'head', head };
    const leaf = this.readLeaf(head);
    this.leaves.set(nid, { leaf, fileType: head.fileType });
    return leaf;
  }

  private readDirents(head: InodeHead): Dirent[] {
    const dirents: Dirent[] = [];
    for (const [start, end] of flatData(this.image, head)) {
      for (let at = start; at < end; at += EROFS_BLKSIZ) {
        readDirents(this.image.bytes, at, Math.min(at + EROFS_BLKSIZ, end), dirents);
      }
    }
    return dirents;
  }

  private checkType(dirent: Dirent, fileType: number): void {
    if (dirent.fileType === fileType) return;
    const message = `the entry says ${dirent.fileType}, its inode has type ${fileType}`;
    throw broken(this.image.metaStart + dirent.nid * 32, 'file_type', message);
  }

  /** A leaf, or nothing for a whiteout that hides an object directory. */
  private readLeaf(head: InodeHead): Leaf | undefined {
    const { fileType, union, stat, size, areaStart, areaSize, offset } = head;
    if (fileType === EROFS_FT_CHRDEV && union === 0) {
      if (stat.nlink > 1) throw broken(offset, 'i_nlink', 'a whiteout has several names');
      return undefined;
    }
    const mayBeWhiteout = fileType === EROFS_FT_REG_FILE && size === 0;
    const decoded = this.xattrs.read(areaStart, areaSize, mayBeWhiteout);
    if (decoded.opaque !== undefined) {
      throw broken(areaStart, 'xattrs', 'trusted.overlay.opaque on what is not a directory');
    }
    return readLeaf(this.image, head, decoded);
  }
}

const DOT = ascii('.');
const DOT_DOT = ascii('..');

function checkDots(
  dirents: readonly Dirent[],
  nid: number,
  parentNid: number,
  offset: number,
): void {
  const points = (name: ByteString, to: number) =>
    dirents.some((dirent) => dirent.name === name && dirent.nid === to);
  if (!points(DOT, nid) || !points(DOT_DOT, parentNid)) {
    throw broken(
      offset,
      'dirent',
      'the entries "." and ".." do not lead to the directory and its parent',
    );
  }
}
