/** A unified kernel image that the repository lost, taken back from the ESP. */
import { checkUnifiedKernel } from '../../disk/unified-kernel.js';
import { isUnified, type Deployment } from '../../formats/deployment/deployment.js';
import type { Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import type { Revisions } from '../../repo/revisions.js';
import { readUki, removeUki, writeUki } from '../../repo/ukis.js';
import { isInterruption, isSystemError, RootsealError } from '../../util/errors.js';
import { deployedUkiOnEsp } from '../image/deployed-uki.js';

/**
 * Only what is found to be that of the commit; else it stays lost, and a problem. One of the commit that came later, such as one signed
 * anew, stays.
 * @param boot root directory of the ESP
 * @returns whether it was
 */
export async function restoreUki(
  revisions: Revisions,
  boot: string,
  deployment: Deployment,
): Promise<boolean> {
  if (!isUnified(deployment)) return false;
  const { repository } = revisions;
  try {
    const revision = await revisions.read(deployment.commit);
    if (await hasUkiOf(repository, revision)) return false;
    const bytes = await deployedUkiOnEsp(boot, deployment);
    if (bytes === undefined) return false;
    await checkUnifiedKernel(repository, revision, bytes);
    // A directory in its place is in the way.
    removeUki(repository, revision.id);
    writeUki(repository, revision.id, bytes);
    return true;
  } catch (error) {
    if (isInterruption(error)) throw error;
    if (!(error instanceof RootsealError) && !isSystemError(error)) throw error;
    return false;
  }
}

async function hasUkiOf(repository: Repository, revision: Revision): Promise<boolean> {
  try {
    const bytes = await readUki(repository, revision.id);
    if (bytes === undefined) return false;
    await checkUnifiedKernel(repository, revision, bytes);
    return true;
  } catch (error) {
    if (!(error instanceof RootsealError) || isInterruption(error)) throw error;
    return false;
  }
}
