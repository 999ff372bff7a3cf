/** `--clamp-mtime`: no time in the tree is later than a given one. */
import type { Tree } from '../../formats/tree/model.js';
import { walk } from '../../formats/tree/walk.js';

/** @param latest seconds since 1970; undefined leaves the tree as it is */
export function clampTimes(tree: Tree, latest: number | undefined): void {
  if (latest === undefined) return;
  for (const { entry } of walk(tree)) {
    if (entry.kind === 'link' || entry.mtimeSec < latest) continue;
    entry.mtimeSec = latest;
    entry.mtimeNsec = 0;
  }
}
