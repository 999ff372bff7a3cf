/** Reads whom a verifier trusts from files: policy, keys, revocations (docs/formats/policy.md, "Where"). */
import fs from 'node:fs';
import path from 'node:path';
import { TRUST_FILE_MAX } from '../formats/seal/lines.js';
import { DEFAULT_POLICY, parsePolicy, type Policy } from '../formats/seal/policy.js';
import {
  makeKeyring,
  mergeRevocations,
  parseRevocations,
  parseVerifierKeys,
} from '../formats/seal/trust.js';
import type { SealTrust } from '../formats/seal/verify.js';
import { readSmallFile } from '../repo/durable.js';
import { FormatError, hasErrno, RootsealError } from '../util/errors.js';

/** Where a host keeps its trust; the first policy found counts, keys and revocations add up. */
const DIRECTORIES = ['/etc/rootseal', '/usr/lib/rootseal'];
const POLICY_FILE = 'setup-root.conf';

export interface TrustPlaces {
  /** A directory of `*.pub`, in place of the host's keys. */
  readonly keys?: string | undefined;
  /** In place of the host's policy. */
  readonly policy?: string | undefined;
}

/** What is trusted, and what says so. */
export interface LoadedTrust extends SealTrust {
  /** The policy's file; undefined when the defaults hold. */
  readonly policyFile: string | undefined;
  readonly keyFiles: readonly string[];
}

/**
 * @throws {RootsealError} PATH_NOT_FOUND when a place that was named is not there
 * @throws {FormatError} when a file is malformed; none is passed over
 */
export function loadTrust(places: TrustPlaces): LoadedTrust {
  const policy = findPolicy(places.policy);
  const keyFiles =
    places.keys === undefined
      ? DIRECTORIES.flatMap((directory) => filesIn(path.join(directory, 'keys.d'), '.pub', true))
      : filesIn(places.keys, '.pub', false);
  const revocationFiles = DIRECTORIES.flatMap((directory) =>
    filesIn(path.join(directory, 'revoked.d'), '', true),
  );
  return {
    policy: policy.policy,
    policyFile: policy.file,
    keyFiles,
    keys: makeKeyring(keyFiles.flatMap((file) => parseFile(file, parseVerifierKeys))),
    revoked: mergeRevocations(revocationFiles.map((file) => parseFile(file, parseRevocations))),
  };
}

function findPolicy(named: string | undefined): { policy: Policy; file: string | undefined } {
  const candidates =
    named === undefined
      ? DIRECTORIES.map((directory) => path.join(directory, POLICY_FILE))
      : [named];
  const file = candidates.find((candidate) => fs.existsSync(candidate));
  if (file !== undefined) return { policy: parseFile(file, parsePolicy), file };
  if (named !== undefined) throw new RootsealError('PATH_NOT_FOUND', `${named}: no such policy`);
  return { policy: DEFAULT_POLICY, file: undefined };
}

function filesIn(directory: string, suffix: string, mayBeAbsent: boolean): string[] {
  try {
    const names = fs.readdirSync(directory).filter((name) => name.endsWith(suffix));
    return names.sort().map((name) => path.join(directory, name));
  } catch (error) {
    if (mayBeAbsent && hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function parseFile<T>(file: string, parse: (bytes: Uint8Array) => T): T {
  const bytes = readSmallFile(file, TRUST_FILE_MAX);
  if (bytes === undefined) throw new RootsealError('PATH_NOT_FOUND', `${file}: no such file`);
  try {
    return parse(bytes);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new RootsealError('FORMAT_INVALID', file, { cause, details: { path: file } });
  }
}
