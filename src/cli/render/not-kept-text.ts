/** Tells what an archive says and an image does not hold. */
import { TIMES_NOT_KEPT } from '../../formats/tar/not-kept.js';
import type { NotKept } from '../../repo/source/collect-not-kept.js';
import type { Context } from '../context.js';

/** One remark for each kind; times that no image has only with `--verbose`. */
export function remarkNotKept(context: Context, notKept: readonly NotKept[] = []): void {
  for (const { what, members, first } of notKept) {
    if (!context.verbose && TIMES_NOT_KEPT.has(what)) continue;
    const count = members === 1 ? '1 member' : `${members} members`;
    context.remark(`the archive has what is not kept: ${what} (${count}, the first is ${first})`);
  }
}
