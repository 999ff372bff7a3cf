/** A branch of a remote, as `pull` and `switch` take it: REMOTE/BRANCH, or REMOTE BRANCH. */
import { RootsealError } from '../util/errors.js';

export const REMOTE = {
  type: 'string',
  takes: 'REMOTE',
  demandOption: true,
  describe: 'name of the remote here; or REMOTE/BRANCH',
} as const;

export const BRANCH = {
  type: 'string',
  takes: 'REMOTE BRANCH',
  demandOption: true,
  describe: 'the branch there',
} as const;

/**
 * REMOTE/BRANCH. A remote's name has no slash, so that it is clear which of both was written.
 * @throws {RootsealError} USAGE when there is no branch, or a remote with a slash
 */
export function originText(
  command: string,
  { remote, branch }: { readonly remote: string; readonly branch: string | undefined },
): string {
  const hint = `\`rootseal help ${command}\` says how it is used`;
  if (branch === undefined && !remote.includes('/'))
    throw new RootsealError(
      'USAGE',
      `${command}: BRANCH is missing. Usage: rootseal ${command} REMOTE BRANCH`,
      { hint },
    );
  if (branch === undefined) return remote;
  if (!remote.includes('/')) return `${remote}/${branch}`;
  throw new RootsealError('USAGE', `${command}: write REMOTE/BRANCH or REMOTE BRANCH, not both`, {
    hint,
  });
}
