/**
 * What a new deployment starts from, and with which command line: kernel and initramfs of its image, or the unified kernel image that
 * lies beside its commit.
 */
import { configuredArguments, listMachineFiles } from '../../disk/configured-arguments.js';
import { findKernel, identifyKernel } from '../../disk/kernel.js';
import { requireNoArguments } from '../../disk/unified-kernel.js';
import {
  isUnified,
  type DeployedKernel,
  type Deployment,
  type KernelArgument,
} from '../../formats/deployment/deployment.js';
import { kernelFiles } from '../../formats/deployment/kernel-files.js';
import { showArgument } from '../../formats/kargs.js';
import type { Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { computeArguments, type ArgumentSources } from './arguments.js';
import { acceptUki, type UkiTrust } from './uki.js';

/** How a deployment is started. */
export interface Start {
  readonly kernel: DeployedKernel;
  readonly arguments: readonly KernelArgument[];
  /** What somebody asked for and does not get, one sentence each. */
  readonly remarks: readonly string[];
}

/** What this machine wants of a command line. */
export type Wishes = Pick<ArgumentSources, 'previous' | 'install' | 'changes'> & {
  /** Where the machine's `/etc` is now; undefined before the first deployment. */
  readonly etc: string | undefined;
};

/** @throws {RootsealError} PATH_NOT_FOUND when the tree has no kernel, or what is to be taken away is not there */
export async function startSeparate(
  repository: Repository,
  { commit, tree }: Revision,
  id: string,
  { previous, install, changes, etc }: Wishes,
): Promise<Start> {
  const kernel = await identifyKernel(repository, findKernel(tree, undefined));
  const configured = await configuredArguments(repository, tree, etc);
  const sources = { id, image: commit.image, previous, install, configured, changes };
  return { kernel, arguments: computeArguments(sources), remarks: [] };
}

/**
 * @throws {RootsealError} USAGE when somebody wants other arguments; as `acceptUki`
 */
export async function startUnified(
  repository: Repository,
  revision: Revision,
  trust: UkiTrust,
  { previous, changes, etc }: Wishes,
): Promise<Start> {
  requireNoArguments([...changes.append, ...changes.delete]);
  const unified = await acceptUki(repository, revision, trust);
  return { kernel: unified.kernel, arguments: unified.arguments, remarks: unheard(previous, etc) };
}

/** What this machine says elsewhere, and a unified kernel image does not hear. */
function unheard(previous: Deployment | undefined, etc: string | undefined): string[] {
  const files = listMachineFiles(etc).map(
    (file) =>
      `/etc/${file} has no effect: the command line of a unified kernel image is part of it`,
  );
  const given = (previous?.arguments ?? []).filter(({ from }) => from === 'verb');
  const words = given.map(
    ({ value }) =>
      `kernel argument ${showArgument(value)}, which was added by hand, is left out: the command line of a unified kernel image is part of it`,
  );
  return [...files, ...words];
}

/** Bytes of the files that are copied to the ESP. */
export function sizesOf(kernel: DeployedKernel): number[] {
  return kernelFiles(kernel).map(({ size }) => size ?? 0);
}

/**
 * Whether a commit is to be started from its unified kernel image: as somebody wishes, else as what is deployed before it.
 * @param previous the deployment that the new one continues
 */
export function isToBeUnified(
  wish: boolean | undefined,
  previous: Deployment | undefined,
): boolean {
  return wish ?? (previous !== undefined && isUnified(previous));
}
