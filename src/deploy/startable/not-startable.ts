/** What `status` says of deployments that cannot be started. */
import type { CommitId } from '../../formats/commit/commit.js';
import { describeDeployment } from '../../formats/deployment/describe.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import { hasCommit, readCommit } from '../../repo/commits.js';
import type { ImageViews } from '../../repo/image-views.js';
import { firmwareOf } from '../boot-loader/firmware.js';
import type { Sysroot } from '../host/sysroot.js';
import { DEPLOY_DIR } from '../record/store.js';
import { Attempts } from '../status/attempts.js';
import { findImageProblems } from './check-startable.js';
import { imageProblems } from './startable-image.js';
import { stateProblems, sysrootProblems } from './startable-state.js';

/**
 * @param images undefined when the repository cannot be opened
 * @returns a sentence for each thing that is wrong. It never fails because of what it finds
 */
export async function notStartable(
  sysroot: Sysroot,
  record: DeploymentRecord,
  images: ImageViews | undefined,
): Promise<string[]> {
  const attempts = new Attempts();
  const shared = attempts.sync([], () => sysrootProblems(sysroot));
  const problems = [...attempts.problems, ...shared];
  for (const deployment of record.deployments)
    for (const problem of await problemsOf({ sysroot, record, images }, deployment))
      if (!shared.includes(problem)) problems.push(`${describeDeployment(deployment)}: ${problem}`);
  return problems;
}

interface Looked {
  readonly sysroot: Sysroot;
  readonly record: DeploymentRecord;
  readonly images: ImageViews | undefined;
}

/** What may be started next is looked at as a whole; of the others, only whether all is there. */
async function problemsOf(
  { sysroot, record, images }: Looked,
  deployment: Deployment,
): Promise<string[]> {
  const { id } = deployment;
  const isNext = [record.default, record.staged, record.rollback].includes(id);
  const attempts = new Attempts();
  const state = attempts.sync([], () => stateProblems(sysroot, deployment, id === record.staged));
  const image = await attempts.async([], async () => {
    if (images === undefined) return [];
    if (!isNext) return imageProblems(images.repository, deployment);
    const host = { record, boot: sysroot.boot, firmware: firmwareOf(sysroot) };
    const { missing, wrong } = await findImageProblems(images, host, deployment);
    return [...wrong, ...missing];
  });
  // Needed by whatever changes deployments, and not by a boot.
  attempts.sync(undefined, () => {
    const commit = deployment.commit as CommitId;
    if (images !== undefined && hasCommit(images.repository, commit))
      readCommit(images.repository, commit);
  });
  // That these are missing is told by what `repair` would do.
  const known = [`${DEPLOY_DIR}/${id} is missing`, `${DEPLOY_DIR}/${id}/etc is missing`];
  return [...state, ...image, ...attempts.problems].filter((problem) => !known.includes(problem));
}
