/**
 * Makes a tree from the members of an archive, in their order, as an extraction onto an empty file system would.
 *
 * A later member takes the place of an earlier one of the same path, except that a directory over a directory keeps
 * the children. Parents that are not in the archive get mode 0755, owner 0:0 and time 0. No path leaves the root:
 * `..` and paths through anything but directories are refused, leading slashes mean nothing.
 */
import { toDisplay, type ByteString } from '../../util/bytes.js';
import { FormatError } from '../../util/errors.js';
import { inodeOf, NO_XATTRS, type Directory, type Leaf, type Stat } from '../tree/model.js';
import { nameProblem } from '../tree/names.js';

/** Longest path of a member, in bytes. */
export const MEMBER_PATH_MAX = 65_536;

/** A member's path, split, with what an error message needs. */
export interface MemberPath {
  /** None for the root. */
  readonly names: readonly ByteString[];
  /** As the archive has it. */
  readonly path: ByteString;
  /** Of the member's header in the archive. */
  readonly offset: number;
}

/**
 * Splits a path; empty components and `.` are dropped.
 *
 * @param path as the archive has it
 * @param offset of the member's header in the archive
 * @param field that the path comes from
 * @throws {FormatError} when it is empty, too long, or has a component that is not a file name
 */
export function splitMemberPath(path: ByteString, offset: number, field = 'path'): MemberPath {
  const place = { offset, field };
  if (path === '') throw new FormatError('tar', 'the path is empty', place);
  if (path.length > MEMBER_PATH_MAX)
    throw new FormatError('tar', `the path is longer than ${MEMBER_PATH_MAX} bytes`, place);
  const names: ByteString[] = [];
  for (const name of path.split('/') as ByteString[]) {
    if (name === '' || name === '.') continue;
    const problem = nameProblem(name);
    if (problem !== undefined) throw new FormatError('tar', `${shown(path)}: ${problem}`, place);
    names.push(name);
  }
  return { names, path, offset };
}

/** The tree while it grows. */
export class TreeBuilder {
  readonly root: Directory = defaultDirectory();

  /**
   * @returns the directory that is now at `path`
   * @throws {FormatError} when a parent is not a directory
   */
  setDirectory(path: MemberPath, stat: Stat): Directory {
    const name = path.names.at(-1);
    if (name === undefined) return Object.assign(this.root, stat);
    const parent = this.parentOf(path);
    const old = parent.children.get(name);
    if (old?.kind === 'directory') return Object.assign(old, stat);
    const directory: Directory = { kind: 'directory', ...stat, children: new Map() };
    parent.children.set(name, directory);
    return directory;
  }

  /**
   * @returns `leaf`
   * @throws {FormatError} when a parent is not a directory, or the path is the root
   */
  setLeaf(path: MemberPath, leaf: Leaf): Leaf {
    this.parentOf(path).children.set(this.nameOf(path), leaf);
    return leaf;
  }

  /**
   * Gives the inode that is now at `target` a further name. It stays what it is when the other name is replaced later.
   *
   * @throws {FormatError} when there is no such inode or it is a directory, or a parent of `path` is not a directory
   */
  setLink(path: MemberPath, target: MemberPath): void {
    const leaf = this.leafAt(path, target);
    const name = this.nameOf(path);
    const { children } = this.parentOf(path);
    const old = children.get(name);
    if (old !== undefined && inodeOf(old) === leaf) return;
    children.set(name, { kind: 'link', target: leaf });
  }

  private leafAt(path: MemberPath, target: MemberPath): Leaf {
    const refuse = (message: string): never => {
      throw new FormatError(
        'tar',
        `${shown(path.path)}: the link's target ${shown(target.path)} ${message}`,
        { offset: path.offset, field: 'linkname' },
      );
    };
    let directory = this.root;
    for (const name of target.names.slice(0, -1)) {
      const next = directory.children.get(name);
      if (next?.kind !== 'directory') return refuse('is not in the archive before it');
      directory = next;
    }
    const name = target.names.at(-1);
    const entry = name === undefined ? this.root : directory.children.get(name);
    if (entry === undefined) return refuse('is not in the archive before it');
    const inode = inodeOf(entry);
    return inode.kind === 'directory' ? refuse('is a directory') : inode;
  }

  private nameOf({ names, path, offset }: MemberPath): ByteString {
    const name = names.at(-1);
    if (name !== undefined) return name;
    throw new FormatError('tar', `${shown(path)}: the root is not a directory`, {
      offset,
      field: 'typeflag',
    });
  }

  private parentOf({ names, path, offset }: MemberPath): Directory {
    let directory = this.root;
    for (const name of names.slice(0, -1)) {
      let next = directory.children.get(name);
      if (next === undefined) {
        next = defaultDirectory();
        directory.children.set(name, next);
      }
      if (next.kind !== 'directory') {
        const kind = inodeOf(next).kind;
        throw new FormatError(
          'tar',
          `${shown(path)}: its parent ${shown(name)} is not a directory but a ${kind}`,
          { offset, field: 'path' },
        );
      }
      directory = next;
    }
    return directory;
  }
}

/** A path for an error message. */
export function shown(path: ByteString): string {
  const limit = 300;
  if (path.length <= limit) return toDisplay(path);
  return `${toDisplay(path.slice(0, limit) as ByteString)}…`;
}

function defaultDirectory(): Directory {
  return {
    kind: 'directory',
    mode: 0o755,
    uid: 0,
    gid: 0,
    nlink: 2,
    mtimeSec: 0,
    mtimeNsec: 0,
    xattrs: NO_XATTRS,
    children: new Map(),
  };
}
