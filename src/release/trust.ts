/** Reads whom a verifier trusts from files: policy, keys, revocations (docs/formats/policy.md, "Where"). */
import fs from 'node:fs';
import path from 'node:path';
import type { VerifierKey } from '../formats/seal/key.js';
import { SETTINGS_FILE_MAX } from '../formats/setting-lines.js';
import { DEFAULT_POLICY, parsePolicy, type Policy } from '../formats/seal/policy.js';
import {
  makeKeyring,
  mergeRevocations,
  parseRevocations,
  parseVerifierKeys,
  type Keyring,
} from '../formats/seal/trusted-keys.js';
import type { SealTrust } from '../formats/seal/verify.js';
import { hasErrno, RootsealError } from '../util/errors.js';
import { parseNamedFile, readNamedFile } from './named-file.js';

/** Where a host keeps its trust; the first policy found counts, keys and revocations add up. */
export const TRUST_DIRECTORIES = ['/etc/rootseal', '/usr/lib/rootseal'];
const HOST_KEYS = TRUST_DIRECTORIES.map((directory) => path.join(directory, 'keys.d'));
export const POLICY_FILE = 'setup-root.conf';

export interface TrustPlaces {
  /** A directory of `*.pub`, or the keys themselves, in place of the host's keys. */
  readonly keys?: string | readonly VerifierKey[] | undefined;
  /** A file, or the policy itself, in place of the host's policy. */
  readonly policy?: string | Policy | undefined;
}

/** What is trusted, and what says so. */
export interface LoadedTrust extends SealTrust {
  /** The policy's file; undefined when the defaults hold. */
  readonly policyFile: string | undefined;
  /** Directories whose `*.pub` files are the keys; none when the keys themselves were given. */
  readonly keyDirectories: readonly string[];
}

/**
 * @throws {RootsealError} PATH_NOT_FOUND when a place that was named is not there
 * @throws {FormatError} when a file is malformed; none is passed over
 */
export function loadTrust(places: TrustPlaces): LoadedTrust {
  const policy = findPolicy(places.policy);
  const revocationFiles = TRUST_DIRECTORIES.flatMap((directory) =>
    filesIn(path.join(directory, 'revoked.d'), '', true),
  );
  return {
    policy: policy.policy,
    policyFile: policy.file,
    ...findKeys(places.keys),
    revoked: mergeRevocations(revocationFiles.map((file) => parseFile(file, parseRevocations))),
  };
}

/** The same trust, with keys that are known besides. @throws {FormatError} when two keys cannot be told apart */
export function withKeys(trust: LoadedTrust, others: readonly VerifierKey[]): LoadedTrust {
  return { ...trust, keys: makeKeyring([...others, ...trust.keys.values()]) };
}

function findKeys(named: TrustPlaces['keys']): Pick<LoadedTrust, 'keyDirectories' | 'keys'> {
  if (named === undefined) return { keyDirectories: HOST_KEYS, keys: loadHostKeys() };
  return typeof named === 'string'
    ? { keyDirectories: [named], keys: loadKeys([named], false) }
    : { keyDirectories: [], keys: makeKeyring(named) };
}

/**
 * The host's verifier keys, and others that are known besides.
 * @throws {RootsealError} when a file is malformed, or two keys cannot be told apart
 */
export function loadHostKeys(others: readonly VerifierKey[] = []): Keyring {
  return loadKeys(HOST_KEYS, true, others);
}

/**
 * The keys of a directory of `*.pub` files, in place of the host's, and others that are known besides.
 * @param directory undefined: the host's
 * @throws {RootsealError} as `loadHostKeys`; PATH_NOT_FOUND when the directory is not there
 */
export function loadKnownKeys(
  directory: string | undefined,
  others: readonly VerifierKey[] = [],
): Keyring {
  return directory === undefined ? loadHostKeys(others) : loadKeys([directory], false, others);
}

function loadKeys(
  directories: readonly string[],
  mayBeAbsent: boolean,
  others: readonly VerifierKey[] = [],
): Keyring {
  const files = directories.flatMap((directory) => filesIn(directory, '.pub', mayBeAbsent));
  return makeKeyring([...others, ...files.flatMap((file) => parseFile(file, parseVerifierKeys))]);
}

/** A file that is there but cannot be read is an error: a looser policy must not take its place. */
function findPolicy(named: TrustPlaces['policy']): { policy: Policy; file: string | undefined } {
  if (typeof named === 'object') return { policy: named, file: undefined };
  const file =
    named ??
    TRUST_DIRECTORIES.filter(directoryExists)
      .map((directory) => path.join(directory, POLICY_FILE))
      .find((candidate) => fs.lstatSync(candidate, { throwIfNoEntry: false }) !== undefined);
  return { policy: file === undefined ? DEFAULT_POLICY : parseFile(file, parsePolicy), file };
}

/** Whether a name in `keys.d` or `revoked.d` counts. What starts with a dot is not meant: an editor's swap file, say. */
export function isTrustName(name: string, suffix: string): boolean {
  return !name.startsWith('.') && name.endsWith(suffix);
}

/**
 * @throws {RootsealError} USAGE when something else is in the place of the directory, a link that leads nowhere even: the boot program
 * refuses that
 */
function directoryExists(directory: string): boolean {
  if (fs.lstatSync(directory, { throwIfNoEntry: false }) === undefined) return false;
  if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return true;
  throw new RootsealError('USAGE', `${directory} is not a directory`, {
    details: { path: directory },
  });
}

/** Every file that counts must be readable. */
function filesIn(directory: string, suffix: string, mayBeAbsent: boolean): string[] {
  if (mayBeAbsent && !directoryExists(directory)) return [];
  try {
    const names = fs.readdirSync(directory).filter((name) => isTrustName(name, suffix));
    return names.sort().map((name) => regularFile(path.join(directory, name)));
  } catch (error) {
    if (!hasErrno(error, 'ENOENT') && !hasErrno(error, 'ENOTDIR')) throw error;
    throw new RootsealError('PATH_NOT_FOUND', `${directory}: no such directory`, {
      details: { path: directory },
    });
  }
}

/** A directory or a fifo is not a list; read, a fifo would even count as an empty one. A symbolic link may lead to a file. */
function regularFile(file: string): string {
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== false) return file;
  throw new RootsealError('USAGE', `${file} is not a regular file`, { details: { path: file } });
}

function parseFile<T>(file: string, parse: (bytes: Uint8Array) => T): T {
  const bytes = readNamedFile(file, SETTINGS_FILE_MAX);
  return parseNamedFile(file, () => parse(bytes));
}
