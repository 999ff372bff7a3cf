/** Names of what there is: branches, tags, commits, remotes, deployments, rules of `lint`. What cannot be read has none. */
import type { RefKind } from '../../repo/layout.js';
import type { Context } from '../context.js';
import { openRepository, type RepositoryOptions } from '../options.js';
import { shortId } from '../render/status-deployments.js';
import type { NameKind } from '../usage/values.js';

/** A name, and in a few words what it is. */
export interface OfferedName {
  readonly name: string;
  readonly about: string;
}

/** What is asked for. */
export interface NamesRequest {
  readonly kind: NameKind;
  /** What the name begins with. */
  readonly start: string;
  /** Whose branches are meant, for `branch-of-remote`. */
  readonly remote: string | undefined;
  readonly place: RepositoryOptions;
}

/** Never fails: the command itself will say what is wrong. */
export async function namesOfKind(context: Context, request: NamesRequest): Promise<OfferedName[]> {
  try {
    const found = await KINDS[request.kind](context, request);
    return found.filter(({ name }) => name.startsWith(request.start));
  } catch {
    return [];
  }
}

type Find = (context: Context, request: NamesRequest) => Promise<OfferedName[]>;

const KINDS: Readonly<Record<NameKind, Find>> = {
  revision: revisions,
  branch: (context, { place }) => refs(context, place, 'branch'),
  tag: (context, { place }) => refs(context, place, 'tag'),
  remote: remotes,
  'remote-branch': (context, { place }) => branchesOfRemotes(context, place),
  'branch-of-remote': branchesOfRemote,
  deployment: deployments,
  'lint-rule': lintRules,
};

/** Branches, tags and those of remotes; ids of commits once a digit is typed: there may be thousands. */
async function revisions(context: Context, { place, start }: NamesRequest): Promise<OfferedName[]> {
  // What is deployed has a ref of its own, which is not a revision.
  const named = await refs(context, place, 'branch', 'tag', 'remote');
  if (!/^[0-9a-f]{1,64}$/.test(start)) return named;
  const { listCommits } = await import('../../repo/commits.js');
  const { ids } = listCommits(openRepository(context, place));
  return [...named, ...ids.map((name) => ({ name, about: 'commit' }))];
}

async function refs(
  context: Context,
  place: RepositoryOptions,
  ...kinds: readonly RefKind[]
): Promise<OfferedName[]> {
  const { listRefs } = await import('../../repo/refs.js');
  const found = listRefs(openRepository(context, place)).refs;
  return found
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ kind, name }) => ({ name, about: kind === 'remote' ? 'branch of a remote' : kind }));
}

async function remotes(context: Context, { place }: NamesRequest): Promise<OfferedName[]> {
  const { listRemotes } = await import('../../remote/remotes.js');
  const names = listRemotes(openRepository(context, place));
  return names.map((name) => ({ name, about: 'remote' }));
}

async function branchesOfRemote(
  context: Context,
  { place, remote = '' }: NamesRequest,
): Promise<OfferedName[]> {
  const found = await branchesOfRemotes(context, place, remote);
  return found.map(({ name, about }) => ({ name: name.slice(remote.length + 1), about }));
}

/**
 * `REMOTE/BRANCH` of those that were pulled; and of those that are there, where the remote is a directory. A server is not asked.
 * @param only of this remote; of all without
 */
async function branchesOfRemotes(
  context: Context,
  place: RepositoryOptions,
  only?: string,
): Promise<OfferedName[]> {
  const { listRemotes, readRemote } = await import('../../remote/remotes.js');
  const { listBranches } = await import('../../remote/branches.js');
  const { listRefs } = await import('../../repo/refs.js');
  const repository = openRepository(context, place);
  const remotes = listRemotes(repository).filter((name) => only === undefined || name === only);
  const pulled = listRefs(repository).refs.filter(({ kind }) => kind === 'remote');
  const found = new Set<string>();
  for (const remote of remotes) {
    for (const { name } of pulled) if (name.startsWith(`${remote}/`)) found.add(name);
    try {
      for (const { name } of listBranches(readRemote(repository, remote)))
        found.add(`${remote}/${name}`);
    } catch {
      // What was pulled from it is still known; of a server that is all.
    }
  }
  return [...found].map((name) => ({ name, about: 'branch of a remote' }));
}

/** Parts that a deployment plays now, and ids as `rootseal status` prints them. */
async function deployments(_: Context, { place }: NamesRequest): Promise<OfferedName[]> {
  const { Sysroot } = await import('../../deploy/host/sysroot.js');
  const { loadRecord } = await import('../../deploy/record/store.js');
  const record = loadRecord(Sysroot.open({ sysroot: place.sysroot }));
  const named = new Map(record.deployments.map((one) => [one.id, `${one.name} ${one.release}`]));
  const roles = (['booted', 'default', 'staged', 'rollback'] as const).flatMap((role) => {
    const about = named.get(record[role] ?? '');
    return about === undefined ? [] : [{ name: role, about }];
  });
  return [...roles, ...[...named].map(([id, about]) => ({ name: shortId(id), about }))];
}

async function lintRules(): Promise<OfferedName[]> {
  const { LINT_RULES } = await import('../../disk/lint/lint-rules.js');
  return LINT_RULES.flatMap(({ id, name, describe: about }) => [
    { name: id, about: `${name}: ${about}` },
    { name, about: `${id}: ${about}` },
  ]);
}
