/** A unified kernel image that the repository lost, taken back from the ESP. */
import { isDeepStrictEqual } from 'node:util';
import { checkUnifiedKernel } from '../../disk/unified-kernel.js';
import { isUnified, type Deployment } from '../../formats/deployment/deployment.js';
import { identifyUki, kernelPath } from '../../formats/deployment/kernel-files.js';
import { UKI_SIZE_MAX } from '../../formats/uki/uki-sections.js';
import { readSmallFile } from '../../repo/durable.js';
import type { Revisions } from '../../repo/revisions.js';
import { readUki, writeUki } from '../../repo/ukis.js';
import { isInterruption, isSystemError, RootsealError } from '../../util/errors.js';

/**
 * Only what is found to be that of the commit; else it stays lost, and a problem.
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
    if (isThat(deployment, await readUki(repository, revision.id))) return false;
    const { hash } = deployment.kernel;
    const bytes = readSmallFile(`${boot}/${kernelPath(hash, 'uki.efi')}`, UKI_SIZE_MAX);
    if (bytes === undefined || !isThat(deployment, bytes)) return false;
    await checkUnifiedKernel(repository, revision, bytes);
    writeUki(repository, revision.id, bytes);
    return true;
  } catch (error) {
    if (isInterruption(error)) throw error;
    if (!(error instanceof RootsealError) && !isSystemError(error)) throw error;
    return false;
  }
}

function isThat({ kernel }: Deployment, bytes: Buffer | undefined): boolean {
  return bytes !== undefined && isDeepStrictEqual(identifyUki(kernel.release, bytes), kernel);
}
