/** What deployments need of a repository. */
import path from 'node:path';
import type { CommitId } from '../formats/commit/commit.js';
import { collectGarbage, type GcReport } from '../repo/gc.js';
import type { Repository } from '../repo/repository.js';
import type { Progress } from '../util/progress.js';
import { Sysroot } from './host/sysroot.js';
import { loadRecord } from './record/store.js';

/**
 * Commits of all deployments, when the repository is that of a sysroot; none otherwise.
 * @throws {RootsealError} FORMAT_INVALID when the record is damaged: what deployments need is then unknown
 */
export function deploymentRoots(repository: Repository): readonly CommitId[] {
  if (path.basename(repository.path) !== 'composefs') return [];
  const sysroot = Sysroot.at(path.dirname(repository.path));
  return loadRecord(sysroot).deployments.map(({ commit }) => commit as CommitId);
}

/** Removes what neither deployments need nor the newest commit of a branch, tag or remote. */
export function collectSysrootGarbage(sysroot: Sysroot, progress: Progress): Promise<GcReport> {
  const repository = sysroot.repository();
  return collectGarbage(repository, {
    keep: 1,
    roots: () => deploymentRoots(repository),
    progress,
  });
}
