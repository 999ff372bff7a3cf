/** Installs a commit to a mounted, empty root file system and a mounted ESP: repository, first deployment, boot loader. */
import fs from 'node:fs';
import type { CommitId } from '../../formats/commit/commit.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import type { Certificate } from '../../formats/x509/certificate.js';
import { describeFinding } from '../../disk/lint/lint-finding.js';
import { findDeployment } from '../../formats/deployment/record.js';
import { syncfs } from '../../linux/sync.js';
import { addRemote } from '../../remote/remotes.js';
import { UKI_RULES } from '../../disk/uki/uki-rules.js';
import { planPull } from '../../remote/pull-plan.js';
import { executePull, type PullReport } from '../../remote/pull.js';
import { Repository } from '../../repo/repository.js';
import { RootsealError } from '../../util/errors.js';
import type { Progress } from '../../util/progress.js';
import { deploy } from '../verbs/deploy.js';
import { Sysroot } from '../host/sysroot.js';
import { withSession } from '../record/with-session.js';
import { installBootLoader } from './boot-loader.js';
import { prepareImage, type InstallImage } from './installable.js';
import type { InstallOrigin } from './first-origin.js';
import { requireFoundByType } from './root-type.js';
import { emptyTarget, requireTarget, type Target } from './target.js';

export interface InstallRequest {
  /** The caller holds its shared lock. */
  readonly source: Repository;
  readonly revision: string;
  /** Where upgrades will come from. */
  readonly origin: InstallOrigin | undefined;
  /** Further kernel arguments. */
  readonly arguments: readonly string[];
  /** Whether what is there already goes away. */
  readonly wipe: boolean;
  readonly tries: number | undefined;
  /** Whether an image that no machine would start is installed. */
  readonly force: boolean;
  /** Whether it starts from the unified kernel image of the commit. */
  readonly uki: boolean;
  /** Which may vouch for what of it no seal does. */
  readonly certificates: readonly Certificate[];
  readonly progress: Progress;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Told what has been done, a line for each step. */
  readonly say: (line: string) => void;
  /** Told what went wrong besides what is thrown. Never throws. */
  readonly warn: (line: string) => void;
  /** Ends it between two steps or while objects are copied; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export interface InstallReport {
  readonly deployment: Deployment;
  /** Objects and bytes that were copied. */
  readonly objects: number;
  readonly bytes: number;
  /** `root=…`; undefined where the partition is found by its type. */
  readonly root: string | undefined;
}

/**
 * Everything is checked before anything is changed.
 * @param options `boot`: mount point of the ESP; default `boot` in `directory`
 * @throws {RootsealError} as `prepareImage` and `requireTarget`; NO_SPACE
 */
export async function installToFilesystem(
  directory: string,
  request: InstallRequest & { readonly boot: string | undefined },
): Promise<InstallReport> {
  const { source, revision, origin, boot, wipe } = request;
  const { force, uki, certificates } = request;
  const given = request.arguments;
  const image = await prepareImage(source, revision, {
    ...{ origin: origin?.branch, given, force, uki, certificates, secureBoot: undefined },
  });
  const { algorithm } = source;
  const target = await requireTarget(directory, { boot, wipe, algorithm, isFoundByType: uki });
  if (uki) await requireFoundByType(target.directory, image.architecture);
  if (wipe) {
    requireElsewhere(source, target);
    emptyTarget(target);
  }
  return installImage(target, image, request);
}

function requireElsewhere(source: Repository, { directory }: Target): void {
  if (!fs.realpathSync(source.path).startsWith(`${directory}/`)) return;
  throw new RootsealError('USAGE', `--wipe would remove the repository ${source.path}`);
}

/** To a target that is empty, and known to be good. */
export async function installImage(
  target: Target,
  image: InstallImage,
  request: InstallRequest,
): Promise<InstallReport> {
  const { directory, boot, root } = target;
  const { say } = request;
  for (const finding of image.remarks) say(`${finding.severity}: ${describeFinding(finding)}`);
  fs.chmodSync(directory, 0o755);
  const pulled = await copyCommit(`${directory}/composefs`, image, request);
  say(`copied ${pulled.objects} objects to ${directory}/composefs`);
  const deployment = await deployFirst(target, pulled.id, request);
  const how = request.uki ? ', as a unified kernel image' : '';
  say(`deployed release ${deployment.release} of ${deployment.name}${how}`);
  installBootLoader(boot, image);
  say(`installed systemd-boot on ${boot}`);
  for (const place of [directory, boot]) await flush(place);
  const { objects, bytes } = pulled;
  return { deployment, objects, bytes, root: request.uki ? undefined : root };
}

async function copyCommit(
  place: string,
  { source, revision, ref }: InstallImage,
  { origin, progress, signal }: InstallRequest,
): Promise<PullReport> {
  const repository = Repository.init(place, source.algorithm);
  const lock = await repository.lock('shared', { signal });
  try {
    const plan = await planPull(repository, {
      remote: { name: 'install', url: source.path },
      branch: 'install',
      commit: revision.id,
      ref,
      // The image's own trust was asked before; nobody else is here yet.
      trust: undefined,
      ukiRules: UKI_RULES,
      signal,
    });
    try {
      const report = await executePull(repository, plan, progress);
      if (origin !== undefined)
        addRemote(repository, { name: origin.branch.remote, url: origin.url });
      return report;
    } finally {
      plan.downloads.close(false);
    }
  } finally {
    lock.release();
  }
}

async function deployFirst(
  { directory, boot, root }: Target,
  commit: CommitId,
  request: InstallRequest,
): Promise<Deployment> {
  const sysroot = Sysroot.openWritable({ sysroot: directory, boot });
  const { progress, now, signal, origin, tries, force, uki, certificates } = request;
  const { record } = await withSession(sysroot, { progress, now, signal }, (session) =>
    deploy(session, {
      revision: commit,
      staged: false,
      origin: origin?.branch,
      changes: { append: request.arguments, delete: [] },
      install: uki ? [] : [root, 'rw'],
      tries,
      force,
      uki,
      certificates,
    }),
  );
  const made = findDeployment(record, record.default);
  if (made === undefined) throw new TypeError('the first deployment is not the default');
  return made;
}

async function flush(directory: string): Promise<void> {
  const fd = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    await syncfs(fd);
  } finally {
    fs.closeSync(fd);
  }
}
