/** The rules for a commit of a repository. */
import type { Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { filesOfTree } from '../image-files.js';
import type { LintFinding } from './lint-finding.js';
import { lintImage } from './lint.js';

/** @param kernel release of the kernel to start, where there are several */
export function lintRevision(
  repository: Repository,
  { id, commit, tree }: Revision,
  kernel?: string,
): Promise<LintFinding[]> {
  return lintImage({
    files: filesOfTree(repository, tree),
    commit: { repository, id, commit },
    kernel,
  });
}
