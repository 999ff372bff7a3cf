/** What an archive says and an image does not hold, in documents for programs. */
import type { NotKept } from '../../repo/source/collect-not-kept.js';

export function documentOfNotKept(notKept: readonly NotKept[] = []) {
  return notKept.map(({ what, members, first }) => ({ what, memberCount: members, first }));
}
