/** What rules look at. What costs something is read when the first rule asks for it, and once. */
import type { Commit, CommitId } from '../../formats/commit/commit.js';
import type { Tree } from '../../formats/tree/model.js';
import type { ImageFiles } from '../image-files.js';
import type { KernelPaths } from '../kernel-paths.js';
import type { SealedCommit } from './decide-seal.js';
import type { TrustState } from './trust-state.js';
import type { WholeTree } from './whole-tree.js';

/** An image that is to be started. */
export interface StartSubject {
  readonly files: ImageFiles;
  /** The commit, when it is one already: then its seal is looked at. */
  readonly commit?: SealedCommit | undefined;
  /** Release of the kernel to start, where there are several. */
  readonly kernel?: string | undefined;
  readonly trust: () => Promise<TrustState>;
}

/** An image that is to be released. */
export interface ReleaseSubject extends StartSubject {
  readonly whole: WholeTree;
  /** Where its kernel is; undefined when the rules about that have something to say. */
  readonly kernelPaths: () => KernelPaths | undefined;
  /** What of its initramfs is compared with the tree. */
  readonly initramfs: () => Promise<InitramfsLook>;
  /** Bytes of the commit's unified kernel image, when it has one. */
  readonly uki: () => Promise<Buffer | undefined>;
  /** What hosts have now, when that is known. */
  readonly last: LastRelease | undefined;
  /** Seconds since 1970: nothing in the tree is later. */
  readonly latest: number;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Of an initramfs: the boot program and whom it trusts. */
export type InitramfsLook =
  /** There is none, which another rule says. */
  | { readonly kind: 'none' }
  /** In lower case, without a full stop. */
  | { readonly kind: 'unreadable'; readonly why: string }
  /** By path, without a leading slash. */
  | { readonly kind: 'read'; readonly files: ReadonlyMap<string, Buffer> };

export interface LastRelease {
  readonly id: CommitId;
  readonly commit: Commit;
  /** Undefined when it is no longer in the repository. */
  readonly tree: () => Promise<Tree | undefined>;
}
