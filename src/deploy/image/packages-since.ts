/** What a release changes in packages against what runs: counted when it is deployed, so that `status` need not. */
import { comparePackages } from '../../formats/packages/compare-packages.js';
import type { PackagesSince } from '../../formats/packages/counts.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import { findDeployment } from '../../formats/deployment/record.js';
import { countPackages } from '../../formats/packages/summary.js';
import type { Tree } from '../../formats/tree/model.js';
import { contentFiles, type ContentFiles } from '../../repo/packages/content-files.js';
import { readPackages } from '../../repo/packages/read-packages.js';
import { unlessUnreadable } from '../../repo/packages/summaries.js';
import type { Session } from '../record/session.js';

/**
 * Against what runs, else the default.
 * @param files of the release
 * @returns undefined when nothing is deployed, or the packages of one of the two cannot be read: nothing hangs on it
 */
export async function packagesSinceCurrent(
  { record, revisions, signal }: Pick<Session, 'record' | 'revisions' | 'signal'>,
  files: ContentFiles,
): Promise<PackagesSince | undefined> {
  const current = findDeployment(record, record.booted) ?? findDeployment(record, record.default);
  if (current === undefined) return undefined;
  return unlessUnreadable(async () => {
    const { id, tree } = await revisions.read(current.commit, signal);
    const before = await readPackages(contentFiles(revisions.repository, tree, signal), signal);
    const after = before && (await readPackages(files, signal));
    if (before === undefined || after === undefined) return undefined;
    return { since: id, ...countPackages(comparePackages(before, after)) };
  });
}

/** The deployment with what it changes against what runs, where that can be known. @param tree of the release */
export async function withPackages(
  session: Pick<Session, 'record' | 'revisions' | 'signal'>,
  deployment: Deployment,
  tree: Tree,
): Promise<Deployment> {
  const files = contentFiles(session.revisions.repository, tree, session.signal);
  const packages = await packagesSinceCurrent(session, files);
  return packages === undefined ? deployment : { ...deployment, packages };
}
