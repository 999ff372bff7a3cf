/** What differs between two states of `/etc`, path by path. Pure: what counts is asked of a `Comparison`. */
import { inodeOf, type Inode, type Tree } from '../../formats/tree/model.js';
import { joinPath } from '../../formats/tree/names.js';
import { ascii, type ByteString } from '../../util/bytes.js';
import type { Steps } from '../../util/steps.js';
import type { Comparison } from './compare.js';

export interface TreeChange {
  /** Added, modified, deleted. */
  readonly kind: 'A' | 'M' | 'D';
  /** `/etc/…` */
  readonly path: ByteString;
  /** What differs, as `Comparison` names it; empty unless it was modified. */
  readonly what: readonly string[];
  readonly before: Inode | undefined;
  readonly after: Inode | undefined;
}

interface Pair {
  readonly path: ByteString;
  readonly before: Inode | undefined;
  readonly after: Inode | undefined;
}

/** Directories before what is in them, siblings in byte order. The roots are `/etc`. A step is a path. */
export function* listChanges(
  before: Tree,
  after: Tree,
  comparison: Comparison,
): Steps<TreeChange[]> {
  const changes: TreeChange[] = [];
  const stack: Pair[] = [{ path: ascii('/etc'), before: before.root, after: after.root }];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    yield* comparison.prepare([pair.before, pair.after]);
    yield;
    if (pair.before === undefined) changes.push({ ...pair, kind: 'A', what: [] });
    else if (pair.after === undefined) changes.push({ ...pair, kind: 'D', what: [] });
    else if (pair.before !== pair.after) {
      const what = comparison.differences(pair.before, pair.after);
      if (what.length > 0) changes.push({ ...pair, kind: 'M', what });
    }
    // The stack gives back what was pushed last first.
    for (const child of pairsBelow(pair).reverse()) stack.push(child);
  }
  return changes;
}

function pairsBelow({ path, before, after }: Pair): Pair[] {
  const names = new Set<ByteString>();
  for (const side of [before, after])
    if (side?.kind === 'directory') for (const name of side.children.keys()) names.add(name);
  return [...names].sort().map((name) => ({
    path: joinPath(path, name),
    before: childOf(before, name),
    after: childOf(after, name),
  }));
}

function childOf(inode: Inode | undefined, name: ByteString): Inode | undefined {
  const entry = inode?.kind === 'directory' ? inode.children.get(name) : undefined;
  return entry === undefined ? undefined : inodeOf(entry);
}
