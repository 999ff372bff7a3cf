/** Whether the unified kernel image of a commit takes credentials that nobody signed. */
import { readWholeContent, type Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { credentialsProblem } from '../initramfs/system-credentials.js';
import { findKernel } from '../kernel.js';

/** Says that it does, or nothing. @param commandLine all words of it */
export function ukiCredentialsProblem(
  repository: Repository,
  { tree }: Pick<Revision, 'tree'>,
  commandLine: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { initrd } = findKernel(tree, undefined);
  return credentialsProblem(() => readWholeContent(repository, initrd, signal), commandLine);
}
