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
import { reversed, type PackagesSince } from '../../formats/packages/counts.js';
import { describeError } from '../../util/errors.js';
import { listedEntries, readEsp, type EspContents } from '../boot-loader/read-esp.js';
import { readEspExtras, type EspExtras } from '../boot-loader/esp-extras.js';
import { readLoaderState } from '../boot-loader/variables.js';
import { listUnfinished } from '../etc/place.js';
import { loadEtcReport } from '../etc/etc-report.js';
import type { EtcReport } from '../etc/merge-trees.js';
import { readFinalizeFailure } from '../verbs/finalize.js';
import type { BootReport } from '../host/booted.js';
import { encryptionOf } from '../host/encryption.js';
import type { Sysroot } from '../host/sysroot.js';
import { readLastCheck } from '../state/last-check.js';
import { entryId } from '../plan/reconcile.js';
import { DEPLOY_DIR, loadRecord } from '../record/store.js';
import { rebuildRecord } from '../verbs/repair.js';
import { hasUsrOverlay } from '../verbs/usr-overlay.js';
import { afterReboot } from './after-reboot.js';
import { Attempts } from './attempts.js';
import { findDifferences } from './find-differences.js';
import { failedReleases, failedShutdown, openConflicts } from './problems.js';
import type { StatusDeployment, StatusReport } from './status-report.js';

const NO_EXTRAS: EspExtras = { paths: [], problems: [] };
const NO_ESP: EspContents = { entries: [], kernels: [], loaderConf: {}, problems: [] };

/** What was seen, and the record that it was compared with. */
export interface Collected {
  readonly report: StatusReport;
  /** That on disk, else one of what lies there; it says that what is running is running. */
  readonly record: DeploymentRecord;
}

/** All but what is in images. @param booted what is running */
export function collectHost(sysroot: Sysroot, booted: BootReport | undefined): Collected {
  const attempts = new Attempts();
  if (sysroot.bootedError !== undefined) attempts.problems.push(describeError(sysroot.bootedError));
  const record = readRecord(sysroot, booted, attempts);
  const found = attempts.sync(undefined, () => readEsp(sysroot.boot));
  const extras = attempts.sync(NO_EXTRAS, () => readEspExtras(sysroot.boot));
  const next = found && attempts.sync(undefined, () => chooseNext(sysroot, record, found));
  const finalizeFailure = attempts.sync(undefined, () => readFinalizeFailure(sysroot));
  const reports = readReports(sysroot, record, attempts);
  const looked = { record, reports, entries: (found ?? NO_ESP).entries, booted };
  const deployments = record.deployments.map((one) => describe(looked, one));
  const seen = [
    ...(found ?? NO_ESP).problems,
    ...extras.problems,
    ...runningProblems(record, booted),
    ...findDifferences(sysroot, record, found, attempts),
    ...(next === undefined ? [] : loaderProblems(record, next)),
    ...attempts.sync([], () => leftovers(sysroot)),
    ...failedReleases(record),
    ...failedShutdown(record, finalizeFailure),
    ...openConflicts(deployments),
  ];
  const report: Omit<StatusReport, 'problems'> = {
    version: 1,
    sysroot: sysroot.directory,
    booted: booted ?? null,
    roles: rolesIn(record),
    afterReboot: afterReboot(record, next?.choice, next?.chosen),
    deployments,
    floor: record.floor,
    usrOverlay: attempts.sync(false, () => sysroot.isHost && hasUsrOverlay()),
    loader: loaderOf(next),
    encryption: attempts.sync(null, () => encryptionOf(sysroot.directory)),
    espExtras: extras.paths,
    lastCheck: attempts.sync(null, () => readLastCheck(sysroot) ?? null),
    finalizeFailure: finalizeFailure ?? null,
    interrupted: interruptedOf(record),
  };
  return { record, report: { ...report, problems: [...new Set([...attempts.problems, ...seen])] } };
}

function runningProblems(record: DeploymentRecord, booted: BootReport | undefined): string[] {
  if (booted === undefined || findDeployment(record, booted.id) !== undefined) return [];
  return [`what is running (${booted.id}) is not in the record`];
}

function rolesIn({ default: standard, staged, rollback, booted }: DeploymentRecord): Roles {
  return { default: standard, staged, rollback, booted };
}

