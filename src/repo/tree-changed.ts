/** The error for a tree that does not stand still while it is read. */
import { toDisplay, type ByteString } from '../util/bytes.js';
import { hasErrno, RootsealError } from '../util/errors.js';

/** What a system call says about a name that was there a moment ago, as what it was then. */
const GONE = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV'];

/**
 * @param path relative to the tree's root
 * @param what a sentence about it, such as `it vanished`
 */
export function treeChanged(path: ByteString, what: string): RootsealError {
  const shown = `/${toDisplay(path)}`;
  return new RootsealError(
    'TREE_CHANGED',
    `${shown}: the tree changed while it was read: ${what}`,
    {
      details: { path: shown },
      hint: 'commit a tree that nothing writes to, or a snapshot of it',
    },
  );
}

/** Runs `read` on something that was seen at `path`. @throws {RootsealError} TREE_CHANGED when it is gone */
export function expectThere<T>(path: ByteString, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (GONE.some((errno) => hasErrno(error, errno)))
      throw treeChanged(path, 'it vanished or was replaced');
    throw error;
  }
}
