/**
 * What a host has deployed from its repository, said inside of it: `refs/deployments/<id>` holds the commit. So whoever removes
 * something finds it whatever path the repository was opened by (docs/formats/repository.md, "Refs").
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { CommitId } from '../formats/commit/commit.js';
import { failureOf, hasErrno } from '../util/errors.js';
import { stopPoint } from '../util/stop-point.js';
import { removeFileDurable, syncDirectory, writeFileDurable } from './durable.js';
import { DEPLOYMENTS_DIR, refFile, TMP_DIR } from './layout.js';
import { listRefs } from './refs.js';
import type { Repository } from './repository.js';

/** A deployment and its commit. */
export interface DeploymentRef {
  /** The deployment's id. */
  readonly id: string;
  readonly commit: CommitId;
}

/** What lies below `refs/deployments`. */
export interface FoundDeploymentRef {
  /** The path below it: the deployment's id, unless it was put there by somebody else. */
  readonly id: string;
  /** Undefined when it is damaged. */
  readonly commit: CommitId | undefined;
}

/** All that are there. The next change of the host writes damaged ones again, or removes those of no deployment. */
export function listDeploymentRefs(repository: Repository): FoundDeploymentRef[] {
  const { refs, damaged } = listRefs(repository);
  const below = `${DEPLOYMENTS_DIR}/`;
  return [
    ...refs
      .filter(({ kind }) => kind === 'deployment')
      .map(({ name, commit }) => ({ id: name, commit })),
    ...damaged
      .filter(({ file }) => file.startsWith(below))
      .map(({ file }) => ({ id: file.slice(below.length), commit: undefined })),
  ];
}

/** Whether the repository says what is deployed from it; one that was made by an earlier version may not. */
export function hasDeploymentRefs(repository: Repository): boolean {
  return isDirectory(repository.file(DEPLOYMENTS_DIR));
}

/**
 * Says of a host that was deployed to by an earlier version what it has deployed, all at once: while `refs/deployments` is not
 * there, it is known to be unknown. What is there already is left as it is. Durable.
 */
export async function takeOverDeployments(
  repository: Repository,
  deployed: readonly DeploymentRef[],
): Promise<void> {
  if (hasDeploymentRefs(repository)) return;
  repository.requireWritable();
  await repository.withRefsLock(() => {
    placeAllRefs(repository, deployed);
  });
}

/** Makes the directory beside, then gives it its name. */
function placeAllRefs(repository: Repository, deployed: readonly DeploymentRef[]): void {
  const place = repository.file(DEPLOYMENTS_DIR);
  const tmpDir = repository.file(TMP_DIR);
  const temporary = path.join(tmpDir, `deployments-${randomBytes(8).toString('hex')}`);
  try {
    fs.mkdirSync(temporary);
    fs.chmodSync(temporary, 0o755);
    for (const { id, commit } of deployed)
      writeFileDurable(tmpDir, path.join(temporary, id), `${commit}\n`);
    syncDirectory(temporary);
    stopPoint('directory-made');
    clearPlace(place);
    fs.renameSync(temporary, place);
  } catch (error) {
    fs.rmSync(temporary, { force: true, recursive: true });
    throw failureOf(place, error);
  }
  syncDirectory(path.dirname(place));
}

/** Keeps the commit of a deployment from `gc`; what the ref said before does not matter. Durable. */
export async function writeDeploymentRef(
  repository: Repository,
  { id, commit }: DeploymentRef,
): Promise<void> {
  repository.requireWritable();
  const file = repository.file(refFile('deployment', id));
  await repository.withRefsLock(() => {
    // A directory holds names of deployments that no host can have, and cannot be renamed over.
    if (isDirectory(file)) fs.rmSync(file, { recursive: true });
    writeFileDurable(repository.file(TMP_DIR), file, `${commit}\n`);
    stopPoint('ref-written');
  });
}

/**
 * Nothing needs the deployment any more; it may be gone already. Durable.
 * @param id as it was listed
 */
export async function removeDeploymentRef(repository: Repository, id: string): Promise<void> {
  repository.requireWritable();
  const file = repository.file(`${DEPLOYMENTS_DIR}/${id}`);
  await repository.withRefsLock(() => {
    removeFileDurable(file);
  });
}

/** Removes what is in a directory's place: a file, or a link that leads nowhere. */
function clearPlace(place: string): void {
  if (!isDirectory(place)) fs.rmSync(place, { force: true });
}

function isDirectory(place: string): boolean {
  try {
    return fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch (error) {
    // Links that lead to each other.
    if (hasErrno(error, 'ELOOP')) return false;
    throw error;
  }
}
