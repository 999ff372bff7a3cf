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
import type { SealTrust } from '../../formats/seal/verify.js';
import { parseNamedFile } from '../../release/named-file.js';
import { RootsealError } from '../../util/errors.js';
import { keyPaths, policyPath, revocationPaths, type ListNames } from '../trust-paths.js';
import type { ImageFiles } from './files.js';

/** @throws {RootsealError} naming the file, when one is such that a boot would be refused */
export async function readImageTrust(files: ImageFiles): Promise<SealTrust> {
  return {
    policy: await readImagePolicy(files),
    keys: await readImageKeys(files),
    revoked: await readImageRevocations(files),
  };
}

/** @throws {RootsealError} as `readImageTrust` */
export async function readImagePolicy(files: ImageFiles): Promise<Policy> {
  const path = policyPath(namesIn(files));
  return path === undefined ? DEFAULT_POLICY : parsed(files, path, parsePolicy);
}

/** @throws {RootsealError} as `readImageTrust` */
export async function readImageKeys(files: ImageFiles): Promise<Keyring> {
  const keys = [];
  for (const path of keyPaths(namesIn(files)))
    for (const key of await parsed(files, path, parseVerifierKeys)) keys.push(key);
  return makeKeyring(keys);
}

/** @throws {RootsealError} as `readImageTrust` */
export async function readImageRevocations(files: ImageFiles): Promise<Revocations> {
  const lists = [];
  for (const path of revocationPaths(namesIn(files)))
    lists.push(await parsed(files, path, parseRevocations));
  return mergeRevocations(lists);
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

async function parsed<T>(
  files: ImageFiles,
  path: string,
  parse: (bytes: Uint8Array) => T,
): Promise<T> {
  const bytes = await files.read(path, SETTINGS_FILE_MAX);
  return parseNamedFile(path, () => parse(bytes));
}
