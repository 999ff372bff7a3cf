/** Does the steps of a plan, one after the other. Each may have been done before. */
import fs from 'node:fs';
import { makeDirectories } from '../../linux/make-directories.js';
import { printBootEntry } from '../../formats/boot-loader/entry.js';
import { bootEntryOf } from '../../formats/deployment/boot-entry.js';
import {
  imageHex,
  printDeployment,
  type Deployment,
  type DeploymentId,
} from '../../formats/deployment/deployment.js';
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';
import type { Tree } from '../../formats/tree/model.js';
import type { CommitId } from '../../formats/commit/commit.js';
import type { Digest } from '../../util/digest.js';
import { removeDeploymentRef, writeDeploymentRef } from '../../repo/deployment-refs.js';
import type { Repository } from '../../repo/repository.js';
import type { Revisions } from '../../repo/revisions.js';
import { readSeal } from '../../repo/seals.js';
import { isSystemError, RootsealError } from '../../util/errors.js';
import { withPauses } from '../../util/pauses.js';
import type { Progress } from '../../util/progress.js';
import { installKernel, removeKernel } from '../boot-loader/esp-kernel.js';
import { hasEntry, removeEntry, renameEntry, writeEntry } from '../boot-loader/write-esp.js';
import { mergeEtc } from '../etc/merge.js';
import type { EtcReport } from '../etc/merge-trees.js';
import { placeDirectory, removeDirectory } from '../etc/place.js';
import { fillVar } from '../etc/var.js';
import type { Sysroot } from '../host/sysroot.js';
import { requireNoObstacle } from '../host/beneath.js';
import { etcMountOf } from '../image/image-policy.js';
import { kernelSource } from '../image/kernel-source.js';
import { noteLoss } from '../state/lost.js';
import { describeDeployment } from '../../formats/deployment/describe.js';
import { isEspAction, type Action, type EspAction } from '../plan/world.js';
import { writeStateFile } from '../state/state-file.js';
import { DEPLOY_DIR, readFloor, saveRecord, writeFloor } from './store.js';

/** What the steps of one plan have in common. */
export class Execution {
  /** What merging `/etc` came to, by deployment. */
  readonly merges = new Map<DeploymentId, EtcReport>();
  /** What was gone and has been made again, a sentence each. */
  readonly losses: string[] = [];
  private readonly sysroot: Sysroot;
  /** The one on disk before the plan. */
  private readonly before: DeploymentRecord;
  private readonly record: DeploymentRecord;
  private readonly progress: Progress;
  private readonly signal: AbortSignal | undefined;
  private readonly revisions: () => Revisions;

  constructor(
    sysroot: Sysroot,
    records: { readonly before: DeploymentRecord; readonly next: DeploymentRecord },
    {
      revisions,
      progress,
      signal,
    }: {
      readonly revisions: () => Revisions;
      readonly progress: Progress;
      readonly signal?: AbortSignal | undefined;
    },
  ) {
    this.sysroot = sysroot;
    this.before = records.before;
    this.record = records.next;
    this.revisions = revisions;
    this.progress = progress;
    this.signal = signal;
  }

  async do(action: Action): Promise<void> {
    if (isEspAction(action)) return this.doOnEsp(action);
    switch (action.do) {
      case 'name-deployment':
        return writeDeploymentRef(this.repository, {
          id: action.id,
          commit: action.commit as CommitId,
        });
      case 'forget-deployment':
        return removeDeploymentRef(this.repository, action.id);
      case 'make-state':
        return this.makeState(action.deployment);
      case 'merge-etc':
        return this.mergeEtc(action.id, action.from);
      case 'remove-state':
        return withPauses(removeDirectory(this.place(action.id)), this.signal);
      case 'set-floor':
        writeFloor(this.sysroot, action.floor);
        return;
      case 'save':
        saveRecord(this.sysroot, this.record);
        return;
      case 'settle':
        saveRecord(this.sysroot, { ...this.record, intent: null });
        return;
      case 'save-facts':
        this.saveFacts(action.deployment);
        return;
    }
  }

  /**
   * Takes a change back that could not be carried out: the record, and what was told of it beside the states, are as before. What
   * was added goes with the next change. On the ESP nothing may have changed that a boot loader sees, else the next session has to
   * go on there.
   * @param failed the step that could not be done
   */
  takeBack(done: readonly Action[], failed: Action): void {
    const isSeen = done.some((one) => isEspAction(one) && one.do !== 'install-kernel');
    if (isSeen || (failed.do === 'write-entry' && hasEntry(this.sysroot.boot, failed.file))) return;
    if (![...done, failed].some((one) => one.do === 'save')) return;
    try {
      saveRecord(this.sysroot, this.before);
      const floor = readFloor(this.sysroot);
      if (floor !== undefined && floor < this.before.floor)
        writeFloor(this.sysroot, this.before.floor);
      for (const { id } of done.flatMap((one) =>
        one.do === 'save-facts' ? [one.deployment] : [],
      )) {
        const old = findDeployment(this.before, id);
        if (old !== undefined) this.saveFacts(old);
      }
    } catch (error) {
      // The record says what is to be, so the next session goes on there.
      if (!isSystemError(error)) throw error;
    }
  }

