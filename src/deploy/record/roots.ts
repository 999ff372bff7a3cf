/**
 * What deployments need of a repository. The repository says it itself (`src/repo/deployment-refs.ts`); that of a host which was
 * deployed to by an earlier version does not, and then the record beside it says it.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { CommitId } from '../../formats/commit/commit.js';
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import {
  hasDeploymentRefs,
  listDeploymentRefs,
  takeOverDeployments,
  writeDeploymentRef,
  type DeploymentRef,
} from '../../repo/deployment-refs.js';
import { collectGarbage, type GcOptions, type GcReport } from '../../repo/gc.js';
import { DEPLOYMENTS_DIR } from '../../repo/layout.js';
import type { Repository } from '../../repo/repository.js';
import { RootsealError } from '../../util/errors.js';
import type { Progress } from '../../util/progress.js';
import { listMounts } from '../host/mount-points.js';
import { Sysroot } from '../host/sysroot.js';
import { loadRecord } from './store.js';

/** What `gc` has to know of deployments. */
export type DeploymentReach = Required<Pick<GcOptions, 'roots' | 'prepare'>>;

/**
 * @throws {RootsealError} FAILED when it cannot be known whether a host runs what is in the repository
 */
export function deploymentReach(repository: Repository): DeploymentReach {
  const sysroot = sysrootOf(repository);
  if (sysroot === undefined) requireKnown(repository);
  return reachOf(repository, sysroot);
}

/** Removes what neither deployments need nor the newest commit of a branch, tag or remote. */
export function collectSysrootGarbage(
  sysroot: Sysroot,
  work: { readonly progress: Progress; readonly signal?: AbortSignal | undefined },
): Promise<GcReport> {
  const repository = sysroot.repository();
  const { progress, signal } = work;
  return collectGarbage(repository, { keep: 1, ...reachOf(repository, sysroot), progress, signal });
}

function reachOf(repository: Repository, sysroot: Sysroot | undefined): DeploymentReach {
  return {
    roots: () => (sysroot === undefined ? [] : commitsOf(sysroot)),
    prepare: () => takeOver(repository, sysroot),
  };
}

/** @throws {RootsealError} FORMAT_INVALID when the record is damaged: what deployments need is then unknown */
function commitsOf(sysroot: Sysroot): readonly CommitId[] {
  return refsOf(loadRecord(sysroot)).map(({ commit }) => commit);
}

/** Refs of all deployments of a record. */
export function refsOf({ deployments }: DeploymentRecord): DeploymentRef[] {
  return deployments.map(({ id, commit }) => ({ id, commit: commit as CommitId }));
}

/** Says in the repository what an earlier version said beside it only, and writes what is damaged again. */
async function takeOver(repository: Repository, sysroot: Sysroot | undefined): Promise<void> {
  if (sysroot === undefined) {
    // It belongs to no host. What is in the place of the directory may be all that is left of it.
    if (!hasSomething(repository.file(DEPLOYMENTS_DIR))) await takeOverDeployments(repository, []);
    return;
  }
  const deployed = refsOf(loadRecord(sysroot));
  await takeOverDeployments(repository, deployed);
  const known = new Map(listDeploymentRefs(repository).map(({ id, commit }) => [id, commit]));
  for (const ref of deployed)
    if (known.get(ref.id) !== ref.commit) await writeDeploymentRef(repository, ref);
}

function hasSomething(place: string): boolean {
  return fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined;
}

/** The sysroot whose repository it is. Links on the way do not matter: what lies beside the directory itself is looked at. */
function sysrootOf(repository: Repository): Sysroot | undefined {
  const parent = path.dirname(fs.realpathSync(repository.path));
  const [own, beside] = [repository.path, `${parent}/composefs`].map((place) =>
    fs.statSync(place, { throwIfNoEntry: false, bigint: true }),
  );
  const isOwn = own?.ino === beside?.ino && own?.dev === beside?.dev;
  return isOwn && fs.existsSync(`${parent}/state`) ? Sysroot.at(parent) : undefined;
}

/** Beside a directory that is mounted at another place too, there is not what lies beside it where it belongs. */
function requireKnown(repository: Repository): void {
  if (hasDeploymentRefs(repository)) return;
  const place = fs.realpathSync(repository.path);
  const mount = listMounts().findLast(({ point }) => point === place);
  if (mount === undefined || mount.root === '/') return;
  throw new RootsealError(
    'FAILED',
    `${place} is part of a file system that is mounted here (${mount.root}), so it cannot be known whether a host runs what is in it`,
    {
      hint: 'run `rootseal gc` once by the path that the repository has on its host; if it is not that of a host, make the directory refs/deployments in it',
    },
  );
}
