/**
 * Whom an image trusts: files that its initramfs has, too. Read as the boot program reads them, which refuses to start when one
 * that counts is malformed or cannot be read (docs/formats/policy.md, "Where").
 */
import { SETTINGS_FILE_MAX } from '../../formats/setting-lines.js';
import { DEFAULT_POLICY, parsePolicy, type Policy } from '../../formats/seal/policy.js';
import {
  makeKeyring,
  mergeRevocations,
  parseRevocations,
  parseVerifierKeys,
  type Keyring,
  type Revocations,
} from '../../formats/seal/trusted-keys.js';
import type { TrustFile } from '../../formats/seal/trust-manifest.js';
import type { SealTrust } from '../../formats/seal/verify.js';
import { parseNamedFile } from '../../release/named-file.js';
import { RootsealError } from '../../util/errors.js';
import { keyPaths, policyPath, revocationPaths, type ListNames } from '../trust-paths.js';
import type { ImageFiles } from '../image-files.js';

/** @throws {RootsealError} naming the file, when one is such that a boot would be refused */
export async function readImageTrust(files: ImageFiles): Promise<SealTrust> {
  return (await readTrustFiles(files)).trust;
}

/** @throws {RootsealError} as `readImageTrust` */
export async function readImagePolicy(files: ImageFiles): Promise<Policy> {
  return policyOf(await readPolicyFile(files));
}

/** @throws {RootsealError} as `readImageTrust` */
export async function readImageKeys(files: ImageFiles): Promise<Keyring> {
  return keysOf(await readAll(files, keyPaths));
}

/** @throws {RootsealError} as `readImageTrust` */
export async function readImageRevocations(files: ImageFiles): Promise<Revocations> {
  return revocationsOf(await readAll(files, revocationPaths));
}

/** Whom an image trusts, and the files that say it. */
export interface TrustFiles {
  /** The one that counts; none when the defaults do. */
  readonly policy: TrustFile | undefined;
  readonly keys: readonly TrustFile[];
  readonly revocations: readonly TrustFile[];
  readonly trust: SealTrust;
}

/** @throws {RootsealError} as `readImageTrust` */
export async function readTrustFiles(files: ImageFiles): Promise<TrustFiles> {
  const policy = await readPolicyFile(files);
  const keys = await readAll(files, keyPaths);
  const revocations = await readAll(files, revocationPaths);
  return {
    policy: policy[0],
    keys,
    revocations,
    trust: { policy: policyOf(policy), keys: keysOf(keys), revoked: revocationsOf(revocations) },
  };
}

function policyOf([file]: readonly TrustFile[]): Policy {
  return file === undefined ? DEFAULT_POLICY : parsed(file, parsePolicy);
}

function keysOf(files: readonly TrustFile[]): Keyring {
  return makeKeyring(files.flatMap((file) => parsed(file, parseVerifierKeys)));
}

function revocationsOf(files: readonly TrustFile[]): Revocations {
  return mergeRevocations(files.map((file) => parsed(file, parseRevocations)));
}

/** Its file; none when the defaults count. */
function readPolicyFile(files: ImageFiles): Promise<TrustFile[]> {
  return readAll(files, (list) => {
    const path = policyPath(list);
    return path === undefined ? [] : [path];
  });
}

async function readAll(
  files: ImageFiles,
  pathsOf: (list: ListNames) => readonly string[],
): Promise<TrustFile[]> {
  const read: TrustFile[] = [];
  for (const path of pathsOf(namesIn(files)))
    read.push({ path, content: await files.read(path, SETTINGS_FILE_MAX) });
  return read;
}

function parsed<T>({ path, content }: TrustFile, parse: (bytes: Uint8Array) => T): T {
  return parseNamedFile(path, () => parse(content));
}

/** The names throw FORMAT_INVALID when something else than a directory is there, or a link that leads nowhere. */
function namesIn(files: ImageFiles): ListNames {
  return (directory) => {
    const found = files.resolve(directory);
    const isThere = found !== undefined || files.at(directory) !== undefined;
    if (isThere && found?.kind !== 'directory')
      throw new RootsealError('FORMAT_INVALID', `${directory} is not a directory`, {
        details: { path: directory },
      });
    return files.rawNames(directory);
  };
}
