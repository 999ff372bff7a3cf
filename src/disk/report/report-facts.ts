/** All that a report of two releases says: a function of the two commits, what they name, and whom the reader trusts. */
import type { SealTrust } from '../../formats/seal/verify.js';
import { readRevision, type Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { compareArguments, type ArgumentChanges } from './argument-changes.js';
import { findAreas, type ChangeArea } from './change-areas.js';
import { compareFiles, type FileChanges } from './file-changes.js';
import { comparePackagesOf, type PackageChanges } from './package-changes.js';
import { comparePrivileges, type PrivilegeChanges } from './privileged-files.js';
import { releaseFacts, type ReleaseFacts } from './release-facts.js';

export interface ReportFacts {
  readonly from: ReleaseFacts;
  readonly to: ReleaseFacts;
  /** Of the two commits alone, so that every repository that has them makes the same report. */
  readonly descent: 'same' | 'parent' | 'other';
  readonly packages: PackageChanges;
  readonly files: FileChanges;
  readonly areas: readonly ChangeArea[];
  readonly privileges: PrivilegeChanges;
  readonly arguments: ArgumentChanges;
  /** By what the seals were checked. */
  readonly trust: { readonly threshold: number; readonly knownKeyCount: number };
}

export interface ReportRequest {
  /** `REV`, as a person types it. */
  readonly from: string;
  readonly to: string;
  readonly trust: SealTrust;
  readonly signal?: AbortSignal | undefined;
}

/** @throws {RootsealError} REVISION_NOT_FOUND, OBJECT_NOT_FOUND or OBJECT_CORRUPT */
export async function reportFacts(
  repository: Repository,
  { from, to, trust, signal }: ReportRequest,
): Promise<ReportFacts> {
  const before = await readRevision(repository, from, signal);
  const after = await readRevision(repository, to, signal);
  const trees = { before: before.tree, after: after.tree };
  const files = compareFiles(trees.before, trees.after);
  return {
    from: await releaseFacts(repository, before, trust),
    to: await releaseFacts(repository, after, trust),
    descent: descentOf(before, after),
    packages: await comparePackagesOf(repository, trees, signal),
    files,
    areas: findAreas(files.entries),
    privileges: comparePrivileges(trees.before, trees.after),
    arguments: await compareArguments(repository, trees.before, trees.after),
    trust: { threshold: trust.policy.verify.threshold, knownKeyCount: trust.keys.size },
  };
}

function descentOf(before: Revision, after: Revision): ReportFacts['descent'] {
  if (before.id === after.id) return 'same';
  return after.commit.parent === before.id ? 'parent' : 'other';
}
