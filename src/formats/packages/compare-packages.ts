/** What differs between the packages of two trees. */
import { compareUnits } from './numerals.js';
import type { Package, PackageManager } from './package.js';
import { VERSION_ORDERS } from './package-version-order.js';

/** A package of which there is another one now. */
export interface PackageUpdate {
  readonly before: Package;
  readonly after: Package;
}

/** Each list is sorted by name, then by architecture and manager. */
export interface PackageDifference {
  readonly added: readonly Package[];
  readonly removed: readonly Package[];
  readonly upgraded: readonly PackageUpdate[];
  readonly downgraded: readonly PackageUpdate[];
  /** Of the same version in the manager's order: another architecture, state or source, or another spelling of the version. */
  readonly changed: readonly PackageUpdate[];
}

/**
 * What makes `after` of `before`. Each package of either list that is not in the other one as it is occurs exactly once. Where a
 * name is there several times (architectures of dpkg, versions of rpm's kernels), those of the same architecture belong together,
 * then those that are left, from the oldest to the newest.
 */
export function comparePackages(
  before: readonly Package[],
  after: readonly Package[],
): PackageDifference {
  const from = byName(before);
  const to = byName(after);
  const lists = emptyLists();
  for (const key of new Set([...from.keys(), ...to.keys()]))
    compareNamesakes(from.get(key) ?? [], to.get(key) ?? [], lists);
  const ofUpdate = ({ after: now }: PackageUpdate): Package => now;
  return {
    added: sorted(lists.added, (found) => found),
    removed: sorted(lists.removed, (found) => found),
    upgraded: sorted(lists.upgraded, ofUpdate),
    downgraded: sorted(lists.downgraded, ofUpdate),
    changed: sorted(lists.changed, ofUpdate),
  };
}

/** Whether two trees have the same packages. */
export function isSamePackages(difference: PackageDifference): boolean {
  return Object.values(difference).every((list: readonly unknown[]) => list.length === 0);
}

interface Lists {
  readonly added: Package[];
  readonly removed: Package[];
  readonly upgraded: PackageUpdate[];
  readonly downgraded: PackageUpdate[];
  readonly changed: PackageUpdate[];
}

function emptyLists(): Lists {
  return { added: [], removed: [], upgraded: [], downgraded: [], changed: [] };
}

function byName(packages: readonly Package[]): Map<string, Package[]> {
  const groups = new Map<string, Package[]>();
  for (const found of packages) {
    const key = `${found.manager} ${found.name}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [found]);
    else group.push(found);
  }
  return groups;
}

/** Packages of one name, of one manager. */
function compareNamesakes(
  before: readonly Package[],
  after: readonly Package[],
  lists: Lists,
): void {
  const same = pair(before, after, identityOf);
  const alike = pair(same.before, same.after, ({ architecture }) => architecture);
  const others = pair(alike.before, alike.after, () => '');
  for (const update of [...alike.pairs, ...others.pairs]) listOf(update, lists).push(update);
  for (const gone of others.before) lists.removed.push(gone);
  for (const found of others.after) lists.added.push(found);
}

function listOf(update: PackageUpdate, lists: Lists): PackageUpdate[] {
  const { before, after } = update;
  const order = VERSION_ORDERS[after.manager](before.version, after.version);
  return order < 0 ? lists.upgraded : order > 0 ? lists.downgraded : lists.changed;
}

interface Pairing {
  readonly pairs: readonly PackageUpdate[];
  /** What has no other half. */
  readonly before: readonly Package[];
  readonly after: readonly Package[];
}

/** Puts together what has the same key, from the oldest version on. A database may have one name 200,000 times: no list is copied or shifted. */
function pair(
  before: readonly Package[],
  after: readonly Package[],
  keyOf: (found: Package) => string,
): Pairing {
  const waiting = new Map<string, Queue>();
  for (const found of [...after].sort(byVersion)) {
    const key = keyOf(found);
    const queue = waiting.get(key);
    if (queue === undefined) waiting.set(key, { items: [found], next: 0 });
    else queue.items.push(found);
  }
  const pairs: PackageUpdate[] = [];
  const alone: Package[] = [];
  for (const found of [...before].sort(byVersion)) {
    const other = takeFirst(waiting.get(keyOf(found)));
    if (other === undefined) alone.push(found);
    else pairs.push({ before: found, after: other });
  }
  const left = [...waiting.values()].map(({ items, next }) => items.slice(next));
  return { pairs, before: alone, after: left.flat() };
}

interface Queue {
  readonly items: Package[];
  /** Index of the first that was not taken. */
  next: number;
}

function takeFirst(queue: Queue | undefined): Package | undefined {
  return queue?.items[queue.next++];
}

/** All that is known of a package. */
function identityOf({ version, architecture, source, state }: Package): string {
  return [version, architecture, source?.name, source?.version, state].join(' ');
}

function byVersion(a: Package, b: Package): number {
  return VERSION_ORDERS[a.manager](a.version, b.version) || compareUnits(a.version, b.version);
}

function sorted<T>(items: T[], packageOf: (item: T) => Package): readonly T[] {
  const keyOf = (item: T): [string, string, PackageManager, string] => {
    const { name, architecture, manager, version } = packageOf(item);
    return [name, architecture, manager, version];
  };
  return items.sort((a, b) => {
    const left = keyOf(a);
    const right = keyOf(b);
    for (const [index, text] of left.entries()) {
      const order = compareUnits(text, right[index] ?? '');
      if (order !== 0) return order;
    }
    return 0;
  });
}
