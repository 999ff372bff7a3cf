/** What an image says about how its root is set up, and whom it trusts: files that its initramfs has, too. */
import { filesOfTree } from '../../disk/image-files.js';
import { readImagePolicy, readImageTrust } from '../../disk/lint/image-trust.js';
import type { EtcMount } from '../../formats/seal/policy.js';
import type { SealTrust } from '../../formats/seal/verify.js';
import type { Tree } from '../../formats/tree/model.js';
import type { Repository } from '../../repo/repository.js';

/**
 * How an image wants `/etc` mounted.
 * @throws {RootsealError} when its policy is one that the boot program refuses
 */
export async function etcMountOf(repository: Repository, tree: Tree): Promise<EtcMount> {
  return (await readImagePolicy(filesOfTree(repository, tree))).etc.mount;
}

/** Whom an image trusts. @throws {RootsealError} as `readImageTrust` */
export function trustOf(repository: Repository, tree: Tree): Promise<SealTrust> {
  return readImageTrust(filesOfTree(repository, tree));
}
