/**
 * Gives kernels on the ESP the names that this version would give them. They are copied to the new name, and the old one goes when no
 * entry calls for it any more; where there is no room for both, or a kernel cannot be read, the old name stays, and boots.
 */
import { identifyKernel, findKernel } from '../../disk/kernel.js';
import type { Deployment, SeparateKernel } from '../../formats/deployment/deployment.js';
import { findDeployment } from '../../formats/deployment/record.js';
import { isInterruption, isSystemError, RootsealError } from '../../util/errors.js';
import { readEsp } from '../boot-loader/read-esp.js';
import { requireSpace } from '../space/require.js';
import type { Session } from './session.js';

export async function renameKernels(session: Session): Promise<void> {
  for (const { id } of session.record.deployments) {
    const deployment = findDeployment(session.record, id);
    if (deployment !== undefined && isOldName(deployment)) await renameOne(session, deployment);
  }
}

/** Unified kernel images were never called otherwise. */
function isOldName({ kernel: { sizes, uki } }: Deployment): boolean {
  return sizes === undefined && uki === undefined;
}

async function renameOne(session: Session, deployment: Deployment): Promise<void> {
  try {
    const kernel = await identify(session, deployment);
    const { sysroot, record } = session;
    const isThere = readEsp(sysroot.boot).kernels.some(({ name }) => name === kernel.hash);
    const files = isThere ? [] : [kernel.sizes.vmlinuz, kernel.sizes.initrd];
    requireSpace({ place: 'the ESP', directory: sysroot.boot, files }, record);
    await session.apply({ is: 'rename-kernel', ids: sharing(session, deployment), kernel });
  } catch (error) {
    // It is not part of what was asked for.
    if (isInterruption(error)) throw error;
    if (!(error instanceof RootsealError) && !isSystemError(error)) throw error;
  }
}

async function identify(
  { revisions, signal }: Session,
  deployment: Deployment,
): Promise<SeparateKernel> {
  const { repository } = revisions;
  const { tree } = await revisions.read(deployment.commit, signal);
  return identifyKernel(repository, findKernel(tree, deployment.kernel.release));
}

/** Deployments of the same image: they have the same kernel for certain. */
function sharing({ record }: Session, { image, kernel }: Deployment): string[] {
  return record.deployments
    .filter((one) => one.image === image && one.kernel.hash === kernel.hash)
    .map(({ id }) => id);
}
