/** The files of a tree as the reading of package databases needs them; `ImageFiles` of `src/disk` are such files, too. */
import { sortedNames, type Inode, type Tree } from '../../formats/tree/model.js';
import { resolvePath } from '../../formats/tree/resolve.js';
import { fromText, toText } from '../../util/bytes.js';
import { FormatError, RootsealError } from '../../util/errors.js';
import { readWholeContent } from '../read-tree.js';
import type { Repository } from '../repository.js';

/** Paths are absolute within the tree; links are followed and never lead out of it. */
export interface ContentFiles {
  /** What a path leads to. `size` in bytes. */
  resolve(path: string): { readonly kind: Inode['kind']; readonly size: number } | undefined;
  /** Names in the directory that a path leads to, as far as they are UTF-8, sorted; none when there is no such directory. */
  names(path: string): readonly string[];
  /** @throws {RootsealError} PATH_NOT_FOUND; FORMAT_INVALID for what is longer than `limit` bytes or no regular file */
  read(path: string, limit: number): Promise<Buffer>;
}

/** Of a tree whose contents are in a repository. @param signal ends a read; its reason is what is thrown */
export function contentFiles(
  repository: Repository,
  tree: Tree,
  signal?: AbortSignal,
): ContentFiles {
  const resolve = (path: string): Inode | undefined => resolvePath(tree, fromText(path));
  return {
    resolve: (path) => {
      const inode = resolve(path);
      if (inode === undefined) return undefined;
      return { kind: inode.kind, size: 'size' in inode ? inode.size : 0 };
    },
    names: (path) => {
      const inode = resolve(path);
      if (inode?.kind !== 'directory') return [];
      return sortedNames(inode).flatMap((name) => toText(name) ?? []);
    },
    read: async (path, limit) => {
      const inode = resolve(path);
      if (inode?.kind !== 'file')
        throw new RootsealError('PATH_NOT_FOUND', `${path} is not a file of the tree`, {
          details: { path },
        });
      if (inode.size > limit)
        throw new FormatError(path, `${inode.size} bytes, more than ${limit}`);
      return readWholeContent(repository, inode, signal);
    },
  };
}
