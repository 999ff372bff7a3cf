/** Commits and their names. */
import { commitTree, type SealSigner } from '../../repo/commit-tree.js';
import { readCommit } from '../../repo/commits.js';
import { history, type HistoryEntry } from '../../repo/history.js';
import { deleteRef, listRefs, updateRef } from '../../repo/refs.js';
import { withSharedLock, type Repository } from '../../repo/repository.js';
import { resolveRevision } from '../../repo/revision.js';
import { readSeal } from '../../repo/seals.js';
import { isCommitId, type CommitId } from '../../formats/commit/commit.js';
import { askSigners } from '../../release/sealing.js';
import { RootsealError } from '../../util/errors.js';
import { noProgress } from '../../util/progress.js';
import type { CommitEntry, CommitRequest, CommitResult } from '../commit-document.js';
import type { Ref, RefUpdate } from '../repository-api.js';
import { call } from './run-call.js';
import { checkFacts, namedSource, optionalSeconds, secondsOf } from './requested-facts.js';
import { signersOf } from './given-signers.js';

export function listNames(repository: Repository): Promise<{
  refs: readonly Ref[];
  damaged: readonly { readonly file: string; readonly message: string }[];
}> {
  return call({}, () => listRefs(repository));
}

export function setRef(
  repository: Repository,
  { kind, name, revision, from }: RefUpdate,
): Promise<string> {
  return call({}, () =>
    // The commit must not be collected between being looked at and being named.
    withSharedLock(repository, async () => {
      const to = resolveRevision(repository, revision);
      readCommit(repository, to);
      await updateRef(repository, {
        kind,
        name,
        to,
        from: kind === 'tag' ? 'none' : startOf(from),
      });
      return to;
    }),
  );
}

function startOf(from: string | undefined): CommitId | 'none' | 'any' {
  if (from === undefined) return 'any';
  if (from === 'none' || isCommitId(from)) return from;
  throw new RootsealError('USAGE', 'from: expected a commit id, or none');
}

export function deleteName(
  repository: Repository,
  kind: 'branch' | 'tag',
  name: string,
): Promise<string> {
  return call({}, () => deleteRef(repository, kind, name));
}

export function show(repository: Repository, revision: string): Promise<CommitEntry> {
  const find = () => {
    const id = resolveRevision(repository, revision);
    return entryOf(repository, { id, commit: readCommit(repository, id) });
  };
  return call({}, () => withSharedLock(repository, find));
}

export function log(
  repository: Repository,
  revision: string,
  limit = Infinity,
): Promise<CommitEntry[]> {
  const find = () => {
    const found: CommitEntry[] = [];
    for (const entry of history(repository, resolveRevision(repository, revision))) {
      if (found.length >= limit) break;
      found.push(entryOf(repository, entry));
    }
    return found;
  };
  return call({}, () => withSharedLock(repository, find));
}

function entryOf(repository: Repository, { id, commit }: HistoryEntry): CommitEntry {
  return { id, commit, sealed: readSeal(repository, id) !== undefined };
}

export function sealText(repository: Repository, revision: string): Promise<string | undefined> {
  return call({}, () =>
    readSeal(repository, resolveRevision(repository, revision))?.toString('utf8'),
  );
}

export function commit(repository: Repository, request: CommitRequest): Promise<CommitResult> {
  return call(request, async (signal) => {
    checkFacts(request);
    const { branch, name, version, time = new Date(), sequence, labels, signers = [] } = request;
    const { message, skipIfUnchanged = false } = request;
    return commitTree(repository, {
      ...namedSource(request.source),
      branch,
      name,
      version,
      time: secondsOf('time', time),
      sequence,
      message: message?.trimEnd(),
      skipIfUnchanged,
      ...(labels === undefined ? {} : { labels }),
      ...(await provenance(request.git)),
      xattrs: request.xattrs ?? 'all',
      clampMtime: optionalSeconds('clampMtime', request.clampMtime),
      sign: sealSigner(signers, signal),
      progress: request.onProgress ?? noProgress,
      signal,
    });
  });
}

function sealSigner(
  given: NonNullable<CommitRequest['signers']>,
  signal: AbortSignal | undefined,
): SealSigner | undefined {
  if (given.length === 0) return undefined;
  const signers = signersOf(given);
  return async (text, id) => (await askSigners(signers, { text, id, signal })).signatures;
}

async function provenance(directory: string | undefined) {
  if (directory === undefined) return {};
  const { gitSourceOf } = await import('../../release/provenance.js');
  const git = await gitSourceOf(directory, true);
  if (git !== undefined) return { provenance: { git } };
  throw new RootsealError('USAGE', `git: ${directory} is not in a git work tree with a commit`);
}
