/** The unified kernel image that lies beside a commit. */
import type { CommitId } from '../../formats/commit/commit.js';
import { readSmallFile } from '../../repo/durable.js';
import type { Repository } from '../../repo/repository.js';
import { RootsealError } from '../../util/errors.js';

/** @throws {RootsealError} PATH_NOT_FOUND when the commit has none */
export function requireUki(repository: Repository, id: CommitId): Promise<Buffer> {
  const bytes = readSmallFile(repository.file(`ukis/${id}`), 1 << 30);
  if (bytes !== undefined) return Promise.resolve(bytes);
  throw new RootsealError('PATH_NOT_FOUND', `commit ${id} has no unified kernel image`, {
    details: { commitId: id },
    hint: '`rootseal uki build` makes one; a pull brings it with its commit',
  });
}
