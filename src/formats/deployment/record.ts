/**
 * The record of a host's deployments: `state/deployments.json` (docs/formats/sysroot.md, "Record"). The one thing that says
 * what is deployed; boot entries, kernels on the ESP and state directories follow from it.
 */
import { FormatError } from '../../util/errors.js';
import {
  count,
  listOf,
  nullable,
  object,
  optional,
  required,
  requireShape,
  text,
  type Shape,
} from '../shape.js';
import { freeTextProblem } from '../commit/fields.js';
import { DEPLOYMENT, deploymentId, type Deployment, type DeploymentId } from './deployment.js';
import { time } from '../time.js';
import { parseJsonDocument } from '../json-document.js';

/** Ids of the deployments that have a part to play; null where there is none. */
export interface Roles {
  /** What the boot loader is to start next. */
  readonly default: DeploymentId | null;
  /** Becomes the default when the running system shuts down. */
  readonly staged: DeploymentId | null;
  /** What `rollback` makes the default. */
  readonly rollback: DeploymentId | null;
  /** What was running when somebody last looked. */
  readonly booted: DeploymentId | null;
}

/** A change that was begun and is not known to have ended. The next command that writes ends it. */
export interface Intent {
  /** The verb. */
  readonly verb: string;
  readonly time: string;
  /** The roles before it. */
  readonly before: Roles;
}

export interface DeploymentRecord extends Roles {
  readonly version: 1;
  /** The highest serial that was ever given. */
  readonly serial: number;
  /** Sealed images with a lower sequence are refused at boot. */
  readonly floor: number;
  /** By falling serial. */
  readonly deployments: readonly Deployment[];
  readonly intent: Intent | null;
}

export const EMPTY_RECORD: DeploymentRecord = {
  version: 1,
  serial: 0,
  floor: 0,
  default: null,
  staged: null,
  rollback: null,
  booted: null,
  deployments: [],
  intent: null,
};

const FORMAT = 'deployments.json';
/** More deployments than a disk holds. */
const DEPLOYMENTS_MAX = 1000;
/** Longest record, in bytes. */
export const RECORD_SIZE_MAX = 1 << 22;

const role = required(nullable(deploymentId));
const ROLES: Shape = { default: role, staged: role, rollback: role, booted: role };
const RECORD: Shape = {
  version: required((value) => (value === 1 ? undefined : 'only version 1 is known')),
  serial: required(count),
  floor: required(count),
  ...ROLES,
  deployments: required(listOf(object(DEPLOYMENT), DEPLOYMENTS_MAX)),
  intent: optional(
    nullable(
      object({
        verb: required(text(freeTextProblem)),
        time: required(time),
        before: required(object(ROLES)),
      }),
    ),
  ),
};

/**
 * Keys that this version does not know stay in the record.
 * @throws {FormatError} when a field is wrong, two deployments have one id or serial, or a role names none of them
 */
export function parseRecord(bytes: Uint8Array): DeploymentRecord {
  const value = parseJsonDocument(FORMAT, bytes, RECORD_SIZE_MAX);
  requireShape(FORMAT, value, RECORD);
  const record = { intent: null, ...value } as unknown as DeploymentRecord;
  const problem = recordProblem(record);
  if (problem !== undefined) throw new FormatError(FORMAT, problem);
  return record;
}

export function printRecord(record: DeploymentRecord): string {
  return `${JSON.stringify(record, undefined, 1)}\n`;
}

/** What does not fit together in a record, or nothing. */
export function recordProblem(record: DeploymentRecord): string | undefined {
  const ids = new Set(record.deployments.map(({ id }) => id));
  if (ids.size < record.deployments.length) return 'two deployments have the same id';
  const serials = record.deployments.map(({ serial }) => serial);
  if (serials.some((serial, index) => serial >= (serials[index - 1] ?? Infinity)))
    return 'deployments are not in the order of their serials';
  if (serials.some((serial) => serial < 1 || serial > record.serial))
    return 'a serial is higher than the last one given';
  for (const name of ['default', 'staged', 'rollback'] as const) {
    const id = record[name];
    if (id !== null && !ids.has(id)) return `${name} names no deployment`;
  }
  if (record.staged !== null && record.staged === record.default)
    return 'the staged deployment is the default already';
  return undefined;
}

/** The deployment with this id, or undefined. */
export function findDeployment(
  record: DeploymentRecord,
  id: DeploymentId | null,
): Deployment | undefined {
  return id === null ? undefined : record.deployments.find((one) => one.id === id);
}

/** Everything that a boot or a verb may need. `gc` keeps what these name. */
export function rolesOf(record: DeploymentRecord, id: DeploymentId): (keyof Roles)[] {
  return (['booted', 'default', 'staged', 'rollback'] as const).filter(
    (name) => record[name] === id,
  );
}
