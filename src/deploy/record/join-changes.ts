/** Several changes of one turn as one. */
import type { Change } from './session.js';

/** From before the first of them to after the last; nothing that one of them did is lost. */
export function joinChanges(all: readonly Change[]): Change {
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) throw new TypeError('no change to join');
  return {
    before: first.before,
    record: last.record,
    actions: all.flatMap(({ actions }) => actions),
    merges: new Map(all.flatMap(({ merges }) => [...merges])),
    remarks: [...new Set(all.flatMap(({ remarks }) => remarks))],
    losses: all.flatMap(({ losses }) => losses),
  };
}
