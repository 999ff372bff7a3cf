/** What a report says in few words: the same on top of the page and on a terminal. */
import type { ReportFacts } from '../../../disk/report/report-facts.js';
import type { ReleaseFacts } from '../../../disk/report/release-facts.js';
import { countPackages, describeCounts } from '../../../formats/packages/summary.js';
import { sealVerdict } from './seal-verdict.js';
import { formatBytes } from '../units.js';
import { countOf } from './shown-names.js';

export interface SummaryLine {
  /** Of the section of the page that tells more. */
  readonly id: string;
  readonly name: string;
  /** One word or number, or two. */
  readonly value: string;
  readonly detail: string;
  readonly isBad: boolean;
}

export function summarize(facts: ReportFacts): SummaryLine[] {
  return [
    summarizePackages(facts),
    summarizePrivileges(facts),
    summarizeKernel(facts),
    summarizeFiles(facts),
    summarizeSeal(facts),
  ];
}

function summarizePackages({ packages: { difference, problem } }: ReportFacts): SummaryLine {
  const line = { id: 'packages', name: 'Packages' };
  if (difference === undefined)
    return { ...line, value: 'not known', detail: problem, isBad: false };
  const counts = countPackages(difference);
  const all = counts.added + counts.removed + counts.upgraded + counts.downgraded + counts.changed;
  return {
    ...line,
    value: all === 0 ? 'none changed' : `${all.toLocaleString('en')} changed`,
    detail: describeCounts(counts).replace(/^(\d+) packages? /, '$1 '),
    isBad: counts.downgraded > 0,
  };
}

function summarizeFiles({ files }: ReportFacts): SummaryLine {
  const contents = files.entries.filter(({ kind }) => kind !== 'attributes');
  return {
    id: 'files',
    name: 'Files',
    value: `${contents.length.toLocaleString('en')} changed`,
    detail: `${formatBytes(files.newBytes)} of content that the older release does not have`,
    isBad: false,
  };
}

function summarizePrivileges({ privileges: { entries, count } }: ReportFacts): SummaryLine {
  const countKind = (wanted: string) => entries.filter(({ kind }) => kind === wanted).length;
  const appeared = countKind('appeared') + countKind('changed');
  const others = [
    [countKind('content'), 'with new content'],
    [countKind('gone'), 'gone'],
  ].flatMap(([number = 0, words = '']) => (Number(number) > 0 ? [`${number} ${words}`] : []));
  return {
    id: 'privileges',
    name: 'Privileged files',
    value: appeared === 0 ? 'none new' : `${appeared} new`,
    detail: [...others, `${count} in all`].join(', '),
    isBad: appeared > 0,
  };
}

function summarizeKernel({ from, to, arguments: asked }: ReportFacts): SummaryLine {
  const [before, after] = [from.commit.kernel?.release, to.commit.kernel?.release];
  const changes = asked.added.length + asked.removed.length;
  const isBad = asked.to.problem !== undefined;
  const changed = changes === 0 ? 'the same arguments' : `${countOf(changes, 'argument')} changed`;
  const words = isBad ? 'its arguments cannot be read' : changed;
  return {
    id: 'kernel',
    name: 'Kernel',
    value: before === after ? 'the same' : 'changed',
    detail: before === after ? words : `${after ?? 'none'}, ${words}`,
    isBad,
  };
}

function summarizeSeal({ to, trust }: ReportFacts): SummaryLine {
  return { id: 'seals', name: 'Seal', ...sealWords(to, trust) };
}

function sealWords(
  { seal }: ReleaseFacts,
  trust: ReportFacts['trust'],
): Pick<SummaryLine, 'value' | 'detail' | 'isBad'> {
  if (seal === undefined) return { value: 'none', detail: 'it is not sealed', isBad: true };
  const { kind, reason } = sealVerdict(seal, trust);
  const value = kind === 'unknown' ? 'not checked' : kind;
  return { value, detail: reason, isBad: kind === 'refused' };
}