  private async doOnEsp(action: EspAction): Promise<void> {
    const { boot } = this.sysroot;
    switch (action.do) {
      case 'install-kernel':
        return this.installKernel(action.id);
      case 'write-entry':
        writeEntry(boot, action.file, printBootEntry(bootEntryOf(this.require(action.id))));
        return;
      case 'rename-entry':
        renameEntry(boot, action.file, action.to);
        return;
      case 'remove-entry':
        removeEntry(boot, action.file);
        return;
      case 'remove-kernel':
        removeKernel(boot, action.name);
    }
  }

  private get repository(): Repository {
    return this.revisions().repository;
  }

  private place(id: DeploymentId): string {
    return this.sysroot.file(`${DEPLOY_DIR}/${id}`);
  }

  private require(id: DeploymentId): Deployment {
    const found = findDeployment(this.record, id) ?? findDeployment(this.before, id);
    if (found === undefined) throw new TypeError(`a step for ${id}, which nobody knows`);
    return found;
  }

  private tree(deployment: Deployment): Promise<Tree> {
    return this.revisions().tree(imageHex(deployment) as Digest, { signal: this.signal });
  }

  private async makeState(deployment: Deployment): Promise<void> {
    const { repository, progress, signal } = this;
    const { id, name, commit } = deployment;
    const directory = this.sysroot.file(`state/os/${name}/var`);
    const tree = await this.tree(deployment);
    await fillVar({ repository, tree, directory, progress, signal });
    makeDirectories(this.sysroot.file(DEPLOY_DIR), 0o755);
    await placeDirectory(
      this.place(id),
      (temporary) => {
        fs.mkdirSync(temporary, { mode: 0o755 });
        const seal = readSeal(repository, commit as CommitId);
        if (seal !== undefined) fs.writeFileSync(`${temporary}/seal`, seal, { mode: 0o644 });
        fs.writeFileSync(`${temporary}/deployment.json`, printDeployment(deployment));
        fs.symlinkSync(`../../os/${name}/var`, `${temporary}/var`);
        return Promise.resolve();
      },
      signal,
    );
  }

  private async mergeEtc(id: DeploymentId, from: DeploymentId | null): Promise<void> {
    const { repository, progress, signal } = this;
    // Nothing is written through a link.
    requireNoObstacle({ root: this.sysroot.directory, path: `${DEPLOY_DIR}/${id}` });
    if (wasLost(this.before, id)) this.noteLostEtc(id, from);
    const theirs = await this.tree(this.require(id));
    const source = from === null ? undefined : this.require(from);
    const base = source === undefined ? undefined : await this.tree(source);
    const report = await mergeEtc({
      repository,
      base,
      mine: source && { root: this.sysroot.directory, path: `${DEPLOY_DIR}/${source.id}/etc` },
      oldMode: base === undefined ? 'bind' : await etcMountOf(repository, base),
      theirs,
      mode: await etcMountOf(repository, theirs),
      target: this.place(id),
      progress,
      signal,
    });
    this.merges.set(id, report);
  }

  private noteLostEtc(id: DeploymentId, from: DeploymentId | null): void {
    const source =
      from === null ? 'its image' : `that of ${describeDeployment(this.require(from))}`;
    const said = `/etc of ${describeDeployment(this.require(id))} was lost and has been made again from ${source}: what was changed in it is gone`;
    noteLoss(this.sysroot, `etc-${id}`, said);
    this.losses.push(said);
  }

  private async installKernel(id: DeploymentId): Promise<void> {
    const deployment = this.require(id);
    const source = await kernelSource(this.revisions(), deployment, this.signal);
    await installKernel(this.sysroot.boot, deployment.kernel, source);
  }

  private saveFacts(deployment: Deployment): void {
    const place = this.place(deployment.id);
    if (!fs.existsSync(place))
      throw new RootsealError('PATH_NOT_FOUND', `the state of ${deployment.id} is missing`);
    const file = `${DEPLOY_DIR}/${deployment.id}/deployment.json`;
    writeStateFile(this.sysroot, file, printDeployment(deployment));
  }
}

/** Whether a deployment had an `/etc` before: all have that are in the record and not staged. */
function wasLost(before: DeploymentRecord, id: DeploymentId): boolean {
  const isFinalizing = before.intent?.verb === 'finalize' && before.intent.before.staged === id;
  return findDeployment(before, id) !== undefined && before.staged !== id && !isFinalizing;
}
