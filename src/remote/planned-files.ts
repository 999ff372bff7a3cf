/** Files of a tree that is to be pulled: what is here is read here, and a few small ones are fetched before the others. */
import fs from 'node:fs';
import { resolvePath } from '../formats/tree/resolve.js';
import { contentFiles, type ContentFiles } from '../repo/packages/content-files.js';
import { objectSize } from '../repo/objects.js';
import type { Repository } from '../repo/repository.js';
import { fromText } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';
import type { PullPlan } from './pull-plan.js';
import { requireSpace } from './space.js';

/** Most that is fetched in this way: bytes, and objects. */
const BYTES_MAX = 32 * 1024 * 1024;
const OBJECTS_MAX = 16;

/**
 * Reading throws UNSUPPORTED for what would be too much to fetch, and what fetching throws. What was fetched stays for the pull, with
 * its digest checked.
 */
export function plannedFiles(repository: Repository, plan: PullPlan): ContentFiles {
  const { tree, downloads, transport, request } = plan;
  const here = contentFiles(repository, tree, request.signal);
  let [bytes, objects] = [BYTES_MAX, OBJECTS_MAX];
  return {
    resolve: (path) => here.resolve(path),
    names: (path) => here.names(path),
    read: async (path, limit) => {
      const file = resolvePath(tree, fromText(path));
      if (file?.kind !== 'file' || file.digest === undefined || file.size > limit)
        return here.read(path, limit);
      const { digest, size } = file;
      if (objectSize(repository, digest) === size) return here.read(path, limit);
      objects -= 1;
      bytes -= size;
      if (objects < 0 || bytes < 0)
        throw new RootsealError(
          'UNSUPPORTED',
          `${path} is too much to fetch before all is fetched`,
        );
      const wanted = { digest, size };
      requireSpace(repository, [wanted], downloads);
      await downloads.fetch(wanted, transport, {
        signal: request.signal,
        onBytes: () => undefined,
      });
      return fs.readFileSync(downloads.file(digest));
    },
  };
}
