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
import { hasErrno, RootsealError } from '../../util/errors.js';
import type { Sysroot } from '../host/sysroot.js';
import { readStateFile, writeStateFile } from '../state/state-file.js';
import { SALVAGE_SIZE_MAX, salvageRecord, type Salvaged } from './salvage.js';

const RECORD_FILE = 'state/deployments.json';
export const FLOOR_FILE = 'state/sequence-floor';
/** Directories of deployments. */
export const DEPLOY_DIR = 'state/deploy';
const FLOOR_SIZE_MAX = 32;

/**
 * @throws {FormatError} when it is damaged
 * @throws {RootsealError} FORMAT_INVALID when there are deployments and no record of them
 */
export function loadRecord(sysroot: Sysroot): DeploymentRecord {
  const bytes = withHint(() => readStateFile(sysroot.file(RECORD_FILE), RECORD_SIZE_MAX));
  if (bytes !== undefined) return withHint(() => parseRecord(bytes));
  if (listDeploymentIds(sysroot).length === 0) return EMPTY_RECORD;
  return withHint(() => {
    throw new RootsealError('FORMAT_INVALID', `${sysroot.file(RECORD_FILE)} is missing`);
  });
}

/**
 * The record without the deployments that cannot be kept in it; undefined when it is missing, or more than these is wrong.
 * @throws {RootsealError} FORMAT_INVALID when it is a directory
 */
export function salvage(sysroot: Sysroot): Salvaged | undefined {
  const bytes = readStateFile(sysroot.file(RECORD_FILE), SALVAGE_SIZE_MAX);
  return bytes === undefined ? undefined : salvageRecord(bytes);
}

function withHint<T>(load: () => T): T {
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
  writeStateFile(sysroot, RECORD_FILE, printRecord(record));
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
  const text = readFloorText(sysroot);
  const [, digits] = /^(0|[1-9]\d{0,15})\n?$/.exec(text ?? '') ?? [];
  const floor = Number(digits ?? NaN);
  return Number.isSafeInteger(floor) ? floor : undefined;
}

function readFloorText(sysroot: Sysroot): string | undefined {
  try {
    return readStateFile(sysroot.file(FLOOR_FILE), FLOOR_SIZE_MAX)?.toString('latin1');
  } catch (error) {
    if (error instanceof RootsealError && error.code === 'FORMAT_INVALID') return undefined;
    throw error;
  }
}

export function writeFloor(sysroot: Sysroot, floor: number): void {
  writeStateFile(sysroot, FLOOR_FILE, `${floor}\n`);
}
