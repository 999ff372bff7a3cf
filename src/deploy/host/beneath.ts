/**
 * Looks at a sysroot as the boot program does: from the descriptor of its root, and through no symbolic link
 * (docs/formats/boot.md, "Root file system").
 */
import fs from 'node:fs';
import { readLinkAt } from '../../linux/directory.js';
import { O_PATH, openBeneath } from '../../linux/open.js';
import { statFd, type FileStat } from '../../linux/stat.js';
import { ascii, fromText, toDisplay } from '../../util/bytes.js';
import { hasErrno, RootsealError } from '../../util/errors.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/** A directory of a sysroot: `path` below `root`. Nothing on the way from `root` to it may be a link. */
export interface DirectoryBeneath {
  /** Absolute; may lead through links. */
  readonly root: string;
  /** Relative to `root`. */
  readonly path: string;
}

/**
 * Opens the directory for reading.
 * @returns a descriptor that the caller closes; undefined when nothing is there
 * @throws {RootsealError} FORMAT_INVALID when a link or something else than a directory is there or on the way
 */
export function openDirectoryBeneath({ root, path }: DirectoryBeneath): number | undefined {
  return withRoot(root, (rootFd) => {
    try {
      return openBeneath(rootFd, fromText(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return undefined;
      const why = obstacle(rootFd, path);
      if (why === undefined) throw error;
      throw new RootsealError('FORMAT_INVALID', `${root}/${why}`, { details: { path } });
    }
  });
}

/** What lies at a path below the root of a sysroot, itself: undefined when nothing, or a link is on the way. */
export function statBeneath({ root, path }: DirectoryBeneath): FileStat | undefined {
  return withRoot(root, (rootFd) => statAt(rootFd, path));
}

/** Target of the symbolic link at a path; undefined when something else or nothing is there. */
export function linkBeneath({ root, path }: DirectoryBeneath): string | undefined {
  return withRoot(root, (rootFd) => {
    const fd = openAt(rootFd, path);
    if (fd === undefined) return undefined;
    try {
      return statFd(fd).type === 'symlink' ? toDisplay(readLinkAt(fd, ascii(''))) : undefined;
    } finally {
      fs.closeSync(fd);
    }
  });
}

/**
 * Why the boot program could not open the directory: one sentence that begins with the path; undefined when it could.
 */
export function directoryProblem({ root, path }: DirectoryBeneath): string | undefined {
  return withRoot(root, (rootFd) => {
    const known = obstacle(rootFd, path);
    if (known !== undefined) return known;
    return statAt(rootFd, path) === undefined ? `${path} is missing` : undefined;
  });
}

/**
 * What is missing may be made; what is there must be a directory, and be reached through no link.
 * @throws {RootsealError} FORMAT_INVALID
 */
export function requireNoObstacle({ root, path }: DirectoryBeneath): void {
  const why = withRoot(root, (rootFd) => obstacle(rootFd, path));
  if (why === undefined) return;
  throw new RootsealError('FORMAT_INVALID', `${root}/${why}`, {
    details: { path },
    hint: `move it away; \`rootseal repair\` makes again what belongs there`,
  });
}

/** The first component that is there and is not a directory. */
function obstacle(rootFd: number, path: string): string | undefined {
  const components = path.split('/');
  for (let count = 1; count <= components.length; count++) {
    const part = components.slice(0, count).join('/');
    const type = statAt(rootFd, part)?.type;
    if (type === undefined) return undefined;
    if (type === 'symlink')
      return `${part} is a symbolic link, which the boot program does not follow`;
    if (type !== 'directory') return `${part} is not a directory`;
  }
  return undefined;
}

function statAt(rootFd: number, path: string): FileStat | undefined {
  const fd = openAt(rootFd, path);
  if (fd === undefined) return undefined;
  try {
    return statFd(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function openAt(rootFd: number, path: string): number | undefined {
  try {
    return openBeneath(rootFd, fromText(path), O_PATH | O_NOFOLLOW);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].some((errno) => hasErrno(error, errno))) return undefined;
    throw error;
  }
}

function withRoot<T>(root: string, look: (rootFd: number) => T): T {
  const rootFd = fs.openSync(root, O_RDONLY | O_DIRECTORY);
  try {
    return look(rootFd);
  } finally {
    fs.closeSync(rootFd);
  }
}
