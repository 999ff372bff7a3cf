/** Whether a commit may be deployed here: by the host's trust, and by that of the image itself. */
import type { ImageFiles } from '../../disk/image-files.js';
import { decideSealBytes, type SealedCommit } from '../../disk/lint/decide-seal.js';
import { readImageTrust } from '../../disk/lint/image-trust.js';
import type { CommitId } from '../../formats/commit/commit.js';
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import { findDeployment } from '../../formats/deployment/record.js';
import type { SealTrust } from '../../formats/seal/verify.js';
import type { Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import type { Revisions } from '../../repo/revisions.js';
import { readSeal, requireSeal } from '../../repo/seals.js';
import { loadTrust } from '../../release/trust.js';
import { RootsealError } from '../../util/errors.js';
import type { Sysroot } from '../host/sysroot.js';
import { trustOf } from './image-policy.js';

/**
 * Whom a host trusts: its own files when it is running, else those of the image that it would start. Undefined when nothing
 * was ever deployed there.
 */
export async function hostTrust(
  sysroot: Sysroot,
  revisions: Revisions,
  record: DeploymentRecord,
): Promise<SealTrust | undefined> {
  if (sysroot.isHost) return loadTrust({});
  const standard = findDeployment(record, record.default);
  if (standard === undefined) return undefined;
  return trustOf(revisions.repository, (await revisions.read(standard.commit)).tree);
}

/**
 * What a boot of the image would decide, decided now: the image's initramfs has the same keys and policy.
 * @param options `force`: what the image itself would decide does not matter
 * @returns names of the keys that count
 * @throws {RootsealError} SEAL_MISSING, SEAL_UNTRUSTED, SEAL_INVALID or DIGEST_MISMATCH
 */
export async function requireTrusted(
  repository: Repository,
  revision: Revision,
  host: SealTrust | undefined,
  options: { readonly force?: boolean | undefined } = {},
): Promise<readonly string[]> {
  const own = options.force === true ? undefined : await trustOf(repository, revision.tree);
  const names = new Set<string>();
  for (const [trust, who] of [
    [host, 'this host'],
    [own, ITSELF],
  ] as const) {
    if (trust?.policy.verify.mode !== 'seal') continue;
    for (const name of requireSealFor(
      { repository, ...revision },
      readSeal(repository, revision.id),
      trust,
      who,
    ))
      names.add(name);
  }
  return [...names];
}

/**
 * What a boot of an image would decide that is not in the repository yet, by the image's own trust.
 * @param files of the image
 * @param seal of its commit; undefined: the one that is in the repository
 * @throws {RootsealError} as `requireTrusted`; UNSUPPORTED when the files would be too much to fetch
 */
export async function requireOwnTrust(
  repository: Repository,
  commit: Pick<Revision, 'id' | 'commit'>,
  files: ImageFiles,
  seal: Uint8Array | undefined,
): Promise<void> {
  const trust = await readImageTrust(files);
  if (trust.policy.verify.mode === 'seal')
    requireSealFor(
      { repository, ...commit },
      seal ?? readSeal(repository, commit.id),
      trust,
      ITSELF,
    );
}

const ITSELF = 'the image itself, at its boot,';

function requireSealFor(
  { repository, id, commit }: SealedCommit,
  seal: Uint8Array | undefined,
  trust: SealTrust,
  who: string,
): readonly string[] {
  const decided = decideSealBytes({ repository, id, commit }, seal, trust);
  if (decided.accepted) return decided.keys;
  if (decided.decision === undefined) requireSeal(repository, id);
  throw new RootsealError(
    decided.code,
    `${who} refuses the seal of commit ${id}: ${decided.reason}`,
    {
      details: { commitId: id, decision: decided.decision ?? decided.code },
    },
  );
}

/** Of all that this host has of one name, whatever it runs now: what failed, and what was only staged, says nothing. */
function newestSequence(record: DeploymentRecord, name: string): number {
  return record.deployments
    .filter((one) => one.name === name && one.boots !== 'bad' && one.id !== record.staged)
    .reduce((newest, { sequence }) => Math.max(newest, sequence), 0);
}

/**
 * An old release can bring back an old vulnerability.
 * @throws {RootsealError} SEAL_UNTRUSTED
 */
export function requireNotOlder(
  record: DeploymentRecord,
  commit: { readonly name: string; readonly sequence: number },
  id: CommitId,
): void {
  const floor = Math.max(record.floor, newestSequence(record, commit.name));
  if (commit.sequence >= floor) return;
  throw new RootsealError(
    'SEAL_UNTRUSTED',
    `commit ${id} is too old: its sequence is ${commit.sequence}, this host requires ${floor} or higher`,
    {
      details: { commitId: id, sequence: commit.sequence, floor },
      hint: '--allow-downgrade accepts it, and lowers the floor so that it can boot',
    },
  );
}
