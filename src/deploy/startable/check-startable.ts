/** Whether a deployment of a host can be started: one answer for `deploy`, `rollback`, `finalize-staged`, `repair` and `status`. */
import { describeFinding } from '../../disk/lint/lint-finding.js';
import { lintImage } from '../../disk/lint/lint.js';
import { filesOfTree } from '../../disk/image-files.js';
import { imageHex, isUnified, type Deployment } from '../../formats/deployment/deployment.js';
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import type { CommitId } from '../../formats/commit/commit.js';
import type { Tree } from '../../formats/tree/model.js';
import { readCommit } from '../../repo/commits.js';
import { ImageViews } from '../../repo/image-views.js';
import type { Repository } from '../../repo/repository.js';
import type { Digest } from '../../util/digest.js';
import { describeError, isInterruption, RootsealError } from '../../util/errors.js';
import { firmwareOf, type FirmwareJudge } from '../boot-loader/firmware.js';
import type { Sysroot } from '../host/sysroot.js';
import { describeDeployment } from '../../formats/deployment/describe.js';
import { imageProblems, objectProblems } from './startable-image.js';
import { ukiProblems } from './startable-uki.js';
import { placeProblems, stateProblems, sysrootProblems } from './startable-state.js';

/** Sentences that do not name the deployment. */
export interface StartProblems {
  /** The repository does not have all that the image is made of. */
  readonly missing: readonly string[];
  /** Everything else. */
  readonly wrong: readonly string[];
}

/** All that is wrong with a deployment before it is booted. The whole image is read. */
export async function findStartProblems(
  sysroot: Sysroot,
  record: DeploymentRecord,
  deployment: Deployment,
  signal?: AbortSignal,
): Promise<StartProblems> {
  const isStaged = deployment.id === record.staged;
  const state = [...sysrootProblems(sysroot), ...stateProblems(sysroot, deployment, isStaged)];
  const images = new ImageViews(sysroot.repository(), signal);
  const host = { record, boot: sysroot.boot, firmware: firmwareOf(sysroot) };
  const { missing, wrong } = await findImageProblems(images, host, deployment);
  return { missing, wrong: [...state, ...wrong] };
}

/** The same in one list; empty when it can be started. */
export async function startProblems(
  sysroot: Sysroot,
  record: DeploymentRecord,
  deployment: Deployment,
  signal?: AbortSignal,
): Promise<string[]> {
  const { missing, wrong } = await findStartProblems(sysroot, record, deployment, signal);
  return [...wrong, ...missing];
}

/** What is known of the host of a deployment. */
export interface Host {
  readonly record: DeploymentRecord;
  /** Root directory of the ESP. */
  readonly boot: string;
  /** Undefined when it is not this machine. */
  readonly firmware: FirmwareJudge | undefined;
}

/**
 * What is wrong with the image of a deployment, and with its unified kernel image, alone.
 * @param images of the repository of its sysroot
 */
export async function findImageProblems(
  images: ImageViews,
  { record, boot, firmware }: Host,
  deployment: Deployment,
): Promise<StartProblems> {
  const { repository } = images;
  const missing = imageProblems(repository, deployment);
  if (missing.length > 0) return { missing, wrong: [] };
  const image = imageHex(deployment) as Digest;
  try {
    const lacking = objectProblems(await images.missingObjects(image));
    if (lacking.length > 0) return { missing: lacking, wrong: [] };
    // What a good boot has shown need not be guessed.
    const tree = isProven(record, deployment) ? undefined : await images.tree(image);
    const wrong = tree === undefined ? [] : await lintProblems(repository, deployment, tree);
    if (!isUnified(deployment)) return { missing: [], wrong };
    const unified = await ukiProblems(repository, deployment, { boot, tree, firmware });
    return { missing: [], wrong: [...wrong, ...unified] };
  } catch (error) {
    if (!(error instanceof RootsealError) || isInterruption(error)) throw error;
    return { missing: [], wrong: [`its image cannot be read: ${describeError(error)}`] };
  }
}

async function lintProblems(
  repository: Repository,
  deployment: Deployment,
  tree: Tree,
): Promise<string[]> {
  const id = deployment.commit as CommitId;
  const findings = await lintImage({
    files: filesOfTree(repository, tree),
    commit: { repository, id, commit: readCommit(repository, id) },
    kernel: deployment.kernel.release,
  });
  return findings.filter(({ isRefused }) => isRefused).map(describeFinding);
}

/** Whether a boot of its commit was good here. */
export function isProven(
  { deployments }: DeploymentRecord,
  { commit }: Pick<Deployment, 'commit'>,
): boolean {
  return deployments.some((one) => one.commit === commit && one.boots === 'good');
}

/**
 * @throws {RootsealError} OBJECT_NOT_FOUND when its image or its objects are missing, else FORMAT_INVALID, with all that is wrong
 */
export async function requireStartableDeployment(
  sysroot: Sysroot,
  record: DeploymentRecord,
  deployment: Deployment,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { missing, wrong } = await findStartProblems(sysroot, record, deployment, signal);
  const problems = [...wrong, ...missing];
  if (problems.length === 0) return;
  const isLacking = wrong.length === 0;
  throw new RootsealError(
    isLacking ? 'OBJECT_NOT_FOUND' : 'FORMAT_INVALID',
    `${describeDeployment(deployment)} cannot be started: ${problems.join('; ')}`,
    {
      details: { id: deployment.id },
      hint: isLacking
        ? '`rootseal fsck --repair DIR` fetches what is missing from another repository'
        : '`rootseal repair` repairs what can be repaired',
    },
  );
}

/**
 * @param current the deployment whose `/etc` goes on
 * @throws {RootsealError} FORMAT_INVALID when what is there would keep the boot program from starting a new deployment, or leads
 *   out of the sysroot
 */
export function requireGoodPlace(
  sysroot: Sysroot,
  name: string,
  current: Deployment | undefined,
): void {
  const problems = [...sysrootProblems(sysroot), ...placeProblems(sysroot, name, current?.id)];
  if (problems.length === 0) return;
  throw new RootsealError(
    'FORMAT_INVALID',
    `the boot program would refuse what is in ${sysroot.directory}: ${problems.join('; ')}`,
  );
}
