/** The report of two releases as one page (rootseal-report(1)). A function of the facts and the program's version. */
import type { ReportFacts } from '../../../disk/report/report-facts.js';
import { element, together, type Html } from '../../../formats/html/element.js';
import { printPage } from '../../../formats/html/page.js';
import { filesSection } from './files-section.js';
import { kernelSection } from './kernel-section.js';
import { labelsOf } from './shown-names.js';
import { packagesSection } from './packages-section.js';
import { privilegesSection } from './privileges-section.js';
import { digestsSection, releasesSection } from './releases-section.js';
import { REPORT_STYLE } from './report-style.js';
import { sealsSection } from './seals-section.js';
import { summarize, type SummaryLine } from './report-summary.js';
import { verifySection } from './verify-section.js';

const CONTENTS: readonly (readonly [id: string, name: string])[] = [
  ['packages', 'Packages'],
  ['privileges', 'Privileged files'],
  ['kernel', 'Kernel'],
  ['files', 'Files'],
  ['seals', 'Seals'],
  ['releases', 'Releases'],
  ['digests', 'Digests'],
  ['verify', 'Verify'],
];

/** @param program version of rootseal that makes the page */
export function renderReport(facts: ReportFacts, program: string): string {
  const { from, to } = labelsOf(facts);
  const { name } = facts.to.commit;
  const title = `${facts.from.commit.name === name ? `${name} ` : ''}${from} to ${to}`;
  const body = together([
    element('a', { class: 'skip', href: '#main' }, 'Skip to the report'),
    header(facts),
    element('main', { id: 'main', tabindex: -1 }, [
      packagesSection(facts),
      privilegesSection(facts),
      kernelSection(facts),
      filesSection(facts),
      sealsSection(facts),
      releasesSection(facts),
      digestsSection(facts),
      verifySection(facts),
    ]),
    footer(facts, program),
  ]);
  return printPage({
    language: 'en',
    title: `${title}: release report`,
    style: REPORT_STYLE,
    body,
  });
}

function header(facts: ReportFacts): Html {
  const { from, to } = labelsOf(facts);
  const name = facts.from.commit.name === facts.to.commit.name ? facts.to.commit.name : undefined;
  return element('header', {}, [
    element('p', { class: 'kind' }, 'Release report'),
    element('h1', {}, [
      ...(name === undefined ? [] : [element('span', { class: 'name' }, name), ' ']),
      element('span', { class: 'versions' }, [
        from,
        element('span', { class: 'arrow', 'aria-hidden': 'true' }, ' → '),
        element('span', { class: 'heard' }, ' to '),
        to,
      ]),
    ]),
    element('dl', { class: 'summary' }, summarize(facts).map(tile)),
    element(
      'nav',
      { 'aria-label': 'Sections' },
      element(
        'ul',
        {},
        CONTENTS.map(([id, text]) => element('li', {}, element('a', { href: `#${id}` }, text))),
      ),
    ),
  ]);
}

function tile({ name, value, detail, isBad }: SummaryLine): Html {
  return element('div', { class: isBad ? 'bad' : undefined }, [
    element('dt', {}, name),
    element('dd', { class: 'value' }, value),
    element('dd', {}, detail),
  ]);
}

function footer({ from, to }: ReportFacts, program: string): Html {
  return element('footer', {}, [
    element('p', {}, [
      `Made by rootseal ${program} of the commits `,
      element('code', {}, from.id.slice(0, 12)),
      ' and ',
      element('code', {}, to.id.slice(0, 12)),
      '. This page loads nothing and runs nothing; it can be read without a network and kept as it is.',
    ]),
  ]);
}
