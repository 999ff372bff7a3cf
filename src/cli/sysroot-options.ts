/** Options of the commands that act on a host, and how its turn is taken. */
import type { Argv } from 'yargs';
import { findDeployment, type DeploymentRecord } from '../formats/deployment/record.js';
import type { Deployment, DeploymentId } from '../formats/deployment/deployment.js';
import { Sysroot, type SysrootOptions } from '../deploy/host/sysroot.js';
import type { Change, Session } from '../deploy/record/session.js';
import { withSession } from '../deploy/record/with-session.js';
import { tellJournal } from '../deploy/journal/tell.js';
import { describeDeployment } from '../formats/deployment/describe.js';
import { RootsealError } from '../util/errors.js';
import { printResult, type Context, type Outcome } from './context.js';
import { counted } from './render/units.js';

/** Adds `--sysroot` and `--boot`. */
export function sysrootOptions<T>(
  yargs: Argv<T>,
): Argv<T & { sysroot: string | undefined; boot: string | undefined }> {
  return yargs
    .option('sysroot', {
      type: 'string',
      takes: 'DIR',
      describe: 'physical root of the host (default: /sysroot, that of the running system)',
    })
    .option('boot', {
      type: 'string',
      takes: 'DIR',
      describe:
        'where its EFI system partition is mounted (default: found; DIR/boot with --sysroot)',
    });
}

/** Changes deployments, and tells the journal when it is those of the running system. */
export async function changeDeployments(
  context: Context,
  options: SysrootOptions & {
    readonly wait?: boolean;
    /** What has to be done before this process's turn begins. */
    readonly prepare?: (sysroot: Sysroot) => Promise<void>;
  },
  action: (session: Session) => Promise<Outcome>,
): Promise<Outcome> {
  const sysroot = Sysroot.openWritable(options);
  await options.prepare?.(sysroot);
  const { progress, now, signal } = context;
  return withSession(sysroot, { progress, now, signal, wait: options.wait ?? false }, action);
}

/** Says what a change came to: a line for each role that changed, or the roles with `--json`. */
export async function printChange(
  context: Context,
  sysroot: Sysroot,
  change: Change,
): Promise<void> {
  tellChange(context, sysroot.isHost, change);
  await printResult(context, describeChange(change).join('\n'), {
    changed: change.actions.length > 0,
    ...documentOfRecord(change.record),
  });
}

/** What the document of each verb that may change deployments says of them (docs/schema/change.json). */
export function documentOfRecord(record: DeploymentRecord) {
  const { default: standard, staged, rollback, booted, floor } = record;
  return { default: standard, staged, rollback, booted, floor };
}

/** Tells the journal of the running system, and people of conflicts. */
export function tellChange(context: Context, isHost: boolean, change: Change): void {
  if (isHost) tellJournal(change);
  for (const line of change.losses) context.remark(`warning: ${line}`);
  for (const line of [...change.remarks, ...conflictLines(change)]) context.remark(line);
}

/** A line for each role that changed. */
export function describeChange({ before, record }: Change): string[] {
  const lines: string[] = [];
  const say = (id: string | null, text: string): void => {
    const deployment = findDeployment(record, id);
    if (deployment !== undefined) lines.push(`${describeDeployment(deployment)} ${text}`);
  };
  if (record.staged !== before.staged) say(record.staged, 'becomes the default at shutdown');
  if (record.default !== before.default)
    say(record.default, 'is the default from the next boot on');
  for (const old of before.deployments) {
    const now = findDeployment(record, old.id);
    if (now === undefined) lines.push(`${describeDeployment(old)} was removed`);
    else if (now.boots !== old.boots) lines.push(`${describeDeployment(now)} is ${now.boots}`);
    else if (now.pinned !== old.pinned)
      lines.push(`${describeDeployment(now)} is ${now.pinned ? '' : 'not '}pinned`);
  }
  return lines;
}

function conflictLines({ merges, conflictsToCome = 0 }: Change): string[] {
  const lines = [...merges.values()].flatMap(({ conflicts }) =>
    conflicts.map(({ path, detail }) => `conflict: ${path}: ${detail}`),
  );
  if (conflictsToCome === 0) return lines;
  const what = `${counted(conflictsToCome, 'conflict')} in /etc to come`;
  return [...lines, `${what}: \`rootseal etc diff --against staged\``];
}

/**
 * The deployment that a person means: an id, the beginning of one, a serial, or a role.
 * @throws {RootsealError} PATH_NOT_FOUND when there is none, USAGE when there are several
 */
export function resolveDeployment(record: DeploymentRecord, wanted: string): DeploymentId {
  const roles: Readonly<Record<string, DeploymentId | null>> = {
    booted: record.booted,
    default: record.default,
    staged: record.staged,
    rollback: record.rollback,
  };
  const named = Object.hasOwn(roles, wanted) ? (roles[wanted] ?? null) : wanted;
  const exact = record.deployments.find(({ id }) => id === named);
  const found = exact === undefined ? matchingDeployments(record, wanted) : [exact];
  const [first] = found;
  if (first === undefined)
    throw new RootsealError('PATH_NOT_FOUND', `there is no deployment ${wanted}`, {
      hint: '`rootseal status` lists the deployments',
    });
  if (found.length > 1)
    throw new RootsealError('USAGE', `${wanted} may be any of ${found.length} deployments`, {
      hint: `these are ${found.map(({ id, serial }) => `${id} (#${serial})`).join(', ')}`,
    });
  return first.id;
}

/**
 * Those that a serial, or an id as `status` prints it, may mean: digits and perhaps `.N`. Without a number it is the deployment that
 * has none, if there is one.
 */
function matchingDeployments(record: DeploymentRecord, wanted: string): Deployment[] {
  const serial = /^#?(\d{1,15})$/.exec(wanted)?.[1];
  const [, digits, number] = /^([0-9a-f]{4,128})(?:\.(\d{1,4}))?$/.exec(wanted) ?? [];
  const named = record.deployments.filter(
    ({ id }) => digits !== undefined && id.startsWith(digits) && isNumbered(id, number),
  );
  const plain = named.filter(({ id }) => !id.includes('.'));
  const byId = number === undefined && plain.length > 0 ? plain : named;
  return record.deployments.filter((one) => String(one.serial) === serial || byId.includes(one));
}

function isNumbered(id: DeploymentId, number: string | undefined): boolean {
  return number === undefined || id.split('.')[1] === number;
}
