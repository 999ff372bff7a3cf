/**
 * What the firmware of this machine starts with Secure Boot, from its variables in efivarfs. Asked before something is put on the ESP: what
 * firmware refuses must not become what it is to start. On a machine that was started by shim, shim has a say as well: what its lists
 * allow is started, what they forbid is not.
 */
import {
  DATABASE_ATTRIBUTES,
  DATABASES,
  type DatabaseName,
} from '../../formats/efi-variables/authenticated-variable.js';
import { GUID } from '../../formats/efi-variables/efi-guid.js';
import type { SecureBootVariables } from '../../formats/efi-variables/pcr7.js';
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
/**
 * By `db` and `dbx`: where shim tells what else it allows and forbids, its own certificate and those of the machine's owner (shim 15.8,
 * mok.c). It makes them at each boot.
 */
const SHIM_LISTS = { db: 'MokListRT', dbx: 'MokListXRT' } as const;

/** The firmware's state of Secure Boot. */
export interface FirmwareKeys {
  /** Whether it refuses what is not signed; false, too, on a machine without such a variable. */
  readonly isEnforced: boolean;
  /** Whether anybody may enrol keys; undefined when it does not say. */
  readonly setupMode: boolean | undefined;
  /** What is allowed, shim's list with it. */
  readonly db: FirmwareDatabase;
  /** What is forbidden, shim's list with it. */
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
    db: withShim(directory, 'db'),
    dbx: withShim(directory, 'dbx'),
  };
}

function withShim(directory: string, name: keyof typeof SHIM_LISTS): FirmwareDatabase {
  const own = readDatabase(directory, name);
  const shim = readShimList(directory, SHIM_LISTS[name]);
  if ('problem' in own || shim === undefined) return own;
  return 'problem' in shim ? shim : { entries: [...own.entries, ...shim.entries] };
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

/**
 * Contents of the variables of keys, as firmware measures them; empty where there is none.
 * @throws {RootsealError} FAILED when one cannot be read
 */
export function readKeyVariables(directory: string = EFIVARS_DIRECTORY): SecureBootVariables {
  const content = (name: DatabaseName): Buffer => {
    const path = `${directory}/${name}-${DATABASES[name]}`;
    const file = readVariable(path, ATTRIBUTES_SIZE + DATABASE_SIZE_MAX) ?? Buffer.alloc(0);
    if (typeof file !== 'string') return file.subarray(ATTRIBUTES_SIZE);
    throw new RootsealError('FAILED', `the firmware's ${name} cannot be read: ${file}`);
  };
  return { PK: content('PK'), KEK: content('KEK'), db: content('db'), dbx: content('dbx') };
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
  const what = `the firmware's ${name}`;
  if (typeof file === 'string') return { problem: `${what} cannot be read: ${file}` };
  if (file === undefined) return { entries: [] };
  if (file.length < ATTRIBUTES_SIZE || file.readUInt32LE(0) !== DATABASE_ATTRIBUTES)
    return { problem: `${what} is not an authenticated variable` };
  return parseDatabase(what, file);
}

/** Undefined when shim did not make it: another one says nothing. */
function readShimList(directory: string, name: string): FirmwareDatabase | undefined {
  const path = `${directory}/${name}-${GUID.SHIM_LOCK}`;
  const file = readVariable(path, ATTRIBUTES_SIZE + DATABASE_SIZE_MAX);
  const what = `shim's ${name}`;
  if (typeof file === 'string') return { problem: `${what} cannot be read: ${file}` };
  return file !== undefined && isOfThisBoot(file) ? parseDatabase(what, file) : undefined;
}

function parseDatabase(what: string, file: Buffer): FirmwareDatabase {
  try {
    return { entries: parseSignatureLists(file.subarray(ATTRIBUTES_SIZE)) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { problem: `${what}: ${error.message}` };
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
