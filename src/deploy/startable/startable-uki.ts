/** Whether the unified kernel image of a deployment would start it. */
import { checkUnifiedKernel } from '../../disk/unified-kernel.js';
import type { CommitId } from '../../formats/commit/commit.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import type { Tree } from '../../formats/tree/model.js';
import { readCommit } from '../../repo/commits.js';
import type { Repository } from '../../repo/repository.js';
import { describeError, isInterruption, RootsealError } from '../../util/errors.js';
import type { FirmwareJudge } from '../boot-loader/firmware.js';
import { deployedUki } from '../image/deployed-uki.js';

export interface UkiQuestion {
  /** Root directory of the ESP. */
  readonly boot: string;
  /** Undefined when it need not be compared with its commit: a boot of it was good. */
  readonly tree: Tree | undefined;
  /** Of the machine that is to start it; undefined when that is not this one. */
  readonly firmware: FirmwareJudge | undefined;
}

/** What is wrong with it. There is one in the repository, which may be another by now. Sentences that do not name the deployment. */
export async function ukiProblems(
  repository: Repository,
  deployment: Deployment,
  { boot, tree, firmware }: UkiQuestion,
): Promise<string[]> {
  const id = deployment.commit as CommitId;
  try {
    const bytes = await deployedUki(repository, boot, deployment);
    if (bytes === undefined)
      return [
        'its unified kernel image in the repository is not the one that was deployed, and the ESP does not have that',
      ];
    if (tree !== undefined)
      await checkUnifiedKernel(repository, { id, commit: readCommit(repository, id), tree }, bytes);
    const verdict = firmware?.(bytes);
    if (verdict?.isAccepted !== false) return [];
    return [`the firmware of this machine would not start it: ${verdict.reason}`];
  } catch (error) {
    if (!(error instanceof RootsealError) || isInterruption(error)) throw error;
    return [`its unified kernel image: ${describeError(error)}`];
  }
}
