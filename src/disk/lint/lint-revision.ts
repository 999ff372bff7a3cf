/** The rules for a commit of a repository. */
import { timeSeconds } from '../../formats/time.js';
import type { Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { readUki } from '../../repo/ukis.js';
import { filesOfTree } from '../image-files.js';
import { releaseBefore } from './last-release.js';
import type { LintFinding } from './lint-finding.js';
import { lintImage, lintRelease } from './lint.js';
import type { LintRequest } from './lint-request.js';
import { releaseSubject } from './release-subject.js';
import { wholeTreeOf } from './whole-tree.js';

/** What a machine would refuse when it starts it. @param kernel release of the kernel to start, where there are several */
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

/** All that is wrong with it. */
export function lintRevisionForRelease(
  repository: Repository,
  { id, commit, tree }: Revision,
  request: LintRequest,
): Promise<LintFinding[]> {
  const { kernel, skip, now, signal } = request;
  const subject = releaseSubject({
    files: filesOfTree(repository, tree),
    commit: { repository, id, commit },
    kernel,
    whole: wholeTreeOf(repository, tree, signal),
    uki: () => readUki(repository, id),
    last: request.last ?? releaseBefore(repository, { id, commit }, signal),
    latest: request.latest ?? timeSeconds(commit.time),
    now,
  });
  return lintRelease(subject, skip);
}
