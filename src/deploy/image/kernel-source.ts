/** Where the files that a deployment starts from are copied from: its image, or what lies beside its commit. */
import { findKernel } from '../../disk/kernel.js';
import type { CommitId } from '../../formats/commit/commit.js';
import { imageHex, isUnified, type Deployment } from '../../formats/deployment/deployment.js';
import { readContent } from '../../repo/read-tree.js';
import type { Revisions } from '../../repo/revisions.js';
import { requireUki } from '../../repo/ukis.js';
import type { Digest } from '../../util/digest.js';
import { pauser } from '../../util/pauses.js';
import type { KernelSource } from '../boot-loader/esp-kernel.js';

/**
 * @throws {RootsealError} PATH_NOT_FOUND when there is no such kernel; OBJECT_NOT_FOUND or OBJECT_CORRUPT when the image cannot be read
 */
export async function kernelSource(
  revisions: Revisions,
  deployment: Deployment,
  signal: AbortSignal | undefined,
): Promise<KernelSource> {
  const { repository } = revisions;
  if (isUnified(deployment)) {
    const bytes = await requireUki(repository, deployment.commit as CommitId);
    return () => inPieces(bytes, signal);
  }
  const tree = await revisions.tree(imageHex(deployment) as Digest, { signal });
  const kernel = findKernel(tree, deployment.kernel.release);
  return (name) =>
    readContent(repository, name === 'vmlinuz' ? kernel.vmlinuz : kernel.initrd, signal);
}

const PIECE_SIZE = 1 << 20;

/** So that a signal is heard in between. */
async function* inPieces(
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pause = pauser(signal);
  for (let start = 0; start < bytes.length; start += PIECE_SIZE) {
    yield bytes.subarray(start, start + PIECE_SIZE);
    await pause.takeIfDue();
  }
}
