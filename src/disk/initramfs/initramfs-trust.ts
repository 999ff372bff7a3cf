/**
 * What the boot program of a tree will believe: policy, keys and revocations (docs/formats/policy.md, "Where"). All of it is
 * parsed here, because at boot nobody can mend a mistake.
 */
import { SETTINGS_FILE_MAX } from '../../formats/setting-lines.js';
import { DEFAULT_POLICY, parsePolicy, type Policy } from '../../formats/seal/policy.js';
import {
  makeKeyring,
  mergeRevocations,
  parseRevocations,
  parseVerifierKeys,
} from '../../formats/seal/trusted-keys.js';
import { parseNamedFile } from '../../release/named-file.js';
import { keyPaths, policyPath, revocationPaths } from '../trust-paths.js';
import type { TreeDirectory } from './initramfs-tree.js';

export interface TrustFile {
  /** Absolute, the same in the tree and in the initramfs. */
  readonly path: string;
  readonly content: Uint8Array;
}

export interface TreeTrust {
  readonly files: readonly TrustFile[];
  readonly policy: Policy;
  /** How many verifier keys there are. */
  readonly keys: number;
}

/** @throws {RootsealError} when a file is one that the boot program would refuse */
export function collectTrust(tree: TreeDirectory): TreeTrust {
  const list = (directory: string) => tree.listUnlessAbsent(directory);
  const policy = policyPath(list);
  const policyFile = policy === undefined ? undefined : readFile(tree, policy);
  const keyFiles = keyPaths(list).map((path) => readFile(tree, path));
  const revocationFiles = revocationPaths(list).map((path) => readFile(tree, path));
  const keyring = makeKeyring(keyFiles.flatMap((file) => parse(file, parseVerifierKeys)));
  mergeRevocations(revocationFiles.map((file) => parse(file, parseRevocations)));
  return {
    files: [...(policyFile === undefined ? [] : [policyFile]), ...keyFiles, ...revocationFiles],
    policy: policyFile === undefined ? DEFAULT_POLICY : parse(policyFile, parsePolicy),
    keys: keyring.size,
  };
}

function readFile(tree: TreeDirectory, path: string): TrustFile {
  // One byte more than allowed is an error of the format's own, which says more.
  return { path, content: tree.readExisting(path, SETTINGS_FILE_MAX + 1) };
}

function parse<T>(file: TrustFile, parser: (bytes: Uint8Array) => T): T {
  return parseNamedFile(file.path, () => parser(file.content));
}
