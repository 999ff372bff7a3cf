/**
 * A record that this version refuses because of single deployments in it: everything else of it is kept. Earlier versions saved
 * kernel arguments that no record and no boot entry can have.
 */
import { writingProblem } from '../../formats/deployment/bootable.js';
import {
  deploymentProblem,
  isDeploymentId,
  type Deployment,
} from '../../formats/deployment/deployment.js';
import { parseJsonDocument } from '../../formats/json-document.js';
import {
  parseRecord,
  printRecord,
  type DeploymentRecord,
} from '../../formats/deployment/record.js';
import { isRecord } from '../../util/checks.js';
import { FormatError } from '../../util/errors.js';
import { leaveOut } from '../plan/roles.js';

/** A deployment that cannot be kept. */
export interface LeftOut {
  /** Its id, or `item N` when it has none. */
  readonly id: string;
  readonly why: string;
}

export interface Salvaged {
  readonly record: DeploymentRecord;
  /** Empty when nothing was wrong. */
  readonly leftOut: readonly LeftOut[];
}

/** Longest document that is looked at, in bytes; a record may have become too long for itself. */
export const SALVAGE_SIZE_MAX = 1 << 26;

/** @returns undefined when more is wrong than single deployments */
export function salvageRecord(bytes: Uint8Array): Salvaged | undefined {
  try {
    const value = parseJsonDocument('deployments.json', bytes, SALVAGE_SIZE_MAX);
    if (!isRecord(value) || !Array.isArray(value['deployments'])) return undefined;
    const leftOut: LeftOut[] = [];
    const kept: unknown[] = [];
    for (const [index, item] of value['deployments'].entries()) {
      const why = problemOf(item);
      if (why === undefined) kept.push(item);
      else leftOut.push({ id: idOf(item) ?? `item ${index}`, why });
    }
    // Roles may name what is left out, so those are chosen before the rest is looked at.
    const chosen = leaveOut(value as unknown as DeploymentRecord, (one) => !kept.includes(one));
    return { record: parseRecord(new TextEncoder().encode(printRecord(chosen))), leftOut };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function problemOf(item: unknown): string | undefined {
  return deploymentProblem(item) ?? writingProblem(item as Deployment);
}

function idOf(item: unknown): string | undefined {
  const id = isRecord(item) ? item['id'] : undefined;
  return typeof id === 'string' && isDeploymentId(id) ? id : undefined;
}
