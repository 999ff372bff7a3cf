/** A deployment whose unified kernel image got other signatures: what is new goes to the ESP in its place. */
import { peHash } from '../../formats/authenticode/pe-hash.js';
import { identifyUki } from '../../formats/deployment/kernel-files.js';
import { isUnified, type Deployment } from '../../formats/deployment/deployment.js';
import { requireUki } from '../../repo/ukis.js';
import type { CommitId } from '../../formats/commit/commit.js';
import { deployedUkiOnEsp } from '../image/deployed-uki.js';
import type { Session } from '../record/session.js';

/**
 * Whether a deployment would start the very code that another starts, which only other signatures vouch for. Where the ESP lost what the
 * other one starts, nothing is worse than that.
 */
export async function isSignedAnew(
  { sysroot, revisions }: Session,
  old: Deployment | undefined,
  { commit, kernel }: Deployment,
): Promise<boolean> {
  if (old === undefined || !isUnified(old) || old.boots === 'bad') return false;
  if (old.commit !== commit || old.kernel.hash === kernel.hash) return false;
  const before = await deployedUkiOnEsp(sysroot.boot, old);
  const now = await requireUki(revisions.repository, commit as CommitId);
  // The record is to say what was looked at.
  if (identifyUki(kernel.release, now).hash !== kernel.hash) return false;
  return before === undefined || peHash(before).equals(peHash(now));
}
