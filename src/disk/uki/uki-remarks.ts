/** What whoever makes the unified kernel image of a commit is told of the initramfs in it. */
import { readWholeContent, type Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { unifiedInitramfsProblems } from '../initramfs/unified-initramfs.js';
import { findKernel } from '../kernel.js';

/** One sentence each. @param commandLine all words of it */
export async function ukiRemarks(
  repository: Repository,
  { tree }: Pick<Revision, 'tree'>,
  commandLine: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const { initrd } = findKernel(tree, undefined);
  return unifiedInitramfsProblems(await readWholeContent(repository, initrd, signal), commandLine);
}
