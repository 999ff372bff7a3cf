/**
 * What a host has deployed from its repository, said inside of it: `refs/deployments/<id>` holds the commit. So whoever removes
 * something finds it whatever path the repository was opened by (docs/formats/repository.md, "Refs").
 */
import fs from 'node:fs';
import type { CommitId } from '../formats/commit/commit.js';
import { stopPoint } from '../util/stop-point.js';
import { removeFileDurable, writeFileDurable } from './durable.js';
import { DEPLOYMENTS_DIR, refFile, TMP_DIR } from './layout.js';
import { listRefs } from './refs.js';
import type { Repository } from './repository.js';

/** A deployment and its commit. */
export interface DeploymentRef {
  /** The deployment's id. */
  readonly id: string;
  readonly commit: CommitId;
}

/** All that can be read, in byte order. A damaged one is not among them: the next change writes it again. */
export function listDeploymentRefs(repository: Repository): DeploymentRef[] {
  return listRefs(repository)
    .refs.filter(({ kind }) => kind === 'deployment')
    .map(({ name, commit }) => ({ id: name, commit }));
}

/** Whether the repository says what is deployed from it; one that was made by an earlier version may not. */
export function hasDeploymentRefs(repository: Repository): boolean {
  return fs.existsSync(repository.file(DEPLOYMENTS_DIR));
}

/** Keeps the commit of a deployment from `gc`; what the ref said before does not matter. Durable. */
export async function writeDeploymentRef(
  repository: Repository,
  { id, commit }: DeploymentRef,
): Promise<void> {
  repository.requireWritable();
  const file = repository.file(refFile('deployment', id));
  await repository.withRefsLock(() => {
    writeFileDurable(repository.file(TMP_DIR), file, `${commit}\n`);
    stopPoint('ref-written');
  });
}

/** Nothing needs the deployment any more; it may be gone already. Durable. */
export async function removeDeploymentRef(repository: Repository, id: string): Promise<void> {
  repository.requireWritable();
  const file = repository.file(refFile('deployment', id));
  await repository.withRefsLock(() => {
    removeFileDurable(file);
  });
}
