/** The unified kernel image of a commit, before it may be put on the ESP: compared with its commit, and shown to the firmware. */
import {
  requireUnifiedKernel,
  requireVouched,
  type UnifiedKernel,
} from '../../disk/unified-kernel.js';
import type { Certificate } from '../../formats/x509/certificate.js';
import type { Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { RootsealError } from '../../util/errors.js';
import type { FirmwareJudge } from '../boot-loader/firmware.js';

/** Who has a say besides the commit. */
export interface UkiTrust {
  /** Of the machine that is to start it; undefined when that is not this one. */
  readonly firmware: FirmwareJudge | undefined;
  /** Whether somebody asked for a seal: then all that is started has to be vouched for. */
  readonly isSealed: boolean;
  /** Which may vouch for what no seal does. */
  readonly certificates?: readonly Certificate[] | undefined;
}

/** @throws {RootsealError} as `requireUnifiedKernel`; SEAL_UNTRUSTED when the firmware refuses it, or nobody vouches for it */
export async function acceptUki(
  repository: Repository,
  revision: Revision,
  trust: UkiTrust,
): Promise<UnifiedKernel> {
  return acceptUnified(await requireUnifiedKernel(repository, revision), revision, trust);
}

/** The same of one that was compared with its commit. @throws {RootsealError} SEAL_UNTRUSTED */
export function acceptUnified(
  unified: UnifiedKernel,
  revision: Pick<Revision, 'id'>,
  { firmware, isSealed, certificates = [] }: UkiTrust,
): UnifiedKernel {
  const verdict = firmware?.(unified.bytes);
  if (verdict?.isAccepted === false)
    throw new RootsealError(
      'SEAL_UNTRUSTED',
      `the firmware of this machine would not start the unified kernel image of commit ${revision.id}: ${verdict.reason}`,
      { details: { commitId: revision.id } },
    );
  const isVouched = verdict !== undefined && !('isEnforced' in verdict);
  if (isSealed && !isVouched) requireVouched(unified, certificates);
  return unified;
}
