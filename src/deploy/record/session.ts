/** One process's turn to change the deployments of a host: under the lock, step by step, from the record that is on disk. */
import { printTime } from '../../formats/time.js';
import type { DeploymentId } from '../../formats/deployment/deployment.js';
import type { DeploymentRecord } from '../../formats/deployment/record.js';
import { Revisions } from '../../repo/revisions.js';
import { describeError, isSystemError } from '../../util/errors.js';
import { withPauses } from '../../util/pauses.js';
import type { Progress } from '../../util/progress.js';
import { stopPoint, type StopPoint } from '../../util/stop-point.js';
import type { EtcReport } from '../etc/merge-trees.js';
import type { Sysroot } from '../host/sysroot.js';
import type { Event } from '../plan/event.js';
import { plan, type Plan } from '../plan/plan.js';
import { isCleaning, isDue, type Action } from '../plan/world.js';
import { Execution } from './execute.js';
import { explainStep } from './failure.js';
import { Judge } from './judge.js';
import { observe, type ObserveOptions } from './observe.js';
import { requireEntryRoom } from './room.js';
import { saveRecord } from './store.js';

export interface SessionOptions extends ObserveOptions {
  /** Whether to wait while another process is at it. */
  readonly wait?: boolean;
  readonly progress: Progress;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Ends the work between two steps and within long ones; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** What came of an event. */
export interface Change {
  readonly before: DeploymentRecord;
  readonly record: DeploymentRecord;
  /** What was done; empty when everything was as it should be. */
  readonly actions: readonly Action[];
  /** What merging `/etc` came to, by deployment. */
  readonly merges: ReadonlyMap<DeploymentId, EtcReport>;
  /** What of the state was gone and has been made again, a sentence each. */
  readonly losses: readonly string[];
  /** What could not be done and stops nothing, one sentence each: leftovers, and what this host does not accept. */
  readonly remarks: readonly string[];
  /** Conflicts in `/etc` that there would be if what was staged became the default now. */
  readonly conflictsToCome?: number;
}

/** Where a test can stop the program after each kind of step. */
const AFTER: Readonly<Record<Action['do'], StopPoint>> = {
  'name-deployment': 'deployment-named',
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
  'forget-deployment': 'deployment-forgotten',
  settle: 'record-settled',
};

export class Session {
  readonly sysroot: Sysroot;
  private readonly options: SessionOptions;
  private current: DeploymentRecord;
  private changes = 0;
  private revisionsCache: Revisions | undefined;

  constructor(sysroot: Sysroot, record: DeploymentRecord, options: SessionOptions) {
    this.sysroot = sysroot;
    this.current = record;
    this.options = options;
  }

  /** As it is on disk now. */
  get record(): DeploymentRecord {
    return this.current;
  }

  /** Whether something was changed in this turn that somebody asked for. */
  get hasChanged(): boolean {
    return this.changes > 0;
  }

  get progress(): Progress {
    return this.options.progress;
  }

  get signal(): AbortSignal | undefined {
    return this.options.signal;
  }

  /** Commits and images of the repository: what several steps look at is read once. @throws {RootsealError} as `sysroot.repository` */
  get revisions(): Revisions {
    this.revisionsCache ??= new Revisions(this.sysroot.repository());
    return this.revisionsCache;
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
   * @throws {RootsealError} as `decide` does, with nothing changed; SEAL_*, DIGEST_MISMATCH when this host does not accept what is
   *   to be the default; NO_SPACE; or what a step throws. What somebody wished for is then taken back, unless it has come to removing
   *   what it gives up; else the next session goes on there
   */
  async apply(event: Event): Promise<Change> {
    const before = this.current;
    const { planned, refused } = await this.planAccepted(before, event);
    const { record, actions } = planned;
    if (isWish(event)) requireEntryRoom(this.sysroot.boot, planned);
    const execution = new Execution(
      this.sysroot,
      { before, next: record },
      { revisions: () => this.revisions, ...this.options },
    );
    if (actions.length > 0) stopPoint('plan-made');
    const { done, failed } = await this.run(planned, execution, isWish(event));
    if (actions.length > 0 && !AT_BOOT_OR_SHUTDOWN.includes(event.is)) this.changes++;
    this.current = actions.length === 0 ? record : { ...record, intent: null };
    const remarks = [...refused, ...failed.map(describeError)];
    const { merges, losses } = execution;
    return { before, record: this.current, actions: done, merges, losses, remarks };
  }

  /** A plan that puts nothing on the ESP that this host does not accept; what it leaves out is told. */
  private async planAccepted(
    before: DeploymentRecord,
    event: Event,
  ): Promise<{ planned: Plan; refused: readonly string[] }> {
    const world = await withPauses(observe(this.sysroot, before, this.options), this.signal);
    const time = this.time();
    const judge = new Judge(this.sysroot, before, world, {
      revisions: () => this.revisions,
      signal: this.signal,
    });
    for (;;) {
      const { refused } = judge;
      const planned = plan(before, event, { ...world, refused }, time);
      await judge.look(planned, event);
      if (judge.refused.size > refused.size) continue;
      judge.requireTarget(event, planned);
      return { planned, refused: judge.describe() };
    }
  }

  private async run(
    { actions }: Plan,
    execution: Execution,
    isWanted: boolean,
  ): Promise<{ done: readonly Action[]; failed: readonly unknown[] }> {
    const [done, failed]: [Action[], [Action, unknown][]] = [[], []];
    for (const action of actions) {
      const cleaning = failed.map(([one]) => one);
      if (!isDue(action, cleaning)) continue;
      try {
        await execution.do(action);
      } catch (error) {
        const explained = explainStep(error, action, this.sysroot);
        if (!isCleaning(action)) {
          if (isWanted) execution.takeBack(done, action);
          throw explained;
        }
        // What is being removed cannot be taken back: an interrupted removal goes on in the next session.
        if (!isSystemError(error)) throw explained;
        failed.push([action, explained]);
        continue;
      }
      done.push(action);
      stopPoint(AFTER[action.do]);
    }
    return { done, failed: failed.map(([, error]) => error) };
  }
}

/** At these moments nothing is done besides: giving kernels other names reads images, and may fail each time. */
const AT_BOOT_OR_SHUTDOWN: readonly Event['is'][] = ['bless', 'fail', 'finalize', 'observe'];

/** What somebody asked for, and can ask for again; the others are facts, which hold whether all that follows is done or not. */
function isWish({ is }: Event): boolean {
  return ['deploy', 'finalize', 'rollback', 'undeploy', 'pin', 'rename-kernel'].includes(is);
}
