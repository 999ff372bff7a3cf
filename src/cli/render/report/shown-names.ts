/** How a report calls its two releases, and what of them is text of others. */
import type { ReportFacts } from '../../../disk/report/report-facts.js';

export interface ReleaseLabels {
  readonly from: string;
  readonly to: string;
}

/** Their versions; with the beginning of the id, or the name, where the versions alone do not tell them apart. */
export function labelsOf({ from, to }: ReportFacts): ReleaseLabels {
  if (from.commit.name !== to.commit.name)
    return {
      from: `${from.commit.name} ${from.commit.version}`,
      to: `${to.commit.name} ${to.commit.version}`,
    };
  if (from.commit.version !== to.commit.version)
    return { from: from.commit.version, to: to.commit.version };
  return {
    from: `${from.commit.version} (${from.id.slice(0, 12)})`,
    to: `${to.commit.version} (${to.id.slice(0, 12)})`,
  };
}

/** What a list has besides what is shown: `, and 7 more`. */
export function andMore(count: number): string {
  return count === 0 ? '' : `, and ${count.toLocaleString('en')} more`;
}

/** `1 file`, `12,345 files`. */
export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
