/** A request for a signature, for whoever is to sign it. */
import type { SealFacts } from '../../formats/seal/seal-text.js';
import {
  PACKAGE_CHANGES,
  type PackageChange,
  type ReleaseContents,
  type Review,
  type SealedRelease,
} from '../../formats/seal/review.js';
import { describeCounts } from '../../formats/packages/summary.js';
import { printTypedDigest } from '../../formats/digest-text.js';
import type { PrivilegeChange, Privileges } from '../../formats/tree/privileges.js';
import { formatBytes } from './units.js';

/** What the signed text says, and no more. */
export function describeFacts(facts: SealFacts): string {
  return block([
    ['name', facts.name],
    ['version', facts.version],
    ['sequence', String(facts.sequence)],
    ...facts.images.map((image) => ['image', printTypedDigest(image)] as const),
    ['commit', facts.commit],
  ]);
}

/** What the release is, and what it changes. Ends with a newline. */
export function describeReview(review: Review): string {
  const { previous } = review;
  return [
    'to be sealed:\n',
    block([
      ['name', review.name],
      ['version', review.release],
      ['sequence', String(review.sequence)],
      ...review.images.map((image) => ['image', image] as const),
      ['commit', review.commitId],
    ]),
    'and what nobody signs:\n',
    block([
      ['parent', review.parentId ?? 'none'],
      ['time', review.time],
    ]),
    previous === null
      ? 'no sealed release before it, so all is new:\n'
      : describePrevious(previous),
    block([
      ['files', describePaths(review)],
      ['content', describeChange(review, previous, ({ bytes }) => formatBytes(bytes))],
      ['kernel', describeChange(review, previous, kernelOf)],
      ['arguments', describeArguments(review.kernelArguments, previous?.kernelArguments ?? null)],
    ]),
    describePackages(review.packageChanges, previous === null),
    describePrivileges(review.privileged),
  ].join('');
}

function describePrevious({ release, sequence, commitId, ...seal }: SealedRelease): string {
  return `changes since ${release}, sequence ${sequence}, commit ${commitId},\n${describeSeal(seal)}:\n`;
}

function describeSeal({
  accepted,
  signatures,
}: Pick<SealedRelease, 'accepted' | 'signatures'>): string {
  if (signatures.length === 0) return 'which is not sealed';
  const names = signatures.map(({ name, keyId }) => `${name}+${keyId}`).join(', ');
  const verdict =
    accepted === null
      ? ' (not checked: no verifier key is known)'
      : accepted
        ? ''
        : ' (NOT accepted by the policy)';
  return `sealed by ${names}${verdict}`;
}

function describePaths({ addedCount, deletedCount, modifiedCount }: Review): string {
  return `${addedCount} added, ${deletedCount} deleted, ${modifiedCount} modified`;
}

function kernelOf({ kernelRelease }: ReleaseContents): string {
  return kernelRelease ?? 'none';
}

function describeChange(
  after: ReleaseContents,
  before: ReleaseContents | null,
  print: (contents: ReleaseContents) => string,
): string {
  const now = print(after);
  return before === null || print(before) === now ? now : `${now}, before ${print(before)}`;
}

function describeArguments(
  after: readonly string[] | null,
  before: readonly string[] | null,
): string {
  if (after === null) return 'CANNOT BE TOLD: hosts will refuse the files of kargs.d';
  if (before === null || before.join(' ') === after.join(' '))
    return after.length === 0 ? 'none' : after.join(' ');
  const [old, now] = [new Set(before), new Set(after)];
  const added = after.filter((one) => !old.has(one)).map((one) => `+${one}`);
  const removed = before.filter((one) => !now.has(one)).map((one) => `-${one}`);
  const changes = [...added, ...removed];
  return changes.length === 0 ? `in another order: ${after.join(' ')}` : changes.join(' ');
}

/** @param areAllNew then their number says enough */
function describePackages(changes: readonly PackageChange[] | null, areAllNew: boolean): string {
  if (changes === null) return block([['packages', 'cannot be told: no database can be read']]);
  const counted = PACKAGE_CHANGES.map((kind) => {
    return [kind, changes.filter((change) => change.kind === kind).length] as const;
  });
  const counts = Object.fromEntries(counted) as Record<PackageChange['kind'], number>;
  const lines = changes.map(({ kind, name, versionBefore, versionAfter }) => {
    const versions = [versionBefore, versionAfter].filter((version) => version !== null);
    return `    ${HOW[kind].padEnd(10)}  ${name} ${[...new Set(versions)].join(' -> ')}\n`;
  });
  return block([['packages', describeCounts(counts)]]) + (areAllNew ? '' : lines.join(''));
}

const HOW: Readonly<Record<PackageChange['kind'], string>> = {
  downgraded: 'DOWNGRADED',
  upgraded: 'upgraded',
  changed: 'changed',
  added: 'new',
  removed: 'removed',
};

function describePrivileges(changes: readonly PrivilegeChange[]): string {
  if (changes.length === 0) return '  setuid, setgid and capabilities as before\n';
  const lines = changes.map(({ path, rightsBefore: before, rightsAfter: after }) => {
    if (before === null) return `    new      ${path}: ${describeRights(after)}`;
    if (after === null) return `    gone     ${path}: ${describeRights(before)}`;
    return `    changed  ${path}: ${describeRights(after)}, before ${describeRights(before)}`;
  });
  return `  setuid, setgid and capabilities:\n${lines.join('\n')}\n`;
}

function describeRights(privileges: Privileges | null): string {
  if (privileges === null) return 'none';
  const { mode, uid, gid, capabilities } = privileges;
  return [mode, `${uid}:${gid}`, ...(capabilities === null ? [] : [capabilities])].join(' ');
}

function block(fields: readonly (readonly [string, string])[]): string {
  return fields.map(([field, value]) => `  ${`${field}:`.padEnd(10)} ${value}\n`).join('');
}
