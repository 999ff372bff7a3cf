/** Reads single files of an OS tree in a directory, whose symbolic links lead nowhere but into the tree. */
import fs from 'node:fs';
import { readDirectory } from '../../linux/directory.js';
import { openInRoot } from '../../linux/open.js';
import { fromText, toText, type ByteString } from '../../util/bytes.js';
import { hasErrno, RootsealError } from '../../util/errors.js';

const { O_RDONLY, O_DIRECTORY, O_NONBLOCK } = fs.constants;

export class TreeDirectory {
  private readonly rootFd: number;

  /** @param path the tree's root; `close` must be called */
  constructor(path: string) {
    this.rootFd = fs.openSync(path, O_RDONLY | O_DIRECTORY);
  }

  close(): void {
    fs.closeSync(this.rootFd);
  }

  /**
   * @param path absolute within the tree
   * @param limit bytes
   * @returns undefined when there is no such file
   * @throws {RootsealError} FORMAT_INVALID when it is longer, USAGE when it is not a regular file
   */
  read(path: string, limit: number): Buffer | undefined {
    const fd = this.open(path, O_RDONLY | O_NONBLOCK);
    if (fd === undefined) return undefined;
    try {
      const stat = fs.fstatSync(fd);
      if (!stat.isFile()) throw wrong('USAGE', path, 'not a regular file');
      if (stat.size > limit) throw wrong('FORMAT_INVALID', path, `more than ${limit} bytes`);
      return fs.readFileSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  /** `read` for what must be there. @throws {RootsealError} PATH_NOT_FOUND */
  readExisting(path: string, limit: number): Buffer {
    const bytes = this.read(path, limit);
    if (bytes === undefined) throw wrong('PATH_NOT_FOUND', path, 'not in the tree');
    return bytes;
  }

  /** Names in a directory, sorted; none when there is no such directory. Names that are not UTF-8 are left out. */
  list(path: string): string[] {
    return this.rawList(path)
      .flatMap((name) => toText(name) ?? [])
      .sort();
  }

  /** All names in a directory; none when there is no such directory. */
  rawList(path: string): ByteString[] {
    const fd = this.open(path, O_RDONLY | O_DIRECTORY);
    if (fd === undefined) return [];
    try {
      return readDirectory(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  /** `list` for a directory that may be absent. @throws {RootsealError} USAGE when something else is in its place */
  listUnlessAbsent(path: string): ByteString[] {
    const names = this.rawList(path);
    if (names.length === 0 && this.has(path) && !this.isDirectory(path))
      throw wrong('USAGE', path, 'not a directory');
    return names;
  }

  /** Whether there is something of that name, even a link that leads nowhere. */
  has(path: string): boolean {
    const slash = path.lastIndexOf('/');
    return this.list(path.slice(0, slash) || '/').includes(path.slice(slash + 1));
  }

  private isDirectory(path: string): boolean {
    const fd = this.open(path, O_RDONLY | O_DIRECTORY);
    if (fd !== undefined) fs.closeSync(fd);
    return fd !== undefined;
  }

  private open(path: string, flags: number): number | undefined {
    try {
      return openInRoot(this.rootFd, fromText(path), flags);
    } catch (error) {
      if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) return undefined;
      throw error;
    }
  }
}

function wrong(
  code: 'USAGE' | 'FORMAT_INVALID' | 'PATH_NOT_FOUND',
  path: string,
  message: string,
): RootsealError {
  return new RootsealError(code, `${path}: ${message}`, { details: { path } });
}
