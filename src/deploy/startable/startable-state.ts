/** What the boot program refuses of the state of a deployment (docs/formats/boot.md, "Root file system"). */
import type { Deployment, DeploymentId } from '../../formats/deployment/deployment.js';
import { directoryProblem, linkBeneath, statBeneath } from '../host/beneath.js';
import type { Sysroot } from '../host/sysroot.js';
import { DEPLOY_DIR, FLOOR_FILE } from '../record/store.js';

/** Where the link `var` of a deployment leads: to the data of its operating system, which all its deployments share. */
export function varLinkTarget(name: string): string {
  return `../../os/${name}/var`;
}

/** The directory of those data, relative to the sysroot. */
export function varDirectory(name: string): string {
  return `state/os/${name}/var`;
}

/** Sentences that begin with a path; empty when the boot program opens all of it. */
export function sysrootProblems({ directory: root }: Sysroot): string[] {
  const problems = ['composefs/objects', 'composefs/images'].flatMap((path) =>
    listOf(directoryProblem({ root, path })),
  );
  const floor = statBeneath({ root, path: FLOOR_FILE });
  if (floor !== undefined && floor.type !== 'file')
    problems.push(`${FLOOR_FILE} is not a regular file`);
  return [...new Set(problems)];
}

/**
 * @param isStaged whether it has no `etc` yet
 * @returns sentences that begin with a path; empty when the boot program opens all of it
 */
export function stateProblems(
  { directory: root }: Sysroot,
  { id, name, keys }: Deployment,
  isStaged: boolean,
): string[] {
  const place = `${DEPLOY_DIR}/${id}`;
  const own = directoryProblem({ root, path: place });
  if (own !== undefined) return [own];
  const problems = isStaged ? [] : listOf(directoryProblem({ root, path: `${place}/etc` }));
  if (linkBeneath({ root, path: `${place}/var` }) !== varLinkTarget(name))
    problems.push(`${place}/var is not a symbolic link to ${varLinkTarget(name)}`);
  const shared = directoryProblem({ root, path: varDirectory(name) });
  if (shared !== undefined) problems.push(shared);
  if (keys.length > 0 && statBeneath({ root, path: `${place}/seal` })?.type !== 'file')
    problems.push(`${place}/seal is missing or not a regular file`);
  return problems;
}

/**
 * What is in the way of a new deployment's state: what is there already is not made again.
 * @param name of the operating system
 * @param current the deployment whose `/etc` goes on
 */
export function placeProblems(
  { directory: root }: Sysroot,
  name: string,
  current: DeploymentId | undefined,
): string[] {
  const etc = current === undefined ? [] : [`${DEPLOY_DIR}/${current}/etc`];
  return [DEPLOY_DIR, varDirectory(name), ...etc].flatMap((path) =>
    listOf(directoryProblem({ root, path })).filter((problem) => !problem.endsWith('is missing')),
  );
}

function listOf(problem: string | undefined): string[] {
  return problem === undefined ? [] : [problem];
}
