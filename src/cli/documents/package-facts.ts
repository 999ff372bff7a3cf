/** Packages for programs. */
import type { PackageDifference, PackageUpdate } from '../../formats/packages/compare-packages.js';
import type { PackagesSince } from '../../formats/packages/counts.js';
import type { ChangelogEntry } from '../../formats/packages/deb-changelog.js';
import type { Package } from '../../formats/packages/package.js';

/** What the changelogs say, by update; no entry where they say nothing. */
export type Changelogs = ReadonlyMap<PackageUpdate, readonly ChangelogEntry[]>;

export function documentOfPackages(difference: PackageDifference, changelogs?: Changelogs) {
  const update = (one: PackageUpdate) => ({
    before: documentOfPackage(one.before),
    after: documentOfPackage(one.after),
    ...(changelogs === undefined ? {} : { changelog: changelogs.get(one) ?? [] }),
  });
  return {
    upgradedPackages: difference.upgraded.map(update),
    downgradedPackages: difference.downgraded.map(update),
    changedPackages: difference.changed.map(update),
    addedPackages: difference.added.map(documentOfPackage),
    removedPackages: difference.removed.map(documentOfPackage),
  };
}

export function documentOfPackage({ source, state, ...facts }: Package) {
  return {
    ...facts,
    source: source === undefined ? null : { name: source.name, version: source.version ?? null },
    state: state ?? null,
  };
}

/** How many packages differ from those of a commit. */
export function documentOfCounts(counts: PackagesSince) {
  return {
    sinceId: counts.since,
    upgradedCount: counts.upgraded,
    downgradedCount: counts.downgraded,
    changedCount: counts.changed,
    addedCount: counts.added,
    removedCount: counts.removed,
  };
}
