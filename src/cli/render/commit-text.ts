/** A commit for people. */
import type { Commit, CommitId } from '../../formats/commit/commit.js';
import type { PackagesSince } from '../../formats/packages/counts.js';
import { describeCounts } from '../../formats/packages/summary.js';
import type { Paint } from './color.js';
import { counted, formatBytes } from './units.js';

export interface ShownCommit {
  readonly id: CommitId;
  readonly commit: Commit;
  readonly sealed: boolean;
  /** What it changed against its parent; undefined where nobody asked, or it is not known. */
  readonly packages?: PackagesSince | undefined;
}

/** Lines of `field: value` below the id. */
export function describeCommit(
  { id, commit, sealed, packages }: ShownCommit,
  paint: Paint,
): string {
  const fields: (readonly [string, string | undefined])[] = [
    ['name', commit.name],
    ['version', commit.version],
    ['sequence', String(commit.sequence)],
    ['time', commit.time],
    ['image', commit.image],
    ['parent', commit.parent],
    [
      'content',
      `${counted(commit.files, 'file')}, ${formatBytes(commit.bytes)} (image ${formatBytes(commit.imageSize)})`,
    ],
    ['os', commit.os?.prettyName ?? commit.os?.id],
    ['kernel', commit.kernel?.release],
    ['git', describeGit(commit)],
    ['oci', describeOci(commit)],
    ...Object.entries(commit.labels ?? {}).map(([key, value]) => [`label ${key}`, value] as const),
    ['packages', packages && describeCounts(packages)],
    ['sealed', sealed ? 'yes' : 'no'],
  ];
  const lines = fields
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `  ${`${field}:`.padEnd(10)} ${value ?? ''}\n`);
  const message = (commit.message?.split('\n') ?? []).map((line) => `    ${line}`.trimEnd() + '\n');
  const said = message.length === 0 ? '' : `\n${message.join('')}`;
  return `${paint('title', `commit ${id}`)}\n${lines.join('')}${said}`;
}

/** `76918120c5a2 13.2 2026-11-24 sealed (debian/trixie)`, and what its message begins with. */
export function describeInOneLine(
  { id, commit, sealed, packages }: ShownCommit,
  names: readonly string[],
  paint: Paint,
): string {
  return [
    paint('title', id.slice(0, 12)),
    commit.version,
    commit.time.slice(0, 10),
    ...(sealed ? ['sealed'] : []),
    ...(names.length > 0 ? [`(${names.join(', ')})`] : []),
    ...(packages === undefined ? [] : [`[${describeCounts(packages)}]`]),
    ...(commit.message === undefined ? [] : [commit.message.split('\n', 1)[0] ?? '']),
  ].join(' ');
}

function describeOci({ source }: Commit): string | undefined {
  return source?.oci && `${source.oci.reference}@${source.oci.digest}`;
}

function describeGit(commit: Commit): string | undefined {
  const git = commit.source?.git;
  if (git === undefined) return undefined;
  const where = git.url === undefined ? '' : `${git.url} `;
  return `${where}${git.commit}${git.dirty ? ' (dirty)' : ''} ${git.path}`;
}
