/** Remotes, and what is pulled from them. */
import { isCommitId, type CommitId } from '../../formats/commit/commit.js';
import {
  addRemote,
  listRemotes,
  readRemote,
  removeRemote,
  type Remote as InnerRemote,
} from '../../remote/remotes.js';
import { locationProblem } from '../../remote/location.js';
import { planPull, type PullPlan } from '../../remote/pull-plan.js';
import { executePull } from '../../remote/pull.js';
import { removeLeftoversIfAlone } from '../../repo/leftovers.js';
import { withSharedLock, type Repository } from '../../repo/repository.js';
import { RootsealError } from '../../util/errors.js';
import { noProgress } from '../../util/progress.js';
import type { PullRequest, PullResult, Remote } from '../other-repositories.js';
import { call } from './run-call.js';
import { trustOf } from './given-trust.js';

export function list(repository: Repository): Promise<Remote[]> {
  return call({}, () => listRemotes(repository).map((name) => readRemote(repository, name)));
}

export function add(repository: Repository, remote: Remote): Promise<void> {
  return call({}, () => {
    addRemote(repository, remote);
  });
}

export function remove(repository: Repository, name: string): Promise<void> {
  return call({}, () => removeRemote(repository, name));
}

export function pull(repository: Repository, request: PullRequest): Promise<PullResult> {
  return call(request, async (signal) => {
    const remote = remoteOf(repository, request.remote);
    const trust = trustOf(request.trust ?? { keys: remote.keys, policy: remote.policy });
    repository.requireWritable();
    await removeLeftoversIfAlone(repository);
    const fetch = async () => {
      const plan = await planPull(repository, {
        remote,
        branch: request.branch,
        ...commitOf(request.commit),
        trust,
        attestations: true,
        say: request.onRetry,
        signal,
      });
      try {
        return await carryOut(repository, plan, request);
      } finally {
        plan.downloads.close(false);
      }
    };
    return withSharedLock(repository, fetch, signal);
  });
}

async function carryOut(
  repository: Repository,
  plan: PullPlan,
  { dryRun = false, onProgress = noProgress }: PullRequest,
): Promise<PullResult> {
  const { id, commit, isComplete } = plan;
  if (isComplete) return { id, commit, changed: false, objects: 0, bytes: 0 };
  const { objects, bytes } = dryRun
    ? { objects: plan.missing.length, bytes: plan.bytes }
    : await executePull(repository, plan, onProgress);
  return { id, commit, changed: !dryRun, objects, bytes };
}

/** One that is not written down is checked here; its name is checked where it becomes part of a ref. */
function remoteOf(repository: Repository, remote: string | Remote): InnerRemote {
  if (typeof remote === 'string') return readRemote(repository, remote);
  const problem = locationProblem(remote.url);
  if (problem === undefined) return remote;
  throw new RootsealError('USAGE', `remote ${remote.name}: ${problem}`);
}

function commitOf(commit: string | undefined): { commit?: CommitId } {
  if (commit === undefined) return {};
  if (isCommitId(commit)) return { commit };
  throw new RootsealError('USAGE', 'commit: expected 64 lower-case hex digits');
}
