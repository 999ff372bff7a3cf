/** Packages that were added, removed, upgraded or downgraded. */
import type { ReportFacts } from '../../../disk/report/report-facts.js';
import { element, type Content, type Html } from '../../../formats/html/element.js';
import { isSamePackages, type PackageUpdate } from '../../../formats/packages/compare-packages.js';
import type { Package } from '../../../formats/packages/package.js';
import { countPackages, describeCounts } from '../../../formats/packages/summary.js';
import { capList } from './capped-list.js';
import { countOf } from './shown-names.js';
import { code, folded, paragraph, section, table, verdict, type Column } from './parts.js';

/** Packages of one list that the page has, and that are seen at once. */
const LISTED_MAX = 500;
const OPEN_MAX = 25;

export function packagesSection({ packages }: ReportFacts): Html {
  const { difference, problem } = packages;
  if (difference === undefined)
    return section('packages', 'Packages', paragraph(`Not known: ${problem}.`));
  if (isSamePackages(difference))
    return section('packages', 'Packages', paragraph('No package changed.'));
  const { added, removed, upgraded, downgraded, changed } = difference;
  return section('packages', 'Packages', [
    paragraph(`${describeCounts(countPackages(difference))}.`),
    ...updateList('Downgraded', downgraded, 'bad'),
    ...updateList('Upgraded', upgraded),
    ...packageList('New', added),
    ...packageList('Removed', removed),
    ...updateList('Of the same version, but not the same', changed),
  ]);
}

const UPDATE_COLUMNS: readonly Column[] = [
  { heading: 'Package' },
  { heading: 'Before' },
  { heading: 'After' },
];

function updateList(title: string, updates: readonly PackageUpdate[], kind?: 'bad'): Html[] {
  const rows = updates.map(({ before, after }) => ({
    cells: [nameOf(after), versionOf(before, after), versionOf(after, before)],
    length: after.name.length + before.version.length + after.version.length,
  }));
  return list(title, UPDATE_COLUMNS, rows, kind);
}

function packageList(title: string, packages: readonly Package[]): Html[] {
  const rows = packages.map((found) => ({
    cells: [nameOf(found), versionOf(found)],
    length: found.name.length + found.version.length,
  }));
  return list(title, [{ heading: 'Package' }, { heading: 'Version' }], rows);
}

interface Row {
  readonly cells: readonly Content[];
  readonly length: number;
}

function list(
  title: string,
  columns: readonly Column[],
  rows: readonly Row[],
  kind?: 'bad',
): Html[] {
  if (rows.length === 0) return [];
  const { shown, left } = capList(rows, LISTED_MAX, ({ length }) => length);
  const count = rows.length.toLocaleString('en');
  const tableOf = (caption: Content, part: readonly Row[]) =>
    table({ caption, className: 'packages', columns, rows: part.map(({ cells }) => cells) });
  const heading = `${title}: ${count}`;
  const [open, more] = [shown.slice(0, OPEN_MAX), shown.slice(OPEN_MAX)];
  const rest = `${title}: ${more.length.toLocaleString('en')} more`;
  return [
    element('h3', {}, kind === undefined ? heading : verdict(kind, heading)),
    tableOf(element('span', { class: 'heard' }, heading), open),
    ...(more.length === 0 ? [] : [folded(rest, tableOf(rest, more))]),
    ...(left.length === 0
      ? []
      : [paragraph(`And ${countOf(left.length, 'more package')}, not listed here.`, 'more')]),
  ];
}

function nameOf({ name }: Package): Content {
  return code(name);
}

/** The version, and what else differs from the other side. */
function versionOf(found: Package, other?: Package): readonly (string | Html)[] {
  const notes = notesOf(found, other);
  return [
    code(found.version),
    ...(notes.length === 0 ? [] : [element('span', { class: 'note' }, notes.join(', '))]),
  ];
}

function notesOf(found: Package, other: Package | undefined): string[] {
  const { architecture, state } = found;
  const notes = state === undefined ? [] : [state];
  if (other === undefined) return notes;
  if (architecture !== other.architecture) notes.unshift(architecture);
  // Of another version it is of another source, as a rule.
  const source = describeSource(found);
  if (found.version === other.version && source !== describeSource(other)) notes.push(source);
  return notes;
}

function describeSource({ source }: Package): string {
  return source === undefined
    ? 'of a source that is not named'
    : ['of source', source.name, ...(source.version === undefined ? [] : [source.version])].join(
        ' ',
      );
}
