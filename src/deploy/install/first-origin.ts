/** Where an installed machine gets upgrades from: a remote that it knows from the beginning, and a branch there. */
import type { Origin } from '../../formats/deployment/deployment.js';
import { locationProblem } from '../../remote/location.js';
import { RootsealError } from '../../util/errors.js';
import { parseOrigin } from '../record/origin.js';

export interface InstallOrigin {
  readonly branch: Origin;
  readonly url: string;
}

/**
 * @param origin `REMOTE/BRANCH`
 * @throws {RootsealError} USAGE when only one of both is given, or one is not valid
 */
export function parseInstallOrigin(
  origin: string | undefined,
  url: string | undefined,
): InstallOrigin | undefined {
  if (origin === undefined && url === undefined) return undefined;
  if (origin === undefined || url === undefined)
    throw new RootsealError('USAGE', '--origin and --url need each other');
  const problem = locationProblem(url);
  if (problem !== undefined) throw new RootsealError('USAGE', `--url ${url}: ${problem}`);
  return { branch: parseOrigin(origin), url };
}
