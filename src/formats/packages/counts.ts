/** How many packages a release changed against another one, as records and documents keep it. */
import { count, matching, object, required, type Rule } from '../shape.js';
import type { PackageCounts } from './summary.js';

/** Counts against the packages of a commit. */
export interface PackagesSince extends PackageCounts {
  /** Id of the commit. */
  readonly since: string;
}

/** A `PackagesSince` in a document. */
export const packagesSince: Rule = object({
  since: required(matching(/^[0-9a-f]{64}$/, 'a commit id')),
  upgraded: required(count),
  downgraded: required(count),
  changed: required(count),
  added: required(count),
  removed: required(count),
});

/** Of the way back. */
export function reversed({
  upgraded,
  downgraded,
  changed,
  added,
  removed,
}: PackageCounts): PackageCounts {
  return {
    upgraded: downgraded,
    downgraded: upgraded,
    changed,
    added: removed,
    removed: added,
  };
}
