/** Where upgrades come from, as people write it: `REMOTE/BRANCH`. */
import type { Origin } from '../../formats/deployment/deployment.js';
import { refNameProblem } from '../../repo/layout.js';
import { RootsealError } from '../../util/errors.js';

/** @throws {RootsealError} USAGE */
export function parseOrigin(text: string): Origin {
  const [, remote = '', branch = ''] = /^([^/]+)\/(.+)$/.exec(text) ?? [];
  const problem = refNameProblem(remote) ?? refNameProblem(branch);
  if (problem === undefined) return { remote, branch };
  throw new RootsealError('USAGE', `${JSON.stringify(text)} is not an origin: write REMOTE/BRANCH`);
}

export function printOrigin({ remote, branch }: Origin): string {
  return `${remote}/${branch}`;
}
