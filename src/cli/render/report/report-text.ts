/** The report of two releases for a terminal: a line for each thing, the same words as on the page. */
import type { ReportFacts } from '../../../disk/report/report-facts.js';
import { toDisplay } from '../../../util/bytes.js';
import type { Paint } from '../color.js';
import { formatTable } from '../table.js';
import { labelsOf } from './shown-names.js';
import { summarize } from './report-summary.js';

/** Privileged files that are named; the page and the document have more. */
const NAMED_MAX = 10;

export function describeReport(facts: ReportFacts, paint: Paint): string {
  const { from, to } = labelsOf(facts);
  const rows = summarize(facts).map(({ name, value, detail }) => [
    `  ${name}`,
    `${value}; ${detail}`,
  ]);
  const appeared = facts.privileges.entries.filter(
    ({ kind }) => kind === 'appeared' || kind === 'changed',
  );
  const named = appeared
    .slice(0, NAMED_MAX)
    .map(({ path, kind }) => paint('bad', `  privileges ${kind}: ${toDisplay(path)}`));
  const more = appeared.length - named.length;
  return [
    paint('title', `${facts.to.commit.name}: ${from} to ${to}`),
    formatTable(rows).trimEnd(),
    ...named,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
}
