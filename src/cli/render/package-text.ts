/** A package difference for people. */
import type { PackageDifference, PackageUpdate } from '../../formats/packages/compare-packages.js';
import type { Package } from '../../formats/packages/package.js';
import { countPackages, describeCounts } from '../../formats/packages/summary.js';
import type { Changelogs } from '../documents/package-facts.js';
import { formatTable } from './table.js';

/** A line for each package, kind by kind, and the summary; below an upgraded one what its changelog says. */
export function describePackages(difference: PackageDifference, changelogs?: Changelogs): string {
  const { upgraded, downgraded, changed, added, removed } = difference;
  const name = namesOf(difference);
  const update = (how: string, list: readonly PackageUpdate[]) =>
    list.map((one) => ({
      row: [how, name(one.after), changeOf(one)],
      below: changelogs?.get(one) ?? [],
    }));
  const single = (how: string, list: readonly Package[]) =>
    list.map((one) => ({ row: [how, name(one), one.version], below: [] }));
  const items = [
    ...update('upgraded', upgraded),
    ...update('downgraded', downgraded),
    ...update('changed', changed),
    ...single('new', added),
    ...single('removed', removed),
  ];
  const lines = formatTable(items.map(({ row }) => row)).split('\n');
  const text = items.map(({ below }, index) => {
    const entries = below.map(({ version, lines: said }) =>
      [`    ${version}`, ...said.map((line) => `    ${line}`), ''].join('\n'),
    );
    return [lines[index], ...entries].join('\n');
  });
  return [...text, describeCounts(countPackages(difference))].join('\n');
}

/** With the architecture where the name alone does not say which one. */
function namesOf(difference: PackageDifference): (found: Package) => string {
  const counts = new Map<string, number>();
  for (const list of [
    difference.added,
    difference.removed,
    ...[difference.upgraded, difference.downgraded, difference.changed].map((updates) =>
      updates.map(({ after }) => after),
    ),
  ])
    for (const { name } of list) counts.set(name, (counts.get(name) ?? 0) + 1);
  return ({ name, architecture }) =>
    (counts.get(name) ?? 0) > 1 ? `${name}:${architecture}` : name;
}

/** `1.0 -> 1.1`, and whatever else differs. */
function changeOf({ before, after }: PackageUpdate): string {
  const notes = [
    [before.architecture, after.architecture],
    [before.state ?? 'installed', after.state ?? 'installed'],
  ].filter(([from, to]) => from !== to);
  const version =
    before.version === after.version ? after.version : `${before.version} -> ${after.version}`;
  const more = notes.map(([from = '', to = '']) => `${from} -> ${to}`);
  return more.length === 0 ? version : `${version} (${more.join(', ')})`;
}
