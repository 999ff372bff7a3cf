/** Refuses deployments that could not be carried out, whoever asked for their kernel arguments. */
import { bootingProblem } from '../formats/deployment/bootable.js';
import type { Deployment } from '../formats/deployment/deployment.js';
import { RootsealError } from '../util/errors.js';

/**
 * To be asked before anything of a new deployment is written.
 * @throws {RootsealError} USAGE when what was given by hand makes it impossible; FORMAT_INVALID when it is what files and
 *   installation ask for
 */
export function requireBootable(deployment: Deployment): void {
  const problem = bootingProblem(deployment);
  if (problem === undefined) return;
  const asked = deployment.arguments.filter(({ from }) => from !== 'verb');
  const isByHand = bootingProblem({ ...deployment, arguments: asked }) === undefined;
  throw new RootsealError(isByHand ? 'USAGE' : 'FORMAT_INVALID', problem, {
    hint: isByHand
      ? 'give fewer or shorter arguments; `rootseal kargs` shows who wants what, and its `--karg-delete` takes some away'
      : 'files of kargs.d in the image or in /etc ask for too much: rootseal-kargs.d(5)',
  });
}
