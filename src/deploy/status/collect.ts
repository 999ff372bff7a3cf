/**
 * Looks at a host and says how it stands. It never fails because of what it finds: what cannot be read is a problem in the
 * report.
 */
import { chooseEntry, type Choice } from '../../formats/boot-loader/choice.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import {
  EMPTY_RECORD,
  findDeployment,
  rolesOf,
  type DeploymentRecord,
  type Roles,
} from '../../formats/deployment/record.js';
import { describeError } from '../../util/errors.js';
import { listedEntries, readEsp, type EspContents } from '../boot-loader/read-esp.js';
import { readLoaderState } from '../boot-loader/variables.js';
import { listUnfinished } from '../etc/place.js';
import { readEtcReport } from '../etc/etc-report.js';
import { readFinalizeFailure } from '../verbs/finalize.js';
import type { BootReport } from '../host/booted.js';
import type { Sysroot } from '../host/sysroot.js';
import { readLastCheck } from '../state/last-check.js';
import { atOnce } from '../../util/steps.js';
import { observe } from '../record/observe.js';
import { entryId, reconcile } from '../plan/reconcile.js';
import { DEPLOY_DIR, loadRecord } from '../record/store.js';
import { rebuildRecord } from '../verbs/repair.js';
import { hasUsrOverlay } from '../verbs/usr-overlay.js';
import { afterReboot } from './after-reboot.js';
import { describeDifferences } from './differences.js';
import { failedReleases, failedShutdown, openConflicts } from './problems.js';
import type { StatusDeployment, StatusReport } from './status-report.js';

const NO_ESP: EspContents = { entries: [], kernels: [], loaderConf: {}, problems: [] };

export function collectStatus(sysroot: Sysroot, booted: BootReport | undefined): StatusReport {
  const problems: string[] = [];
  const attempt: Attempt = (otherwise, look) => {
    try {
      return look();
    } catch (error) {
      const problem = describeError(error);
      if (!problems.includes(problem)) problems.push(problem);
      return otherwise;
    }
  };
  const record = readRecord(sysroot, booted, attempt);
  const found = attempt(undefined, () => readEsp(sysroot.boot));
  const esp = found ?? NO_ESP;
  const choice = attempt(undefined, () => chooseNext(sysroot, esp, found !== undefined));
  const chosen = record.deployments.find((one) => entryId(one) === choice?.name.id);
  const finalizeFailure = attempt(undefined, () => readFinalizeFailure(sysroot));
  const deployments = record.deployments.map((one) =>
    describe({ sysroot, record, esp, booted }, one),
  );
  const seen = [
    ...esp.problems,
    ...runningProblems(record, booted),
    // Without an ESP there is nothing to compare, and that was said.
    ...(found === undefined ? [] : attempt([], () => differences(sysroot, record))),
    ...(found === undefined ? [] : loaderProblems(record, choice, chosen?.id)),
    ...attempt([], () => leftovers(sysroot)),
    ...failedReleases(record),
    ...failedShutdown(record, finalizeFailure),
    ...openConflicts(deployments),
  ];
  return {
    version: 1,
    sysroot: sysroot.directory,
    booted: booted ?? null,
    roles: rolesIn(record),
    afterReboot: afterReboot(record, choice, chosen?.id),
    deployments,
    floor: record.floor,
    usrOverlay: attempt(false, () => sysroot.isHost && hasUsrOverlay()),
    loader: loaderOf(choice, chosen?.id),
    lastCheck: attempt(null, () => readLastCheck(sysroot) ?? null),
    finalizeFailure: finalizeFailure ?? null,
    interrupted: interruptedOf(record),
    problems: [...problems, ...seen],
  };
}

function runningProblems(record: DeploymentRecord, booted: BootReport | undefined): string[] {
  if (booted === undefined || findDeployment(record, booted.id) !== undefined) return [];
  return [`what is running (${booted.id}) is not in the record`];
}

function rolesIn({ default: standard, staged, rollback, booted }: DeploymentRecord): Roles {
  return { default: standard, staged, rollback, booted };
}

