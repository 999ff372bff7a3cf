/** Puts right what keeps the boot program from starting a deployment, where that can be done without asking anybody. */
import fs from 'node:fs';
import type { CommitId } from '../../formats/commit/commit.js';
import {
  DEPLOYMENT_SIZE_MAX,
  imageHex,
  parseDeployment,
  printDeployment,
  type Deployment,
} from '../../formats/deployment/deployment.js';
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import { dropOpaqueMarkers } from '../../formats/erofs/overlay.js';
import type { Tree } from '../../formats/tree/model.js';
import { removeTree } from '../../linux/remove.js';
import {
  linkDurable,
  makeDirectoryDurable,
  syncDirectory,
  writeFileDurable,
} from '../../repo/durable.js';
import { isLinkedImage, linkImage, readImage } from '../../repo/images.js';
import { IMAGES_DIR, objectFile } from '../../repo/layout.js';
import { openVerifiedObject } from '../../repo/objects.js';
import type { Repository } from '../../repo/repository.js';
import { readSeal } from '../../repo/seals.js';
import type { Digest } from '../../util/digest.js';
import { isInterruption, RootsealError } from '../../util/errors.js';
import type { Progress } from '../../util/progress.js';
import { ETC_REPORT_FILE, loadEtcReport } from '../etc/etc-report.js';
import { fillVar } from '../etc/var.js';
import { directoryProblem, linkBeneath, statBeneath } from '../host/beneath.js';
import type { Sysroot } from '../host/sysroot.js';
import { noteLoss } from '../state/lost.js';
import { readStateFile, writeStateFile } from '../state/state-file.js';
import { DEPLOY_DIR, FLOOR_FILE, writeFloor } from '../record/store.js';
import { varDirectory, varLinkTarget } from './startable-state.js';

/** What is the same for all deployments. */
interface Place {
  readonly sysroot: Sysroot;
  readonly repository: Repository;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/**
 * Links, seals and names of images; and `/var` when it is gone.
 * @returns what was done, a line for each
 */
export async function restoreStartable(
  sysroot: Sysroot,
  record: DeploymentRecord,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal | undefined },
): Promise<string[]> {
  const repository = sysroot.repository();
  let done = [...restoreFloor(sysroot, record), ...removeDamagedReports(sysroot, record)];
  const place = { sysroot, repository, progress, signal };
  for (const deployment of record.deployments) {
    done = [...done, ...(await restoreImageName(place, deployment))];
    if (directoryProblem(beneath(sysroot, stateOf(deployment))) !== undefined) continue;
    done = [...done, ...restoreVarLink(place, deployment), ...restoreSeal(place, deployment)];
    done = [...done, ...restoreFacts(place, deployment)];
    done = [...done, ...(await restoreVar(place, deployment))];
  }
  return done;
}

function beneath({ directory: root }: Sysroot, path: string) {
  return { root, path };
}

function stateOf({ id }: Deployment): string {
  return `${DEPLOY_DIR}/${id}`;
}

/** Something else than a file there says nothing that the boot program would take. */
function restoreFloor(sysroot: Sysroot, { floor }: DeploymentRecord): string[] {
  const found = statBeneath(beneath(sysroot, FLOOR_FILE));
  if (found?.type !== 'symlink') return [];
  writeFloor(sysroot, floor);
  return [`set the sequence floor to ${floor}`];
}

/** They tell of conflicts in `/etc` that somebody is to look at, and of what is damaged nothing can be told any more. */
function removeDamagedReports(sysroot: Sysroot, { deployments }: DeploymentRecord): string[] {
  return deployments.flatMap(({ id }) => {
    const place = sysroot.file(`${DEPLOY_DIR}/${id}`);
    try {
      loadEtcReport(place);
      return [];
    } catch (error) {
      if (!(error instanceof RootsealError)) throw error;
    }
    removeTree(`${place}/${ETC_REPORT_FILE}`);
    syncDirectory(place);
    return [`removed ${DEPLOY_DIR}/${id}/${ETC_REPORT_FILE}, which was damaged`];
  });
}

/** Only after the object was found to be what it is called. */
async function restoreImageName(
  { repository, signal }: Place,
  deployment: Deployment,
): Promise<string[]> {
  const digest = imageHex(deployment) as Digest;
  if (isLinkedImage(repository, digest)) return [];
  if (!fs.existsSync(repository.file(objectFile(digest)))) return [];
  try {
    fs.closeSync((await openVerifiedObject(repository, digest, { signal })).fd);
  } catch (error) {
    if (!(error instanceof RootsealError) || isInterruption(error)) throw error;
    return [];
  }
  makeDirectoryDurable(repository.file(IMAGES_DIR));
  linkImage(repository, digest);
  return [`named image ${digest} in the repository`];
}

function restoreVarLink({ sysroot }: Place, deployment: Deployment): string[] {
  const path = `${stateOf(deployment)}/var`;
  const target = varLinkTarget(deployment.name);
  if (linkBeneath(beneath(sysroot, path)) === target) return [];
  const found = statBeneath(beneath(sysroot, path));
  // Whatever else is there is somebody's: it stays, and stays a problem.
  if (found !== undefined && found.type !== 'symlink') return [];
  linkDurable(sysroot.file('state'), sysroot.file(path), target);
  return [`made the link ${path}`];
}

function restoreSeal({ sysroot, repository }: Place, deployment: Deployment): string[] {
  const path = `${stateOf(deployment)}/seal`;
  const found = statBeneath(beneath(sysroot, path));
  if (found !== undefined && found.type !== 'symlink') return [];
  const seal = readSeal(repository, deployment.commit as CommitId);
  if (seal === undefined) return [];
  writeFileDurable(sysroot.file('state'), sysroot.file(path), seal);
  return [`copied the seal of ${deployment.id} from the repository`];
}

/** What a record is made of when that is lost. */
function restoreFacts({ sysroot }: Place, deployment: Deployment): string[] {
  const path = `${stateOf(deployment)}/deployment.json`;
  try {
    const bytes = readStateFile(sysroot.file(path), DEPLOYMENT_SIZE_MAX);
    if (bytes !== undefined && parseDeployment(bytes).id === deployment.id) return [];
  } catch (error) {
    if (!(error instanceof RootsealError)) throw error;
  }
  writeStateFile(sysroot, path, printDeployment(deployment));
  return [`wrote ${path} from the record`];
}

/** Undefined where the image is damaged or gone: that of another deployment may be whole. */
async function readIfWhole(
  { repository, signal }: Place,
  image: Digest,
): Promise<Tree | undefined> {
  try {
    return await readImage(repository, image, { signal });
  } catch (error) {
    if (!(error instanceof RootsealError) || isInterruption(error)) throw error;
    return undefined;
  }
}

async function restoreVar(place: Place, deployment: Deployment): Promise<string[]> {
  const { sysroot, repository, progress, signal } = place;
  const { name } = deployment;
  const path = varDirectory(name);
  const isGone = directoryProblem(beneath(sysroot, path))?.endsWith(' is missing') === true;
  if (!isGone) return [];
  const tree = await readIfWhole(place, imageHex(deployment) as Digest);
  if (tree === undefined) return [];
  dropOpaqueMarkers(tree);
  const said = `/var of ${name} was lost and has been made again from the image: what was in it is gone`;
  noteLoss(sysroot, `var-${name}`, said);
  await fillVar({ repository, tree, directory: sysroot.file(path), progress, signal });
  return [said];
}
