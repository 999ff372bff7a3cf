/**
 * The files of an image: of a commit in a repository, or of a directory that is to become one. Symbolic links lead nowhere but into
 * the image. What is not there is PATH_NOT_FOUND; what is there and is not what it should be is FORMAT_INVALID, as the boot program
 * refuses it.
 */
import fs from 'node:fs';
import { inodeOf, sortedNames, type Inode, type Tree } from '../formats/tree/model.js';
import { resolvePath } from '../formats/tree/resolve.js';
import { lookup } from '../formats/tree/walk.js';
import { readDirectory } from '../linux/directory.js';
import { O_PATH, openBeneath, openInRoot } from '../linux/open.js';
import { statFd } from '../linux/stat.js';
import { readContentStart, readWholeContent } from '../repo/read-tree.js';
import type { Repository } from '../repo/repository.js';
import { fromText, toText, type ByteString } from '../util/bytes.js';
import { FormatError, hasErrno, RootsealError } from '../util/errors.js';

/** What a path stands for. */
export interface ImageFile {
  readonly kind: Inode['kind'];
  /** Permission bits. */
  readonly mode: number;
  /** Bytes; 0 for what has no content. */
  readonly size: number;
}

/** Paths are absolute within the image, and never lead out of it. */
export interface ImageFiles {
  /** What is at a path itself, with no link on the way: as the boot program opens mount points. */
  at(path: string): ImageFile | undefined;
  /** What a path leads to, links followed. */
  resolve(path: string): ImageFile | undefined;
  /** Names in the directory that a path leads to, in byte order; none when there is no such directory. */
  rawNames(path: string): readonly ByteString[];
  /** Those that are UTF-8. */
  names(path: string): readonly string[];
  /**
   * The content of a regular file, links followed.
   * @throws {RootsealError} PATH_NOT_FOUND when nothing is there; FORMAT_INVALID when it is not a regular file, a link that leads
   *   nowhere, or longer than `limit` bytes
   */
  read(path: string, limit: number): Promise<Buffer>;
  /**
   * At most so many bytes from its start, however long it is.
   * @throws {RootsealError} as `read`
   */
  start(path: string, length: number): Promise<Buffer>;
}

/** Of an image whose contents are in a repository. */
export function filesOfTree(repository: Repository, tree: Tree): ImageFiles {
  const resolve = (path: string): Inode | undefined => resolvePath(tree, fromText(path));
  const rawNames = (path: string): readonly ByteString[] => {
    const inode = resolve(path);
    return inode?.kind === 'directory' ? sortedNames(inode) : [];
  };
  const at = (path: string): ImageFile | undefined => {
    const entry = lookup(tree, fromText(path));
    return entry === undefined ? undefined : describe(inodeOf(entry));
  };
  return {
    at,
    resolve: (path) => {
      const inode = resolve(path);
      return inode === undefined ? undefined : describe(inode);
    },
    rawNames,
    names: (path) => textNames(rawNames(path)),
    read: async (path, limit) => {
      const inode = resolve(path);
      if (inode?.kind !== 'file') throw notAFile(path, inode, rawNames);
      requireSize(path, inode.size, limit);
      return readWholeContent(repository, inode);
    },
    start: async (path, length) => {
      const inode = resolve(path);
      if (inode?.kind !== 'file') throw notAFile(path, inode, rawNames);
      return readContentStart(repository, inode, length);
    },
  };
}

function textNames(names: readonly ByteString[]): string[] {
  return names.flatMap((name) => toText(name) ?? []).sort();
}

function describe(inode: Inode): ImageFile {
  return { kind: inode.kind, mode: inode.mode, size: 'size' in inode ? inode.size : 0 };
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** Of a directory, until `close`. @throws {RootsealError} PATH_NOT_FOUND when there is none */
export class DirectoryFiles implements ImageFiles {
  private readonly rootFd: number;

  constructor(directory: string) {
    try {
      this.rootFd = fs.openSync(directory, O_RDONLY | O_DIRECTORY);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT') && !hasErrno(error, 'ENOTDIR')) throw error;
      throw new RootsealError('PATH_NOT_FOUND', `${directory}: no such directory`, {
        details: { path: directory },
      });
    }
  }

  close(): void {
    fs.closeSync(this.rootFd);
  }

  at(path: string): ImageFile | undefined {
    return this.look(() => openBeneath(this.rootFd, fromText(path.slice(1)), O_PATH | O_NOFOLLOW));
  }

  resolve(path: string): ImageFile | undefined {
    return this.look(() => openInRoot(this.rootFd, fromText(path), O_PATH));
  }

  rawNames(path: string): readonly ByteString[] {
    const open = () => openInRoot(this.rootFd, fromText(path), O_RDONLY | O_DIRECTORY);
    return withFile(open, (fd) => readDirectory(fd).sort()) ?? [];
  }

  names(path: string): readonly string[] {
    return textNames(this.rawNames(path));
  }

  read(path: string, limit: number): Promise<Buffer> {
    return this.open(path, (fd, size) => {
      requireSize(path, size, limit);
      return fs.readFileSync(fd);
    });
  }

  start(path: string, length: number): Promise<Buffer> {
    return this.open(path, (fd, size) => {
      const bytes = Buffer.alloc(Math.min(length, size));
      return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, 0));
    });
  }

  private async open(path: string, take: (fd: number, size: number) => Buffer): Promise<Buffer> {
    const wrong = (): RootsealError =>
      notAFile(path, this.resolve(path), (directory) => this.rawNames(directory));
    // Opening a device may do something; opening a socket fails.
    if (this.resolve(path)?.kind !== 'file') throw wrong();
    const open = () => openInRoot(this.rootFd, fromText(path), O_RDONLY | O_NONBLOCK);
    const content = withFile(open, (fd) => {
      const stat = fs.fstatSync(fd);
      if (!stat.isFile()) throw wrong();
      return take(fd, stat.size);
    });
    if (content === undefined) throw wrong();
    return Promise.resolve(content);
  }

  private look(open: () => number): ImageFile | undefined {
    return withFile(open, (fd) => {
      const { type, mode, size } = statFd(fd);
      return { kind: type, mode, size };
    });
  }
}

/** Undefined when there is nothing, or a link is where none may be. */
function withFile<T>(open: () => number, look: (fd: number) => T): T | undefined {
  let fd: number;
  try {
    fd = open();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].some((errno) => hasErrno(error, errno))) return undefined;
    throw error;
  }
  try {
    return look(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Whether there is something of that name, even a link that leads nowhere. */
function isNamed(path: string, rawNames: ImageFiles['rawNames']): boolean {
  const slash = path.lastIndexOf('/');
  return rawNames(path.slice(0, slash) || '/').includes(fromText(path.slice(slash + 1)));
}

function notAFile(
  path: string,
  found: { readonly kind: string } | undefined,
  rawNames: ImageFiles['rawNames'],
): RootsealError {
  const details = { path };
  if (found !== undefined)
    return new RootsealError('FORMAT_INVALID', `${path} is not a regular file`, { details });
  return isNamed(path, rawNames)
    ? new RootsealError('FORMAT_INVALID', `${path} is a link that leads nowhere`, { details })
    : new RootsealError('PATH_NOT_FOUND', `${path} is missing`, { details });
}

function requireSize(path: string, size: number, limit: number): void {
  if (size > limit) throw new FormatError(path, `${size} bytes, more than ${limit}`);
}
