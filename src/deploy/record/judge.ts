/** Which deployments a plan may put on the ESP. Each is looked at once, at the moment of the plan. */
import type { DeploymentId } from '../../formats/deployment/deployment.js';
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';
import type { SealTrust } from '../../formats/seal/verify.js';
import type { Revisions } from '../../repo/revisions.js';
import { describeError, isInterruption, isSystemError, RootsealError } from '../../util/errors.js';
import type { Sysroot } from '../host/sysroot.js';
import type { Event } from '../plan/event.js';
import type { Plan } from '../plan/plan.js';
import { entryId } from '../plan/reconcile.js';
import type { World } from '../plan/world.js';
import { firmwareOf } from '../boot-loader/firmware.js';
import { hostTrust } from '../image/deployable.js';
import { requireAccepted, type AcceptOptions } from './accept.js';

export interface JudgeTools {
  /** Of the repository of the sysroot; some may have been read before. */
  readonly revisions: () => Revisions;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

export class Judge {
  private readonly sysroot: Sysroot;
  private readonly before: DeploymentRecord;
  private readonly accepted = new Set<DeploymentId>();
  private readonly errors = new Map<DeploymentId, unknown>();
  private readonly signal: AbortSignal | undefined;
  private readonly revisions: () => Revisions;
  private host: Promise<SealTrust | undefined> | undefined;

  /**
   * @param before the record on disk, which nothing vouches for
   */
  constructor(
    sysroot: Sysroot,
    before: DeploymentRecord,
    world: World,
    { revisions, signal }: JudgeTools,
  ) {
    this.signal = signal;
    this.sysroot = sysroot;
    this.revisions = revisions;
    this.before = { ...before, default: anchorOf(before, world) };
  }

  /** Who is not accepted of those that were looked at. */
  get refused(): ReadonlySet<DeploymentId> {
    return new Set(this.errors.keys());
  }

  /** One sentence for each of them. */
  describe(): string[] {
    return [...this.errors].map(
      ([id, error]) => `deployment ${id} is not put on the ESP: ${describeError(error)}`,
    );
  }

  /** Looks at whatever the plan would put on the ESP. */
  async look({ record, actions }: Plan, event: Event): Promise<void> {
    for (const action of actions) {
      if (action.do !== 'install-kernel' && action.do !== 'write-entry') continue;
      if (this.accepted.has(action.id) || this.errors.has(action.id)) continue;
      await this.judge(record, action.id, {
        force: this.isForced(event, action.id),
        certificates: certificatesFor(event, action.id),
      });
    }
  }

  /**
   * What somebody wants to start next must be accepted; others are only left out.
   * @throws {RootsealError} why it is not
   */
  requireTarget(event: Event, { record }: Plan): void {
    const target = event.is === 'deploy' ? event.deployment.id : record.default;
    // Halfway, a directory would have its old name and an entry call for the new one.
    if (event.is === 'rename-kernel') for (const error of this.errors.values()) throw error;
    const isWanted = event.is === 'deploy' || event.is === 'finalize' || event.is === 'rollback';
    if (isWanted && target !== null && this.errors.has(target))
      throw withHint(event, this.errors.get(target));
  }

  /** Somebody insists, or a boot of it was good here: what the image says of itself is not asked. What this host says is. */
  private isForced(event: Event, id: DeploymentId): boolean {
    if (event.is === 'deploy' && event.deployment.id === id) return event.force === true;
    return findDeployment(this.before, id)?.boots === 'good';
  }

  private async judge(
    record: DeploymentRecord,
    id: DeploymentId,
    asked: Pick<AcceptOptions, 'force' | 'certificates'>,
  ): Promise<void> {
    const deployment = findDeployment(record, id) ?? findDeployment(this.before, id);
    if (deployment === undefined) throw new TypeError(`a step for ${id}, which nobody knows`);
    try {
      const revisions = this.revisions();
      this.host ??= hostTrust(this.sysroot, revisions, this.before);
      await requireAccepted(revisions, deployment, await this.host, {
        ...asked,
        boot: this.sysroot.boot,
        signal: this.signal,
        firmware: firmwareOf(this.sysroot),
      });
      this.accepted.add(id);
    } catch (error) {
      // Also when it cannot be read: what cannot be looked at is not accepted.
      if (isInterruption(error)) throw error;
      if (!(error instanceof RootsealError) && !isSystemError(error)) throw error;
      this.errors.set(id, error);
    }
  }
}

/** Whoever deploys may name some; of what was deployed before, nobody remembers them. */
function certificatesFor(event: Event, id: DeploymentId): AcceptOptions['certificates'] {
  return event.is === 'deploy' && event.deployment.id === id ? event.certificates : undefined;
}

/** Whoever wants to go back because something is broken is told what is left to do. */
function withHint({ is }: Event, error: unknown): unknown {
  if (is !== 'rollback' || !(error instanceof RootsealError)) return error;
  return new RootsealError(error.code, `it cannot be rolled back: ${describeError(error)}`, {
    details: error.details,
    hint: 'its boot entry is kept, and can be chosen in the boot menu; or let this host trust the key again',
  });
}

/**
 * On a sysroot that does not run, an image says who is trusted: that of the default. But whoever can write the record can name any:
 * one that the ESP starts already goes before.
 */
function anchorOf(record: DeploymentRecord, { entries }: World): DeploymentId | null {
  const started = record.deployments.filter(
    (one) =>
      one.id !== record.staged && entries.some(({ id, matches }) => matches && id === entryId(one)),
  );
  const found = started.find(({ id }) => id === record.default) ?? started[0];
  return found?.id ?? record.default;
}
