/** A release that did not work on this host: it is not taken again by itself, and that is not the same as having nothing to do. */
import type { Deployment } from '../../formats/deployment/deployment.js';
import { RootsealError } from '../../util/errors.js';

/**
 * @param failed the deployment that is marked bad
 * @param hint how it is taken nevertheless
 */
export function failedHere(failed: Deployment, hint: string): RootsealError {
  const { id, commit, name, release, failure } = failed;
  const reason = failure?.reason ?? 'for an unknown reason';
  return new RootsealError('FAILED_HERE', `${name} ${release} failed here before: ${reason}`, {
    details: { commitId: commit, deployment: id },
    hint,
  });
}