function loaderOf(next: Next | undefined): StatusReport['loader'] {
  if (next?.choice === undefined) return { entry: null, deployment: null, by: null };
  const { choice, chosen } = next;
  return { entry: choice.name.id, deployment: chosen ?? null, by: choice.by };
}

function interruptedOf({ intent }: DeploymentRecord): StatusReport['interrupted'] {
  return intent === null ? null : { verb: intent.verb, time: intent.time };
}

function readRecord(
  sysroot: Sysroot,
  booted: BootReport | undefined,
  attempts: Attempts,
): DeploymentRecord {
  const stored = attempts.sync<DeploymentRecord | undefined>(undefined, () => loadRecord(sysroot));
  const record = stored ?? attempts.sync(EMPTY_RECORD, () => rebuildRecord(sysroot));
  return booted === undefined ? record : { ...record, booted: booted.id };
}

/** What the boot loader would start now. */
interface Next {
  /** Undefined when there is no entry at all. */
  readonly choice: Choice | undefined;
  /** Id of the deployment that this is. */
  readonly chosen: string | undefined;
}

function chooseNext(sysroot: Sysroot, record: DeploymentRecord, esp: EspContents): Next {
  const listed = listedEntries(sysroot.boot, esp);
  const choice = chooseEntry(listed, esp.loaderConf, sysroot.isHost ? readLoaderState() : {});
  const chosen = record.deployments.find((one) => entryId(one) === choice?.name.id)?.id;
  return { choice, chosen };
}

/**
 * What merging `/etc` came to, by deployment. One that cannot be read is told where its conflicts would be: of what is in use, or will
 * be at the next boot.
 */
function readReports(
  sysroot: Sysroot,
  record: DeploymentRecord,
  { problems }: Attempts,
): ReadonlyMap<string, EtcReport> {
  const reports = new Map<string, EtcReport>();
  for (const { id, release } of record.deployments) {
    const own = new Attempts();
    const report = own.sync(undefined, () => loadEtcReport(sysroot.file(`${DEPLOY_DIR}/${id}`)));
    if (report !== undefined) reports.set(id, report);
    const isTold = id === record.default || id === record.booted;
    for (const problem of isTold ? own.problems : [])
      problems.push(
        `what conflicts there are in /etc of ${release} is not known: ${problem}: \`rootseal etc diff\` shows its edits, and \`rootseal repair\` removes the report`,
      );
  }
  return reports;
}

/** What somebody could not remove. A change that is at work has some for a moment, too. */
function leftovers(sysroot: Sysroot): string[] {
  return listUnfinished(sysroot.file(DEPLOY_DIR)).map(
    (name) =>
      `${DEPLOY_DIR}/${name} is left over; each change tries to remove it (lsattr shows flags)`,
  );
}

function loaderProblems(record: DeploymentRecord, { choice, chosen }: Next): string[] {
  if (record.default === null || chosen === record.default) return [];
  const next = choice === undefined ? 'no entry at all' : `${choice.name.id} (by ${choice.by})`;
  return [`the boot loader will start ${next}, and not the default`];
}

interface Looked {
  readonly record: DeploymentRecord;
  readonly reports: ReadonlyMap<string, EtcReport>;
  readonly entries: EspContents['entries'];
  readonly booted: BootReport | undefined;
}

function describe(
  { record, reports, entries, booted }: Looked,
  deployment: Deployment,
): StatusDeployment {
  const { id, serial, name, release, sequence, commit, image, boots, pinned } = deployment;
  const entry = entries.find((one) => one.name.id === entryId(deployment));
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
    conflicts: reports.get(id)?.conflicts ?? [],
    packages: packagesAgainstCurrent(record, deployment),
  };
}

/** As it was counted when this one was deployed, or, for what ran before, when that which runs was. */
function packagesAgainstCurrent(
  record: DeploymentRecord,
  { commit, packages }: Deployment,
): PackagesSince | null {
  const current = findDeployment(record, record.booted) ?? findDeployment(record, record.default);
  if (current === undefined || current.commit === commit) return null;
  if (packages?.since === current.commit) return packages;
  return current.packages?.since === commit
    ? { since: current.commit, ...reversed(current.packages) }
    : null;
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