function loaderOf(choice: Choice | undefined, chosen: string | undefined): StatusReport['loader'] {
  if (choice === undefined) return { entry: null, deployment: null, by: null };
  return { entry: choice.name.id, deployment: chosen ?? null, by: choice.by };
}

function interruptedOf({ intent }: DeploymentRecord): StatusReport['interrupted'] {
  return intent === null ? null : { verb: intent.verb, time: intent.time };
}

/** Looks; what goes wrong becomes a problem, and `otherwise` what was seen. */
type Attempt = <T>(otherwise: T, look: () => T) => T;

function readRecord(
  sysroot: Sysroot,
  booted: BootReport | undefined,
  attempt: Attempt,
): DeploymentRecord {
  const stored = attempt<DeploymentRecord | undefined>(undefined, () => loadRecord(sysroot));
  const record = stored ?? attempt(EMPTY_RECORD, () => rebuildRecord(sysroot));
  return booted === undefined ? record : { ...record, booted: booted.id };
}

function chooseNext(sysroot: Sysroot, esp: EspContents, isThere: boolean): Choice | undefined {
  if (!isThere) return undefined;
  const listed = listedEntries(sysroot.boot, esp);
  return chooseEntry(listed, esp.loaderConf, sysroot.isHost ? readLoaderState() : {});
}

/** What `repair` would do. */
function differences(sysroot: Sysroot, record: DeploymentRecord): string[] {
  // An interrupted change is told as such.
  if (record.intent !== null) return [];
  return describeDifferences(reconcile(record, record, atOnce(observe(sysroot, record))));
}

/** What somebody could not remove. A change that is at work has some for a moment, too. */
function leftovers(sysroot: Sysroot): string[] {
  return listUnfinished(sysroot.file(DEPLOY_DIR)).map(
    (name) =>
      `${DEPLOY_DIR}/${name} is left over; each change tries to remove it (lsattr shows flags)`,
  );
}

function loaderProblems(
  record: DeploymentRecord,
  choice: Choice | undefined,
  chosen: string | undefined,
): string[] {
  if (record.default === null || chosen === record.default) return [];
  const next = choice === undefined ? 'no entry at all' : `${choice.name.id} (by ${choice.by})`;
  return [`the boot loader will start ${next}, and not the default`];
}

interface Looked {
  readonly sysroot: Sysroot;
  readonly record: DeploymentRecord;
  readonly esp: EspContents;
  readonly booted: BootReport | undefined;
}

function describe(
  { sysroot, record, esp, booted }: Looked,
  deployment: Deployment,
): StatusDeployment {
  const { id, serial, name, release, sequence, commit, image, boots, pinned } = deployment;
  const entry = esp.entries.find((one) => one.name.id === entryId(deployment));
  const isListed = entry !== undefined && record.staged !== id;
  return {
    ...{ id, serial, roles: rolesOf(record, id), name, release, sequence, commit, image },
    ...keysOf(deployment, booted),
    ...{ boots, pinned },
    kernel: deployment.kernel,
    arguments: deployment.arguments,
    origin: deployment.origin ?? null,
    created: deployment.created,
    blessed: deployment.blessed ?? null,
    failure: deployment.failure ?? null,
    entry: isListed ? { file: entry.name.file, triesLeft: entry.name.counter?.left ?? null } : null,
    conflicts: readEtcReport(sysroot.file(`${DEPLOY_DIR}/${deployment.id}`))?.conflicts ?? [],
  };
}

/** Only of what is running, keys were checked by somebody: the boot program. */
function keysOf(
  { id, keys }: Deployment,
  booted: BootReport | undefined,
): Pick<StatusDeployment, 'keys' | 'keysFrom'> {
  const isChecked = booted?.id === id && booted.mode === 'seal';
  if (!isChecked) return { keys, keysFrom: 'record' };
  return { keys: booted.keys.map(({ name }) => name), keysFrom: 'boot' };
}
