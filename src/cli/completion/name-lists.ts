/** Names of what there is: branches, tags, remotes, deployments, manual pages. What cannot be read has none. */
import { Repository } from '../../repo/repository.js';
import { DIRECTORIES, FILES } from './scripts.js';

/** What was typed before. */
export interface Typed {
  /** Those of the command. */
  readonly words: string;
  readonly values: {
    readonly given: readonly string[];
    readonly named: ReadonlyMap<string, string>;
  };
}

/** @param kind as in usage: `FILE`, `DIR`, `REV`, …; others have no names */
export async function namesOfKind(kind: string, typed: Typed): Promise<string[]> {
  try {
    return (await KINDS[kind]?.(typed)) ?? [];
  } catch {
    // No repository, or a damaged one: the command itself will say so.
    return [];
  }
}

const KINDS: Readonly<Record<string, (typed: Typed) => string[] | Promise<string[]>>> = {
  FILE: () => [FILES],
  DIR: () => [DIRECTORIES],
  REV: revisions,
  'REV or FILE': async (typed) => [...(await revisions(typed)), FILES],
  branch: async (typed) => (await refs(typed, 'branch')).map(({ name }) => name),
  tag: async (typed) => (await refs(typed, 'tag')).map(({ name }) => name),
  remote: remotes,
  'REMOTE/BRANCH': async (typed) => (await refs(typed, 'remote')).map(({ name }) => name),
  id: deployments,
  topic: topics,
};

async function revisions(typed: Typed): Promise<string[]> {
  // What is deployed has a ref of its own, which is not a revision.
  const named = (await refs(typed)).filter(({ kind }) => kind !== 'deployment');
  return named.map(({ name }) => name);
}

async function refs(typed: Typed, kind?: 'branch' | 'tag' | 'remote') {
  const { listRefs } = await import('../../repo/refs.js');
  const found = listRefs(repository(typed)).refs;
  return found.filter((ref) => kind === undefined || ref.kind === kind);
}

async function remotes(typed: Typed): Promise<string[]> {
  const { listRemotes } = await import('../../remote/remotes.js');
  return listRemotes(repository(typed));
}

async function deployments({ values }: Typed): Promise<string[]> {
  const { Sysroot } = await import('../../deploy/host/sysroot.js');
  const { loadRecord } = await import('../../deploy/record/store.js');
  const sysroot = Sysroot.open({ sysroot: values.named.get('sysroot') });
  const ids = loadRecord(sysroot).deployments.map(({ id }) => id);
  return ['booted', 'default', 'staged', 'rollback', ...ids];
}

async function topics(): Promise<string[]> {
  const { listPages } = await import('../commands/help.js');
  return listPages();
}

/** As commands find theirs: what was typed counts before what the environment says. */
function repository({ values }: Typed): Repository {
  const repo = values.named.get('repo');
  if (repo !== undefined) return Repository.open(repo);
  const sysroot = values.named.get('sysroot');
  if (sysroot !== undefined) return Repository.open(`${sysroot}/composefs`);
  const ofEnvironment = process.env['ROOTSEAL_REPO'] ?? '';
  return Repository.open(ofEnvironment === '' ? '/sysroot/composefs' : ofEnvironment);
}
