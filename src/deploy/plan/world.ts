/** What a plan has to know about a host besides the record: what is on its ESP and in its state directory. */
import type { Deployment, DeploymentId } from '../../formats/deployment/deployment.js';

/** A boot entry of ours. */
export interface WorldEntry {
  /** Name of the file in `loader/entries`. */
  readonly file: string;
  /** The name without its boot counter. */
  readonly id: string;
  /** Tries that are left; undefined when it is not counted. */
  readonly left: number | undefined;
  /** Whether it says what the record's deployment of this name wants it to say. */
  readonly matches: boolean;
  /** Whether nothing at all is in it: what a power cut may leave of a new one, and no boot loader lists. */
  readonly isEmpty: boolean;
}

/** A directory in `state/deploy`. */
export interface WorldState {
  readonly id: DeploymentId;
  /** Whether it has an `etc`, which is there as a whole or not at all. */
  readonly hasEtc: boolean;
}

export interface World {
  readonly entries: readonly WorldEntry[];
  /** Hashes of the kernels on the ESP that are complete. */
  readonly kernels: readonly string[];
  /** Names in `rootseal/` on the ESP that are not a complete kernel. */
  readonly strays: readonly string[];
  readonly states: readonly WorldState[];
  /** What the repository says of deployments, whose commits it keeps; of damaged ones it does not know the commit. */
  readonly named: readonly {
    readonly id: DeploymentId;
    readonly commit: string | undefined;
  }[];
  /** What `state/sequence-floor` says; undefined when it is not there or malformed. */
  readonly floor: number | undefined;
  /** Deployments that must not be put on the ESP: this host does not accept them. */
  readonly refused?: ReadonlySet<DeploymentId>;
}

/** A step on the ESP. */
export type EspAction =
  | { readonly do: 'install-kernel'; readonly hash: string; readonly id: DeploymentId }
  | { readonly do: 'write-entry'; readonly file: string; readonly id: DeploymentId }
  | { readonly do: 'rename-entry'; readonly file: string; readonly to: string }
  | { readonly do: 'remove-entry'; readonly file: string }
  | { readonly do: 'remove-kernel'; readonly name: string };

/** One step towards what the record says. Each can be done again, and does nothing when it was done. */
export type Action =
  | EspAction
  /** The repository says that it is deployed, so that nothing removes what it needs. */
  | { readonly do: 'name-deployment'; readonly id: DeploymentId; readonly commit: string }
  /** State directory with the seal, `deployment.json` and the link to `/var`. */
  | { readonly do: 'make-state'; readonly deployment: Deployment }
  /** `etc` of a deployment, from that of another; from the image alone when there is none. */
  | { readonly do: 'merge-etc'; readonly id: DeploymentId; readonly from: DeploymentId | null }
  | { readonly do: 'set-floor'; readonly floor: number }
  | { readonly do: 'save' }
  | { readonly do: 'save-facts'; readonly deployment: Deployment }
  | { readonly do: 'remove-state'; readonly id: DeploymentId }
  /** The repository does not say so any more. */
  | { readonly do: 'forget-deployment'; readonly id: DeploymentId }
  /** The record without its intent: everything above is done. */
  | { readonly do: 'settle' };

const ESP_ACTIONS: ReadonlySet<string> = new Set<EspAction['do']>([
  'install-kernel',
  'write-entry',
  'rename-entry',
  'remove-entry',
  'remove-kernel',
]);

export function isEspAction(action: Action): action is EspAction {
  return ESP_ACTIONS.has(action.do);
}

const CLEANING: ReadonlySet<string> = new Set<Action['do']>([
  'remove-entry',
  'remove-kernel',
  'remove-state',
  'forget-deployment',
]);

/** Whether a step only removes what nobody needs: when it fails, the change goes on, and a later one tries again. */
export function isCleaning(action: Action): boolean {
  return CLEANING.has(action.do);
}

/**
 * Whether a step is to be done although others could not be. What a boot entry may start stays as long as that is there.
 * @param failed cleaning steps of the same plan
 */
export function isDue(action: Action, failed: readonly Action[]): boolean {
  const isNeeded = ['remove-kernel', 'remove-state', 'forget-deployment'].includes(action.do);
  return !isNeeded || failed.every((one) => one.do !== 'remove-entry');
}
