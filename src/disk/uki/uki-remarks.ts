/** What whoever makes the unified kernel image of a commit is told of the initramfs in it. */
import type { KernelArgument } from '../../formats/deployment/deployment.js';
import { readWholeContent, type Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { unifiedInitramfsProblems } from '../initramfs/unified-initramfs.js';
import { findKernel } from '../kernel.js';
import { findingOf, warning, type LintFinding } from '../lint/lint-finding.js';
import { unifiedInitramfs } from '../lint/rules/l39-unified-initramfs.js';

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

/** The same for whoever makes a machine that starts from it. @param words of its command line */
export async function ukiFindings(
  repository: Repository,
  revision: Pick<Revision, 'tree'>,
  words: readonly KernelArgument[],
  signal: AbortSignal | undefined,
): Promise<readonly LintFinding[]> {
  const commandLine = words.map(({ value }) => value).join(' ');
  const remarks = await ukiRemarks(repository, revision, commandLine, signal);
  return remarks.map((remark) => findingOf(unifiedInitramfs, warning(remark)));
}
