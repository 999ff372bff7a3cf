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
import { sortedNames, type Directory, type RegularFile, type Tree } from '../formats/tree/model.js';
import { resolvePath } from '../formats/tree/resolve.js';
import { parseNamedFile } from '../release/named-file.js';
import { isTrustName, POLICY_FILE, TRUST_DIRECTORIES } from '../release/trust.js';
import { readContent } from '../repo/read-tree.js';
import type { Repository } from '../repo/repository.js';
import { fromText, toDisplay, type ByteString } from '../util/bytes.js';

/** How an image wants `/etc` mounted. */
export async function etcMountOf(repository: Repository, tree: Tree): Promise<EtcMount> {
  return (await policyOf(repository, tree)).etc.mount;
}

/**
 * The first policy that has an entry, as the boot program looks for it: what cannot be read there is not passed over.
 * @throws {RootsealError} FORMAT_INVALID when it is malformed, or not a file: a boot would be refused
 */
export async function policyOf(repository: Repository, tree: Tree): Promise<Policy> {
  for (const parent of TRUST_DIRECTORIES.map(fromText)) {
    const name = fromText(POLICY_FILE);
    if (directoryAt(tree, parent)?.children.has(name) === true)
      return parseFile(repository, fileAt(tree, child(parent, name)), parsePolicy);
  }
  return DEFAULT_POLICY;
}

/**
 * Whom an image trusts.
 * @throws {RootsealError} FORMAT_INVALID when a file is malformed, or not a file: a boot would be refused
 */
export async function trustOf(repository: Repository, tree: Tree): Promise<SealTrust> {
  const keys = [];
  for (const file of filesIn(tree, 'keys.d', '.pub'))
    for (const key of await parseFile(repository, file, parseVerifierKeys)) keys.push(key);
  const revocations = [];
  for (const file of filesIn(tree, 'revoked.d', ''))
    revocations.push(await parseFile(repository, file, parseRevocations));
  return {
    policy: await policyOf(repository, tree),
    keys: makeKeyring(keys),
    revoked: mergeRevocations(revocations),
  };
}

interface TrustFile {
  /** For people. */
  readonly path: string;
  readonly inode: RegularFile;
}

function filesIn(tree: Tree, name: string, suffix: string): TrustFile[] {
  return TRUST_DIRECTORIES.flatMap((parent) => {
    const path = fromText(`${parent}/${name}`);
    const directory = directoryAt(tree, path);
    if (directory === undefined) return [];
    return sortedNames(directory)
      .filter((entry) => isTrustName(entry, suffix))
      .map((entry) => fileAt(tree, child(path, entry)));
  });
}

/** A directory that may be absent. @throws {FormatError} when something else is there, such as a link that leads nowhere */
function directoryAt(tree: Tree, path: ByteString): Directory | undefined {
  const slash = path.lastIndexOf('/');
  const parent = resolvePath(tree, path.slice(0, slash) as ByteString);
  const name = path.slice(slash + 1) as ByteString;
  if (parent?.kind !== 'directory' || !parent.children.has(name)) return undefined;
  const directory = resolvePath(tree, path);
  if (directory?.kind === 'directory') return directory;
  throw new FormatError(toDisplay(path), 'not a directory, so a boot would be refused');
}

/** A file, perhaps behind symbolic links. @throws {FormatError} when there is none */
function fileAt(tree: Tree, path: ByteString): TrustFile {
  const inode = resolvePath(tree, path);
  if (inode?.kind === 'file') return { path: toDisplay(path), inode };
  throw new FormatError(toDisplay(path), 'not a regular file, so a boot would be refused');
}

function child(directory: ByteString, name: ByteString): ByteString {
  return `${directory}/${name}` as ByteString;
}

async function parseFile<T>(
  repository: Repository,
  { path, inode }: TrustFile,
  parse: (bytes: Uint8Array) => T,
): Promise<T> {
  const bytes = await contentOf(repository, inode, path);
  return parseNamedFile(path, () => parse(bytes));
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
