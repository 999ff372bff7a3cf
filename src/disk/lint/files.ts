/** The files of an image as rules look at them: of a commit in a repository, or of a directory that is to become one. */
import fs from 'node:fs';
import { inodeOf, sortedNames, type Inode, type Tree } from '../../formats/tree/model.js';
import { resolvePath } from '../../formats/tree/resolve.js';
import { lookup } from '../../formats/tree/walk.js';
import { readDirectory } from '../../linux/directory.js';
import { O_PATH, openBeneath, openInRoot } from '../../linux/open.js';
import { statFd } from '../../linux/stat.js';
import { readContent } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { fromText, toText, type ByteString } from '../../util/bytes.js';
import { FormatError, hasErrno, RootsealError } from '../../util/errors.js';

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
   * @throws {RootsealError} PATH_NOT_FOUND when a link leads nowhere, FORMAT_INVALID when it is no regular file or longer than
   *   `limit` bytes
   */
  read(path: string, limit: number): Promise<Buffer>;
}

/** Of an image whose contents are in a repository. */
export function filesOfTree(repository: Repository, tree: Tree): ImageFiles {
  const resolve = (path: string): Inode | undefined => resolvePath(tree, fromText(path));
  const rawNames = (path: string): readonly ByteString[] => {
    const inode = resolve(path);
    return inode?.kind === 'directory' ? sortedNames(inode) : [];
  };
  return {
    at: (path) => {
      const entry = lookup(tree, fromText(path));
      return entry === undefined ? undefined : describe(inodeOf(entry));
    },
    resolve: (path) => {
      const inode = resolve(path);
      return inode === undefined ? undefined : describe(inode);
    },
    rawNames,
    names: (path) => textNames(rawNames(path)),
    read: async (path, limit) => {
      const inode = resolve(path);
      if (inode?.kind !== 'file') throw notAFile(path, inode);
      requireSize(path, inode.size, limit);
      const chunks: Buffer[] = [];
      for await (const chunk of readContent(repository, inode)) chunks.push(chunk);
      return Buffer.concat(chunks);
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
    const found = this.resolve(path);
    if (found?.kind !== 'file') return Promise.reject(notAFile(path, found));
    const open = () => openInRoot(this.rootFd, fromText(path), O_RDONLY | O_NONBLOCK);
    const content = withFile(open, (fd) => {
      requireSize(path, fs.fstatSync(fd).size, limit);
      return fs.readFileSync(fd);
    });
    return content === undefined
      ? Promise.reject(notAFile(path, undefined))
      : Promise.resolve(content);
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

function notAFile(path: string, found: { readonly kind: string } | undefined): RootsealError {
  const details = { path };
  return found === undefined
    ? new RootsealError('PATH_NOT_FOUND', `${path} is a link that leads nowhere`, { details })
    : new RootsealError('FORMAT_INVALID', `${path} is not a regular file`, { details });
}

function requireSize(path: string, size: number, limit: number): void {
  if (size > limit) throw new FormatError(path, `${size} bytes, more than ${limit}`);
}
