/** What a remote has. */
import { listRefs, type Ref } from '../repo/refs.js';
import { Repository } from '../repo/repository.js';
import { RootsealError } from '../util/errors.js';
import type { Remote } from './remotes.js';
import { parseLocation } from './location.js';

/**
 * Branches with their commits, in byte order. Whatever is wrong with one is told when it is pulled.
 * @throws {RootsealError} UNSUPPORTED for a web server, which does not say what files it has; REPOSITORY_NOT_FOUND
 */
export function listBranches({ name, url }: Remote): readonly Ref[] {
  const location = parseLocation(url);
  if (location.kind === 'directory')
    return listRefs(Repository.open(location.path)).refs.filter(({ kind }) => kind === 'branch');
  throw new RootsealError(
    'UNSUPPORTED',
    `remote ${name}: a web server does not list the branches that it has`,
    { hint: '`rootseal branch list --all` lists those that were pulled' },
  );
}
