/** What an image says about how its root is set up, and whom it trusts: files that its initramfs has, too. */
import { FormatError } from '../util/errors.js';
import { parsePolicy, DEFAULT_POLICY, type EtcMount, type Policy } from '../formats/seal/policy.js';
import { TRUST_FILE_MAX } from '../formats/seal/lines.js';
import {
  makeKeyring,
  mergeRevocations,
  parseRevocations,
  parseVerifierKeys,
} from '../formats/seal/trust.js';
import type { SealTrust } from '../formats/seal/verify.js';
import { sortedNames, type RegularFile, type Tree } from '../formats/tree/model.js';
import { resolvePath } from '../formats/tree/resolve.js';
import { isTrustName, POLICY_FILE, TRUST_DIRECTORIES } from '../release/trust.js';
import { readContent } from '../repo/read-tree.js';
import type { Repository } from '../repo/repository.js';
import { fromText, toDisplay } from '../util/bytes.js';

/** How an image wants `/etc` mounted. */
export async function etcMountOf(repository: Repository, tree: Tree): Promise<EtcMount> {
  return (await policyOf(repository, tree)).etc.mount;
}

/** @throws {FormatError} when it is malformed: a boot would be refused */
export async function policyOf(repository: Repository, tree: Tree): Promise<Policy> {
  for (const directory of TRUST_DIRECTORIES) {
    const path = `${directory}/${POLICY_FILE}`;
    const file = resolvePath(tree, fromText(path));
    if (file?.kind === 'file') return parsePolicy(await contentOf(repository, file, path));
  }
  return DEFAULT_POLICY;
}

/** Whom an image trusts. @throws {FormatError} when a file is malformed */
export async function trustOf(repository: Repository, tree: Tree): Promise<SealTrust> {
  const keys = [];
  for (const [path, file] of filesIn(tree, 'keys.d', '.pub'))
    for (const key of parseVerifierKeys(await contentOf(repository, file, path))) keys.push(key);
  const revocations = [];
  for (const [path, file] of filesIn(tree, 'revoked.d', ''))
    revocations.push(parseRevocations(await contentOf(repository, file, path)));
  return {
    policy: await policyOf(repository, tree),
    keys: makeKeyring(keys),
    revoked: mergeRevocations(revocations),
  };
}

function filesIn(tree: Tree, name: string, suffix: string): [string, RegularFile][] {
  return TRUST_DIRECTORIES.flatMap((parent) => {
    const directory = resolvePath(tree, fromText(`${parent}/${name}`));
    if (directory?.kind !== 'directory') return [];
    return sortedNames(directory)
      .filter((entry) => isTrustName(toDisplay(entry), suffix))
      .flatMap((entry): [string, RegularFile][] => {
        const path = `${parent}/${name}/${toDisplay(entry)}`;
        const file = resolvePath(tree, fromText(path));
        return file?.kind === 'file' ? [[path, file]] : [];
      });
  });
}

async function contentOf(
  repository: Repository,
  file: RegularFile,
  path: string,
): Promise<Uint8Array> {
  if (file.size > TRUST_FILE_MAX)
    throw new FormatError(path, `${file.size} bytes, more than ${TRUST_FILE_MAX}`);
  const chunks: Buffer[] = [];
  for await (const chunk of readContent(repository, file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
