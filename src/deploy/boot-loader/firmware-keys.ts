/**
 * What the firmware of this machine starts with Secure Boot, from its variables in efivarfs. Asked before something is put on the ESP: what
 * firmware refuses must not become what it is to start.
 */
import {
  DATABASE_ATTRIBUTES,
  DATABASES,
  type DatabaseName,
} from '../../formats/efi-variables/authenticated-variable.js';
import { GUID } from '../../formats/efi-variables/efi-guid.js';
import { judgeImage, type ImageVerdict } from '../../formats/efi-variables/image-verdict.js';
import {
  DATABASE_SIZE_MAX,
  parseSignatureLists,
  type DatabaseEntry,
} from '../../formats/efi-variables/signature-list.js';
import {
  decodeFlagVariable,
  isOfThisBoot,
  VARIABLE_SIZE_MAX,
} from '../../formats/boot-loader/loader-variable.js';
import { readSmallFile } from '../../repo/durable.js';
import { describeError, FormatError, isSystemError, RootsealError } from '../../util/errors.js';
import { EFIVARS_DIRECTORY } from './variables.js';

const ATTRIBUTES_SIZE = 4;

/** The firmware's state of Secure Boot. */
export interface FirmwareKeys {
  /** Whether it refuses what is not signed; false, too, on a machine without such a variable. */
  readonly isEnforced: boolean;
  /** Whether anybody may enrol keys; undefined when it does not say. */
  readonly setupMode: boolean | undefined;
  readonly db: FirmwareDatabase;
  readonly dbx: FirmwareDatabase;
}

/** Entries of a variable, or why they are not known. */
export type FirmwareDatabase =
  { readonly entries: readonly DatabaseEntry[] } | { readonly problem: string };

/** @param directory where efivarfs is mounted */
export function readFirmwareKeys(directory: string = EFIVARS_DIRECTORY): FirmwareKeys {
  const secureBoot = readFlag(directory, 'SecureBoot');
  const setupMode = readFlag(directory, 'SetupMode');
  return {
    // What cannot be read may be on.
    isEnforced: secureBoot === true || secureBoot === 'unreadable',
    setupMode: setupMode === 'unreadable' ? undefined : setupMode,
    db: readDatabase(directory, 'db'),
    dbx: readDatabase(directory, 'dbx'),
  };
}

/** Whether the firmware starts a file; `isAccepted` alone when it starts whatever there is. */
export type FirmwareVerdict =
  ImageVerdict | { readonly isAccepted: true; readonly isEnforced: false };

/** Whether the firmware of this machine would start this PE file. What it says of its databases is not guessed: unreadable is a refusal. */
export function firmwareAccepts(
  bytes: Uint8Array,
  keys: FirmwareKeys = readFirmwareKeys(),
): FirmwareVerdict {
  if (!keys.isEnforced) return { isAccepted: true, isEnforced: false };
  const { db, dbx } = keys;
  if ('problem' in db) return { isAccepted: false, reason: db.problem };
  if ('problem' in dbx) return { isAccepted: false, reason: dbx.problem };
  return judgeImage(bytes, { db: db.entries, dbx: dbx.entries });
}

/** Firmware makes these flags at each boot; a lasting one was made by somebody else, and says nothing. */
function readFlag(directory: string, name: string): boolean | 'unreadable' | undefined {
  const path = `${directory}/${name}-${GUID.EFI_GLOBAL_VARIABLE}`;
  const file = readVariable(path, VARIABLE_SIZE_MAX);
  if (typeof file === 'string') return 'unreadable';
  return file !== undefined && isOfThisBoot(file) ? decodeFlagVariable(file) : undefined;
}

function readDatabase(directory: string, name: DatabaseName): FirmwareDatabase {
  const path = `${directory}/${name}-${DATABASES[name]}`;
  const file = readVariable(path, ATTRIBUTES_SIZE + DATABASE_SIZE_MAX);
  if (typeof file === 'string')
    return { problem: `the firmware's ${name} cannot be read: ${file}` };
  if (file === undefined) return { entries: [] };
  if (file.length < ATTRIBUTES_SIZE || file.readUInt32LE(0) !== DATABASE_ATTRIBUTES)
    return { problem: `the firmware's ${name} is not an authenticated variable` };
  try {
    return { entries: parseSignatureLists(file.subarray(ATTRIBUTES_SIZE)) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { problem: `the firmware's ${name}: ${error.message}` };
  }
}

/** The file of a variable; undefined when there is none; text says why it cannot be read. */
function readVariable(path: string, limit: number): Buffer | undefined | string {
  try {
    return readSmallFile(path, limit);
  } catch (error) {
    if (isSystemError(error) || error instanceof RootsealError) return describeError(error);
    throw error;
  }
}
