/** What a report says of a seal in one sentence. */
import type { ReportFacts } from '../../../disk/report/report-facts.js';
import type { ReleaseFacts } from '../../../disk/report/release-facts.js';

export interface SealVerdict {
  readonly kind: 'accepted' | 'refused' | 'unknown';
  /** Lower case, without a full stop. */
  readonly reason: string;
}

/** Where no verifier key is known, a seal that has signatures is neither good nor bad: nobody can say. */
export function sealVerdict(
  { decision }: NonNullable<ReleaseFacts['seal']>,
  { knownKeyCount }: ReportFacts['trust'],
): SealVerdict {
  const { accepted, code, reason } = decision;
  if (accepted) return { kind: 'accepted', reason };
  if (knownKeyCount === 0 && code === 'SEAL_THRESHOLD')
    return { kind: 'unknown', reason: 'no verifier key is known here, so nobody can say' };
  return { kind: 'refused', reason };
}
