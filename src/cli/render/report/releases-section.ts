/** The two releases side by side, and the digests that name them. */
import type { ReleaseFacts } from '../../../disk/report/release-facts.js';
import type { ReportFacts } from '../../../disk/report/report-facts.js';
import { element, type Content, type Html } from '../../../formats/html/element.js';
import type { Commit } from '../../../formats/commit/commit.js';
import { formatBytes } from '../units.js';
import { dateOfSequence, shortTime } from '../times.js';
import { countOf, labelsOf } from './shown-names.js';
import { code, folded, paragraph, section, table } from './parts.js';

/** Characters of a commit's message that are shown. */
const MESSAGE_MAX = 4000;

export function releasesSection(facts: ReportFacts): Html {
  const rows: (readonly [string, (release: ReleaseFacts) => Content])[] = [
    ['Name', ({ commit }) => commit.name],
    ['Version', ({ commit }) => commit.version],
    ['Sequence', ({ commit }) => describeSequence(commit.sequence)],
    ['Committed', ({ commit }) => shortTime(commit.time)],
    ['System', ({ commit }) => commit.os?.prettyName ?? commit.os?.id ?? 'not known'],
    ['Files', ({ commit }) => countOf(commit.files, 'inode')],
    ['Content', ({ commit }) => formatBytes(commit.bytes)],
    ['Source', ({ commit }) => describeSource(commit)],
  ];
  return section('releases', 'The two releases', [
    table({
      caption: 'Before and after',
      className: 'sides',
      columns: [{ heading: 'Fact' }, { heading: 'Before' }, { heading: 'After' }],
      rows: rows.map(([name, tell]) => [name, tell(facts.from), tell(facts.to)]),
    }),
    paragraph(describeDescent(facts)),
    ...describeMessage(facts.to.commit),
  ]);
}

function describeSequence(sequence: number): string {
  const date = dateOfSequence(sequence);
  return date === undefined ? String(sequence) : `${sequence} (${date})`;
}

function describeSource({ source }: Commit): Content {
  const { git, oci } = source ?? {};
  if (git !== undefined)
    return [
      'git ',
      code(git.commit.slice(0, 12)),
      git.dirty ? ' with changes that are not committed' : '',
      git.url === undefined ? '' : ` of ${git.url}`,
    ];
  if (oci !== undefined) return ['OCI image ', code(`${oci.reference}@${oci.digest}`)];
  return 'not recorded';
}

function describeDescent({ descent, to, from }: ReportFacts): string {
  if (descent === 'same') return 'Both are the same commit.';
  const follows =
    descent === 'parent'
      ? 'The newer release follows directly on the older one: it names it as its parent.'
      : 'The older release is not the parent of the newer one: others may lie between them.';
  return to.commit.sequence > from.commit.sequence
    ? follows
    : `${follows} The sequence does not grow: a machine does not take it as an upgrade.`;
}

function describeMessage({ message }: Commit): Html[] {
  if (message === undefined) return [];
  const isLong = message.length > MESSAGE_MAX;
  const shown = isLong ? message.slice(0, MESSAGE_MAX) : message;
  const rest = `… and ${countOf(message.length - MESSAGE_MAX, 'more character')}.`;
  return [
    folded('What the committer says of the newer release', [
      element('pre', {}, shown),
      ...(isLong ? [paragraph(rest, 'more')] : []),
    ]),
  ];
}

export function digestsSection(facts: ReportFacts): Html {
  const labels = labelsOf(facts);
  return section('digests', 'Digests', [
    paragraph(
      'These names are what was compared and signed. Each follows from the bytes that it names.',
    ),
    digestTable(labels.to, facts.to),
    digestTable(labels.from, facts.from),
  ]);
}

function digestTable(label: string, { id, commit, imageDigest, uki }: ReleaseFacts): Html {
  return table({
    caption: label,
    className: 'digests',
    columns: [{ heading: 'What' }, { heading: 'Digest' }],
    rows: [
      ['Commit (SHA-256)', code(id)],
      ['Image (fs-verity)', code(imageDigest)],
      ['Image, typed', code(commit.image)],
      ['Unified kernel image (Authenticode, SHA-256)', describeUki(uki)],
    ],
  });
}

function describeUki(uki: ReleaseFacts['uki']): Content {
  if (uki === undefined) return 'the release has none';
  if (uki.authenticode === undefined) return `not readable: ${uki.problem ?? ''}`;
  const { signatures } = uki;
  return [
    code(uki.authenticode),
    element(
      'span',
      { class: 'note' },
      signatures.length === 0
        ? 'no signature for Secure Boot'
        : `carries signatures that name ${signatures.slice(0, 8).join('; ')} (not checked here)`,
    ),
  ];
}
