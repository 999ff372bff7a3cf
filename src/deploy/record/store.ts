/** The record on disk. */
import fs from 'node:fs';
import {
  EMPTY_RECORD,
  parseRecord,
  printRecord,
  RECORD_SIZE_MAX,
  type DeploymentRecord,
} from '../../formats/deployment/record.js';
import { isDeploymentId } from '../../formats/deployment/deployment.js';
import { readSmallFile, writeFileDurable } from '../../repo/durable.js';
import { hasErrno, RootsealError } from '../../util/errors.js';
import type { Sysroot } from '../host/sysroot.js';

const RECORD_FILE = 'state/deployments.json';
const FLOOR_FILE = 'state/sequence-floor';
/** Directories of deployments. */
export const DEPLOY_DIR = 'state/deploy';
const FLOOR_SIZE_MAX = 32;

/**
 * @throws {FormatError} when it is damaged
 * @throws {RootsealError} FORMAT_INVALID when there are deployments and no record of them
 */
export function loadRecord(sysroot: Sysroot): DeploymentRecord {
  const bytes = readSmallFile(sysroot.file(RECORD_FILE), RECORD_SIZE_MAX);
  if (bytes !== undefined) return withHint(() => parseRecord(bytes));
  if (listDeploymentIds(sysroot).length === 0) return EMPTY_RECORD;
  return withHint(() => {
    throw new RootsealError('FORMAT_INVALID', `${sysroot.file(RECORD_FILE)} is missing`);
  });
}

function withHint(load: () => DeploymentRecord): DeploymentRecord {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof RootsealError)) throw error;
    throw new RootsealError(error.code, 'the record of deployments cannot be read', {
      cause: error,
      hint: '`rootseal repair` makes a new one from what is there',
    });
  }
}

/** Replaces it as a whole. */
export function saveRecord(sysroot: Sysroot, record: DeploymentRecord): void {
  writeFileDurable(sysroot.file('state'), sysroot.file(RECORD_FILE), printRecord(record));
}

/** Names in `state/deploy` that are deployments'. */
export function listDeploymentIds(sysroot: Sysroot): string[] {
  try {
    return fs.readdirSync(sysroot.file(DEPLOY_DIR)).filter(isDeploymentId).sort();
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** The floor that the boot program reads; undefined when there is none, or none that it would accept. */
export function readFloor(sysroot: Sysroot): number | undefined {
  const text = readSmallFile(sysroot.file(FLOOR_FILE), FLOOR_SIZE_MAX)?.toString('latin1');
  const [, digits] = /^(0|[1-9]\d{0,15})\n?$/.exec(text ?? '') ?? [];
  const floor = Number(digits ?? NaN);
  return Number.isSafeInteger(floor) ? floor : undefined;
}

export function writeFloor(sysroot: Sysroot, floor: number): void {
  writeFileDurable(sysroot.file('state'), sysroot.file(FLOOR_FILE), `${floor}\n`);
}
