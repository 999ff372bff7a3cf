/** What `status` says besides of deployments that cannot be started, and of state that was lost. */
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import { describeError } from '../../util/errors.js';
import type { Sysroot } from '../host/sysroot.js';
import { listLosses } from '../state/lost.js';
import { DEPLOY_DIR, loadRecord } from '../record/store.js';
import type { StatusReport } from '../status/status-report.js';
import { describeDeployment } from '../../formats/deployment/describe.js';
import { startProblems } from './check-startable.js';
import { imageProblems } from './startable-image.js';
import { stateProblems, sysrootProblems } from './startable-state.js';

/** The report with these problems after the others. It never fails because of what it finds. */
export async function withStartProblems(
  sysroot: Sysroot,
  report: StatusReport,
): Promise<StatusReport> {
  let problems: string[] = [];
  try {
    const shared = sysrootProblems(sysroot);
    problems = [...listLosses(sysroot), ...shared];
    const record = loadRecord(sysroot);
    for (const deployment of record.deployments)
      problems = [...problems, ...(await problemsOf(sysroot, record, deployment, shared))];
  } catch (error) {
    problems = [...problems, describeError(error)];
  }
  return { ...report, problems: [...new Set([...report.problems, ...problems])] };
}

/**
 * What may be started next is looked at as a whole; of the others, only whether all is there.
 * @param shared what is wrong for all of them, and was told
 */
async function problemsOf(
  sysroot: Sysroot,
  record: DeploymentRecord,
  deployment: Deployment,
  shared: readonly string[],
): Promise<string[]> {
  const { id } = deployment;
  const isStaged = id === record.staged;
  const isNext = [record.default, record.staged, record.rollback].includes(id);
  const found = isNext
    ? await attempt(() => startProblems(sysroot, record, deployment))
    : await attempt(() => [
        ...stateProblems(sysroot, deployment, isStaged),
        ...imageProblems(sysroot.repository(), deployment),
      ]);
  // That these are missing is told by what `repair` would do.
  const known = [`${DEPLOY_DIR}/${id} is missing`, `${DEPLOY_DIR}/${id}/etc is missing`];
  return found
    .filter((problem) => !shared.includes(problem) && !known.includes(problem))
    .map((problem) => `${describeDeployment(deployment)}: ${problem}`);
}

async function attempt(look: () => string[] | Promise<string[]>): Promise<string[]> {
  try {
    return await look();
  } catch (error) {
    return [describeError(error)];
  }
}
