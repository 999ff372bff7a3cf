/**
 * The composefs image reader (composefs 1.0.8, format versions 0 and 1), the inverse of the writer.
 *
 * Nothing in an image is trusted: any bytes give a tree or a `FormatError`, in time and memory linear in their
 * number. What overlayfs would see otherwise than the tree says is refused. The first name of an inode in depth-first
 * byte order becomes its primary name.
 */
import { ascii, type ByteString } from '../../util/bytes.js';
import { atOnce, type Steps } from '../../util/steps.js';
import { isWhiteout, type Directory, type Leaf, type Tree } from '../tree/model.js';
import { readDirents, type Dirent } from './dirent.js';
import { broken, Image } from './image.js';
import {
  EROFS_BLKSIZ,
  EROFS_FT_CHRDEV,
  EROFS_FT_DIR,
  EROFS_FT_REG_FILE,
  type FormatVersion,
} from './structures.js';
import { unescapeKey, WHITEOUTS_MARKERS } from './overlay.js';
import { flatData, readHead, readLeaf, type InodeHead } from './read-inode.js';
import { XattrReader } from './read-xattr.js';

export interface ImageHeader {
  readonly formatVersion: FormatVersion;
  /** The flag that says whether the image has POSIX ACLs. */
  readonly hasAcl: boolean;
}

export interface DecodedImage extends ImageHeader {
  readonly tree: Tree;
}

/**
 * What the headers of an image say; nothing behind them is looked at.
 * @param bytes the whole image
 * @throws {FormatError} when they are not those of an image
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const { formatVersion, hasAcl } = new Image(bytes);
  return { formatVersion, hasAcl };
}

/** @throws {FormatError} with offset and field when the bytes are not an image */
export function decodeImage(bytes: Uint8Array): DecodedImage {
  return atOnce(decodeInSteps(bytes));
}

/** `decodeImage` for whoever cannot wait for a large one: a step is some hundred names. */
export function* decodeInSteps(bytes: Uint8Array): Steps<DecodedImage> {
  const image = new Image(bytes);
  const root = yield* new TreeReader(image).read();
  return { tree: { root }, formatVersion: image.formatVersion, hasAcl: image.hasAcl };
}

/** Names that are read between two pauses at most. */
const NAMES_A_STEP = 256;

/** A directory whose entries are being read. */
interface Frame {
  readonly nid: number;
  readonly directory: Directory;
  readonly dirents: readonly Dirent[];
  next: number;
  hasWhiteouts: boolean;
}

class TreeReader {
  private readonly image: Image;
  private readonly xattrs: XattrReader;
  private readonly directories = new Set<number>();
  /** Leaves by nid; undefined for the stubs. */
  private readonly leaves = new Map<number, { leaf: Leaf | undefined; fileType: number }>();
  private readonly stack: Frame[] = [];

  constructor(image: Image) {
    this.image = image;
    this.xattrs = new XattrReader(image);
  }

  *read(): Steps<Directory> {
    const { rootNid } = this.image;
    const head = readHead(this.image, rootNid);
    if (head.fileType !== EROFS_FT_DIR)
      throw broken(head.offset, 'i_mode', 'the root is not a directory');
    const root = this.enter(head, rootNid);
    let names = 0;
    for (let frame = this.stack.at(-1); frame !== undefined; frame = this.stack.at(-1)) {
      const dirent = frame.dirents[frame.next++];
      if (++names % NAMES_A_STEP === 0) yield;
      if (dirent === undefined) this.leave(frame);
      else if (dirent.name !== '.' && dirent.name !== '..') this.addChild(frame, dirent);
    }
    return root;
  }

  private enter(head: InodeHead, parentNid: number): Directory {
    const { nid, offset, areaStart, areaSize, stat } = head;
    if (this.directories.has(nid)) {
      throw broken(offset, 'nid', 'a directory has two names');
    }
    this.directories.add(nid);
    const decoded = this.xattrs.read(areaStart, areaSize, false);
    const { metacopy, redirect, opaque, xattrs } = decoded;
    const isRoot = this.stack.length === 0;
    const isOpaque = isRoot && opaque === 'y';
    if ((metacopy ?? redirect) !== undefined || (opaque !== undefined && !isOpaque)) {
      throw broken(areaStart, 'xattrs', 'an overlayfs attribute that this directory must not have');
    }
    const dirents = this.readDirectory(head);
    checkDots(dirents, nid, parentNid, offset);
    const directory: Directory = { kind: 'directory', ...stat, xattrs, children: new Map() };
    this.stack.push({ nid, directory, dirents, next: 0, hasWhiteouts: false });
    return directory;
  }

  private readDirectory(head: InodeHead): Dirent[] {
    const dirents: Dirent[] = [];
    for (const [start, end] of flatData(this.image, head)) {
      for (let at = start; at < end; at += EROFS_BLKSIZ) {
        readDirents(this.image.bytes, at, Math.min(at + EROFS_BLKSIZ, end), dirents);
      }
    }
    return dirents;
  }

  private leave(frame: Frame): void {
    this.stack.pop();
    if (!frame.hasWhiteouts) return;
    // The writer sets them again.
    const xattrs = new Map(frame.directory.xattrs);
    for (const [key, value] of WHITEOUTS_MARKERS) {
      if (xattrs.get(unescapeKey(key)) === value) xattrs.delete(unescapeKey(key));
    }
    frame.directory.xattrs = xattrs;
  }

  private addChild(frame: Frame, dirent: Dirent): void {
    const { name, nid } = dirent;
    const { children } = frame.directory;
    const known = this.leaves.get(nid);
    if (known !== undefined) {
      this.checkType(dirent, known.fileType);
      if (known.leaf !== undefined) children.set(name, { kind: 'link', target: known.leaf });
      return;
    }
    const head = readHead(this.image, nid);
    this.checkType(dirent, head.fileType);
    if (head.fileType === EROFS_FT_DIR) {
      children.set(name, this.enter(head, frame.nid));
      return;
    }
    const leaf = this.readLeaf(head);
    this.leaves.set(nid, { leaf, fileType: head.fileType });
    if (leaf === undefined) return;
    frame.hasWhiteouts ||= isWhiteout(leaf);
    children.set(name, leaf);
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
