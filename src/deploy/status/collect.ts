/**
 * Looks at a host and says how it stands. It never fails because of what it finds: what cannot be read is a problem in the
 * report.
 */
import { chooseEntry, type Choice } from '../../formats/boot/choice.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import {
  EMPTY_RECORD,
  findDeployment,
  rolesOf,
  type DeploymentRecord,
} from '../../formats/deployment/record.js';
import { describeError } from '../../util/errors.js';
import { listedEntries, readEsp, type EspContents } from '../boot/esp.js';
import { readLoaderState } from '../boot/variables.js';
import { listUnfinished } from '../etc/place.js';
import { readEtcReport } from '../etc/report.js';
import { readFinalizeFailure } from '../finalize.js';
import type { BootReport } from '../host/booted.js';
import type { Sysroot } from '../host/sysroot.js';
import { readLastCheck } from '../last-check.js';
import { observe } from '../record/observe.js';
import { entryId, reconcile } from '../plan/reconcile.js';
import { DEPLOY_DIR, loadRecord } from '../record/store.js';
import { rebuildRecord } from '../repair.js';
import { hasUsrOverlay } from '../usr-overlay.js';
import { describeDifferences } from './differences.js';
import type { StatusDeployment, StatusReport } from './report.js';

const NO_ESP: EspContents = { entries: [], kernels: [], loaderConf: {}, problems: [] };

export function collectStatus(sysroot: Sysroot, booted: BootReport | undefined): StatusReport {
  const problems: string[] = [];
  const attempt: Attempt = (otherwise, look) => {
    try {
      return look();
    } catch (error) {
      problems.push(describeError(error));
      return otherwise;
    }
  };
  const record = readRecord(sysroot, booted, attempt);
  const esp = attempt(NO_ESP, () => readEsp(sysroot.boot));
  for (const problem of esp.problems) problems.push(problem);
  const choice = attempt(undefined, () => chooseNext(sysroot, esp));
  const chosen = record.deployments.find((one) => entryId(one) === choice?.name.id);
  for (const problem of [
    ...attempt([], () => differences(sysroot, record)),
    ...leftovers(sysroot),
    ...roleProblems(record, { choice, chosen: chosen?.id, booted }),
  ])
    problems.push(problem);
  const { default: standard, staged, rollback, intent } = record;
  return {
    version: 1,
    sysroot: sysroot.directory,
    booted: booted ?? null,
    roles: { default: standard, staged, rollback, booted: record.booted },
    deployments: record.deployments.map((one) => describe(sysroot, record, one, esp)),
    floor: record.floor,
    usrOverlay: attempt(false, () => sysroot.isHost && hasUsrOverlay()),
    loader: {
      entry: choice?.name.id ?? null,
      deployment: chosen?.id ?? null,
      by: choice?.by ?? null,
    },
    lastCheck: attempt(null, () => readLastCheck(sysroot) ?? null),
    finalizeFailure: attempt(null, () => readFinalizeFailure(sysroot) ?? null),
    interrupted: intent === null ? null : { verb: intent.verb, time: intent.time },
    problems,
  };
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

function chooseNext(sysroot: Sysroot, esp: EspContents): Choice | undefined {
  const listed = listedEntries(sysroot.boot, esp);
  return chooseEntry(listed, esp.loaderConf, sysroot.isHost ? readLoaderState() : {});
}

/** What `repair` would do. */
function differences(sysroot: Sysroot, record: DeploymentRecord): string[] {
  // An interrupted change is told as such.
  if (record.intent !== null) return [];
  return describeDifferences(reconcile(record, record, observe(sysroot, record)));
}

/** What somebody could not remove. A change that is at work has some for a moment, too. */
function leftovers(sysroot: Sysroot): string[] {
  return listUnfinished(sysroot.file(DEPLOY_DIR)).map(
    (name) =>
      `${DEPLOY_DIR}/${name} is left over; each change tries to remove it (lsattr shows flags)`,
  );
}

interface Chosen {
  readonly choice: Choice | undefined;
  readonly chosen: string | undefined;
  readonly booted: BootReport | undefined;
}

function roleProblems(record: DeploymentRecord, { choice, chosen, booted }: Chosen): string[] {
  const problems: string[] = [];
  if (booted !== undefined && findDeployment(record, booted.id) === undefined)
    problems.push(`what is running (${booted.id}) is not in the record`);
  if (record.default === null || chosen === record.default) return problems;
  const next = choice === undefined ? 'no entry at all' : `${choice.name.id} (by ${choice.by})`;
  problems.push(`the boot loader will start ${next}, and not the default`);
  return problems;
}

function describe(
  sysroot: Sysroot,
  record: DeploymentRecord,
  deployment: Deployment,
  esp: EspContents,
): StatusDeployment {
  const { id, serial, name, release, sequence, commit, image, keys, boots, pinned } = deployment;
  const entry = esp.entries.find((one) => one.name.id === entryId(deployment));
  const isListed = entry !== undefined && record.staged !== id;
  return {
    ...{ id, serial, roles: rolesOf(record, id), name, release, sequence, commit, image },
    ...{ keys, boots, pinned },
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
