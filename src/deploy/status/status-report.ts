/** What `rootseal status` tells (docs/schema/status.json). */
import type {
  DeployedKernel,
  KernelArgument,
  Origin,
} from '../../formats/deployment/deployment.js';
import type { PackagesSince } from '../../formats/packages/counts.js';
import type { Roles } from '../../formats/deployment/record.js';
import type { EtcConflict } from '../etc/merge-trees.js';
import type { FinalizeFailure } from '../verbs/finalize.js';
import type { BootReport } from '../host/booted.js';
import type { Encryption } from '../host/encryption.js';
import type { AfterReboot } from './after-reboot.js';

export interface StatusDeployment {
  readonly id: string;
  readonly serial: number;
  readonly roles: readonly (keyof Roles)[];
  readonly name: string;
  readonly release: string;
  readonly sequence: number;
  readonly commit: string;
  readonly image: string;
  /** Names of the keys that sealed it. */
  readonly keys: readonly string[];
  /**
   * Who says so: the boot program, which enforced the seal of what is running, or only the record of what was found when it was
   * deployed.
   */
  readonly keysFrom: 'boot' | 'record';
  readonly boots: 'unknown' | 'good' | 'bad';
  readonly pinned: boolean;
  readonly kernel: DeployedKernel;
  readonly arguments: readonly KernelArgument[];
  readonly origin: Origin | null;
  readonly created: string;
  /** When a boot of it was found good for the last time. */
  readonly blessed: string | null;
  readonly failure: { readonly time: string; readonly reason: string } | null;
  /** Its boot entry; null when there is none, as while it is staged. */
  readonly entry: { readonly file: string; readonly triesLeft: number | null } | null;
  /** In its `/etc`, and not settled; of what is staged, those that there would be if it became the default now. */
  readonly conflicts: readonly EtcConflict[];
  /** What it changes in packages against what runs, else the default; null for that one, and where it is not known. */
  readonly packages: PackagesSince | null;
}

export interface StatusReport {
  readonly version: 1;
  readonly sysroot: string;
  /** What is running, as the boot program said; null when it is not this sysroot, or was not started by rootseal. */
  readonly booted: BootReport | null;
  readonly roles: Roles;
  readonly afterReboot: AfterReboot;
  readonly deployments: readonly StatusDeployment[];
  readonly floor: number;
  /** Whether `/usr` of the running system can be written to until it ends. */
  readonly usrOverlay: boolean;
  /** What the boot loader would start if the power failed now. */
  readonly loader: {
    /** Name of the entry without its counter; null when there is none. */
    readonly entry: string | null;
    readonly deployment: string | null;
    /** What decides; null without an entry. */
    readonly by: string | null;
  };
  /** Of the physical root; null when it is not encrypted. */
  readonly encryption: Encryption | null;
  /** Paths on the ESP of what stubs of unified kernel images hand to what they start: addons, credentials, extensions. */
  readonly espExtras: readonly string[];
  /** The last time that the origin was asked; null when never. */
  readonly lastCheck: LastCheck | null;
  readonly finalizeFailure: FinalizeFailure | null;
  /** A change that was interrupted and will be ended by the next command that writes; null when there is none. */
  readonly interrupted: { readonly verb: string; readonly time: string } | null;
  /** What needs a person, one sentence each: `status --check` ends with 3 when there is any. */
  readonly problems: readonly string[];
}

export interface LastCheck {
  readonly time: string;
  readonly origin: Origin;
  /** The commit that the origin had. */
  readonly commit: string;
  readonly release: string;
}
