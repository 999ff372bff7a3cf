/** A package difference in a few words. */
import type { PackageDifference } from './compare-packages.js';

/** How many packages were changed in which way. */
export interface PackageCounts {
  readonly added: number;
  readonly removed: number;
  readonly upgraded: number;
  readonly downgraded: number;
  readonly changed: number;
}

export function countPackages(difference: PackageDifference): PackageCounts {
  return {
    added: difference.added.length,
    removed: difference.removed.length,
    upgraded: difference.upgraded.length,
    downgraded: difference.downgraded.length,
    changed: difference.changed.length,
  };
}

export function changesNothing(counts: PackageCounts): boolean {
  const { added, removed, upgraded, downgraded, changed } = counts;
  return added + removed + upgraded + downgraded + changed === 0;
}

/** `37 packages upgraded, 2 new`; `no package changed`. */
export function describeCounts(counts: PackageCounts): string {
  const parts = [
    [counts.upgraded, 'upgraded'],
    [counts.downgraded, 'downgraded'],
    [counts.changed, 'changed'],
    [counts.added, 'new'],
    [counts.removed, 'removed'],
  ] as const;
  const [first, ...rest] = parts.filter(([count]) => count > 0);
  if (first === undefined) return 'no package changed';
  const [count, how] = first;
  const head = `${count} package${count === 1 ? '' : 's'} ${how}`;
  return [head, ...rest.map(([number, what]) => `${number} ${what}`)].join(', ');
}
