/** One process's turn to change the deployments of a host: under the lock, step by step, from the record that is on disk. */
import { printTime } from '../../formats/commit/fields.js';
import type { DeploymentId } from '../../formats/deployment/deployment.js';
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import type { Progress } from '../../util/progress.js';
import { stopPoint, type StopPoint } from '../../util/stop-point.js';
import { removeUnfinished as removeUnfinishedEntries } from '../boot/write.js';
import type { EtcReport } from '../etc/merge-trees.js';
import { removeUnfinished } from '../etc/place.js';
import type { Sysroot } from '../host/sysroot.js';
import type { Event } from '../plan/event.js';
import { plan } from '../plan/plan.js';
import type { Action } from '../plan/world.js';
import { Execution } from './execute.js';
import { observe, type ObserveOptions } from './observe.js';
import { DEPLOY_DIR, loadRecord, saveRecord } from './store.js';

export interface SessionOptions extends ObserveOptions {
  /** Whether to wait while another process is at it. */
  readonly wait?: boolean;
  readonly progress: Progress;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** What came of an event. */
export interface Change {
  readonly before: DeploymentRecord;
  readonly record: DeploymentRecord;
  /** What was done; empty when everything was as it should be. */
  readonly actions: readonly Action[];
  /** What merging `/etc` came to, by deployment. */
  readonly merges: ReadonlyMap<DeploymentId, EtcReport>;
}

/** Where a test can stop the program after each kind of step. */
const AFTER: Readonly<Record<Action['do'], StopPoint>> = {
  'make-state': 'state-made',
  'merge-etc': 'etc-merged',
  'install-kernel': 'kernel-installed',
  'set-floor': 'floor-set',
  save: 'record-saved',
  'save-facts': 'facts-saved',
  'write-entry': 'entry-written',
  'rename-entry': 'entry-renamed',
  'remove-entry': 'entry-removed',
  'remove-kernel': 'kernel-removed',
  'remove-state': 'state-removed',
  settle: 'record-settled',
};

export class Session {
  readonly sysroot: Sysroot;
  private readonly options: SessionOptions;
  private current: DeploymentRecord;

  constructor(sysroot: Sysroot, record: DeploymentRecord, options: SessionOptions) {
    this.sysroot = sysroot;
    this.current = record;
    this.options = options;
  }

  /** As it is on disk now. */
  get record(): DeploymentRecord {
    return this.current;
  }

  get progress(): Progress {
    return this.options.progress;
  }

  /** `YYYY-MM-DDThh:mm:ssZ` */
  time(): string {
    return printTime(this.options.now());
  }

  /** Writes the record as it is, in place of a damaged one. */
  saveAnew(): void {
    saveRecord(this.sysroot, this.current);
  }

  /**
   * Changes the host to what the event makes of it.
   * @throws {RootsealError} as `decide` does, with nothing changed; or what a step throws, and the next session goes on there
   */
  async apply(event: Event): Promise<Change> {
    const before = this.current;
    const world = observe(this.sysroot, before, this.options);
    const { record, actions } = plan(before, event, world, this.time());
    const execution = new Execution(this.sysroot, { before, next: record }, this.options.progress);
    if (actions.length > 0) stopPoint('plan-made');
    for (const action of actions) {
      await execution.do(action);
      stopPoint(AFTER[action.do]);
    }
    this.current = actions.length === 0 ? record : { ...record, intent: null };
    return { before, record: this.current, actions, merges: execution.merges };
  }
}

/**
 * Runs `action` while no other process changes deployments and the repository's objects stay.
 * @throws {RootsealError} LOCKED; FORMAT_INVALID when the record is damaged
 */
export async function withSession<T>(
  sysroot: Sysroot,
  options: SessionOptions,
  action: (session: Session) => Promise<T>,
  load: (sysroot: Sysroot) => DeploymentRecord = loadRecord,
): Promise<T> {
  return sysroot.withLock(options.wait ?? false, async () => {
    const lock = await sysroot.repository().lock('shared');
    try {
      // Nobody else is at work, so what is unfinished was left by somebody who was killed.
      removeUnfinished(sysroot.file(DEPLOY_DIR));
      removeUnfinishedEntries(sysroot.boot);
      return await action(new Session(sysroot, load(sysroot), options));
    } finally {
      lock.release();
    }
  });
}
