/** The frame of every change: locks, what a killed process left, kernels that want another name. */
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import { takeOverDeployments } from '../../repo/deployment-refs.js';
import { removeLeftoversIfAlone } from '../../repo/leftovers.js';
import type { Repository } from '../../repo/repository.js';
import { isSystemError } from '../../util/errors.js';
import { withPauses } from '../../util/pauses.js';
import { removeUnfinished as removeUnfinishedEntries } from '../boot-loader/write-esp.js';
import { removeUnfinished } from '../etc/place.js';
import { requireNoObstacle } from '../host/beneath.js';
import type { Sysroot } from '../host/sysroot.js';
import { explainChange } from './failure.js';
import { renameKernels } from './rename-kernels.js';
import { refsOf } from './roots.js';
import { Session, type SessionOptions } from './session.js';
import { DEPLOY_DIR, loadRecord } from './store.js';

/**
 * Runs `action` while no other process changes deployments and the repository's objects stay.
 * @throws {RootsealError} LOCKED; FORMAT_INVALID when the record is damaged, or something else than a directory holds the states
 */
export async function withSession<T>(
  sysroot: Sysroot,
  options: SessionOptions,
  action: (session: Session) => Promise<T>,
  load: (sysroot: Sysroot) => DeploymentRecord = loadRecord,
): Promise<T> {
  try {
    requireNoObstacle({ root: sysroot.directory, path: DEPLOY_DIR });
    return await sysroot.withLock(options, async () => {
      const repository = sysroot.repository();
      await clearUp(repository);
      const lock = await repository.lock('shared', { signal: options.signal });
      try {
        // Nobody else is at work, so what is unfinished was left by somebody who was killed.
        await withPauses(removeUnfinished(sysroot.file(DEPLOY_DIR)), options.signal);
        removeUnfinishedEntries(sysroot.boot);
        const record = load(sysroot);
        await takeOverDeployments(repository, refsOf(record));
        const session = new Session(sysroot, record, options);
        const result = await action(session);
        if (session.hasChanged) await renameKernels(session);
        return result;
      } finally {
        lock.release();
      }
    });
  } catch (error) {
    throw explainChange(error, sysroot);
  }
}

/** Refs of deployments are written in the repository, and a kill may have left one half made. It is in nobody's way. */
async function clearUp(repository: Repository): Promise<void> {
  try {
    await removeLeftoversIfAlone(repository);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
