/** A repository, as programs use it. */
import type { CallOptions, LongCallOptions } from './call-options.js';
import type { CheckReport } from './check-report.js';
import type { CommitEntry, CommitRequest, CommitResult } from './commit-document.js';
import type { HashAlgorithm } from './made-images.js';
import type { PullRequest, PullResult, Remote } from './other-repositories.js';
import type { SealReport, SealRequest, SealResult, Trust } from './seal-report.js';
import type { CommitTree, PathChange } from './tree-entries.js';

/** A name of a commit. */
export interface Ref {
  /** `remote`: what was pulled, as `<remote>/<branch>`; `deployment`: what a host has deployed. */
  readonly kind: 'branch' | 'tag' | 'remote' | 'deployment';
  readonly name: string;
  /** The commit's id. */
  readonly commit: string;
}

export interface RefUpdate {
  /** A branch is made or moved; a tag that exists is not moved. */
  readonly kind: 'branch' | 'tag';
  readonly name: string;
  readonly revision: string;
  /** Id of the commit where the branch must be; `none`: it must not exist. By default it may be anywhere. */
  readonly from?: string | undefined;
}

export interface CheckoutReport {
  readonly files: number;
  /** What was left out, because only root can make it: devices, attributes outside `user.`. Owners are set by root alone, too. */
  readonly skipped: readonly string[];
}

export interface ExportOptions extends LongCallOptions {
  /** How long runs of zeros are written: not at all, in GNU tar's sparse format (the default), or whole. */
  readonly holes?: 'sparse' | 'zeros' | undefined;
  /** Called with the path of each socket, which an archive cannot hold. */
  readonly onSkip?: ((path: string) => void) | undefined;
}

/**
 * A repository. Each call locks it as the command line does, so processes may share one. A revision is a branch, a tag,
 * `REMOTE/BRANCH`, a commit id or an unambiguous beginning of one of at least 4 digits, followed by any number of `^` and `~N`.
 *
 * All calls reject with `RootsealError`. Besides the codes that are named: REVISION_NOT_FOUND for a revision that is not there,
 * OBJECT_NOT_FOUND and OBJECT_CORRUPT for a damaged repository, PERMISSION_DENIED, READ_ONLY, NO_SPACE.
 */
export interface Repository {
  /** Absolute path of its directory. */
  readonly path: string;
  readonly algorithm: HashAlgorithm;

  /** All names in byte order by kind, and what lies among them and is none. */
  refs(): Promise<{
    readonly refs: readonly Ref[];
    readonly damaged: readonly { readonly file: string; readonly message: string }[];
  }>;
  /**
   * Makes a branch or a tag, or moves a branch. Durable.
   * @returns the commit's id
   * @throws {RootsealError} FAILED when it is elsewhere than `from` says, or the tag exists
   */
  setRef(update: RefUpdate): Promise<string>;
  /**
   * Deletes a name. What nothing else names stays until `rootseal gc`.
   * @returns the id of the commit that it named
   * @throws {RootsealError} REVISION_NOT_FOUND when there is no such name
   */
  deleteRef(kind: 'branch' | 'tag', name: string): Promise<string>;

  /** The commit of a revision. */
  show(revision: string): Promise<CommitEntry>;
  /** A commit and its ancestors, newest first, as far as they are in the repository. */
  log(revision: string, options?: { readonly limit?: number | undefined }): Promise<CommitEntry[]>;
  /**
   * Commits a tree and moves a branch. Killed or aborted at any moment, the branch is where it was, and all that it needs is there.
   * @throws {RootsealError} TREE_CHANGED when somebody changed the source meanwhile; USAGE for facts that no commit can hold; FAILED
   *   when the branch was moved meanwhile; FORMAT_INVALID for a damaged source
   */
  commit(request: CommitRequest): Promise<CommitResult>;

  /** Reads the image of a commit, whose digest is checked, into memory: some hundred bytes for each inode. */
  readTree(revision: string, options?: CallOptions): Promise<CommitTree>;
  /** What differs from `before` to `after`, directories before what is in them, in byte order. */
  diff(before: string, after: string, options?: CallOptions): Promise<PathChange[]>;
  /**
   * Writes a commit to a directory that is empty or does not exist, every content checked.
   * @throws {RootsealError} USAGE when there is something in the directory
   */
  checkOut(revision: string, directory: string, options?: LongCallOptions): Promise<CheckoutReport>;
  /**
   * A commit as a pax archive, every content checked before its first byte comes. The same commit gives the same bytes. The
   * repository is locked, shared, until the last chunk, or until the loop over them is left.
   */
  exportTar(revision: string, options?: ExportOptions): AsyncIterable<Uint8Array>;

  /**
   * Adds signatures to the seal of a commit.
   * @throws {RootsealError} FAILED when a signer gives no signature, or a wrong one by a known key
   */
  seal(revision: string, request: SealRequest): Promise<SealResult>;
  /** The seal of a commit, a signed note; undefined when it has none. */
  readSeal(revision: string): Promise<string | undefined>;
  /**
   * Checks a commit by its seal: its id, its image's digest, and the seal against both. Whether the objects are what the image
   * names, `check` says; whoever reads them through this library gets none that is not.
   * @returns the report, which says `accepted`
   * @throws {RootsealError} when it is refused: SEAL_MISSING, SEAL_INVALID, SEAL_UNTRUSTED, DIGEST_MISMATCH, with the code of the
   *   report in `details.decision`
   */
  verify(revision: string, trust: Trust): Promise<SealReport>;
  /**
   * As `verify`, and returns the report, too, when the seal is refused: for those who show it.
   * @throws {RootsealError} SEAL_MISSING when there is none
   */
  inspectSeal(revision: string, trust: Trust): Promise<SealReport>;

  /** The remotes that the repository has by name, in byte order. */
  remotes(): Promise<Remote[]>;
  /** @throws {RootsealError} USAGE when there is one of this name, or a field is not valid */
  addRemote(remote: Remote): Promise<void>;
  /**
   * Forgets a remote and the names that were pulled from it.
   * @throws {RootsealError} PATH_NOT_FOUND when there is none of this name
   */
  removeRemote(name: string): Promise<void>;
  /**
   * Fetches a branch of another repository. Where a seal is asked for, it is judged before anything but the commit is fetched.
   * What an interrupted pull has brought, the next one uses.
   * Unified kernel images stay behind, because the library cannot compare one with its commit: the command `rootseal pull` brings them.
   * @throws {RootsealError} NETWORK; REPOSITORY_NOT_FOUND; SEAL_MISSING, SEAL_INVALID, SEAL_UNTRUSTED; DIGEST_MISMATCH
   */
  pull(request: PullRequest): Promise<PullResult>;

  /** Checks all of it: every object, image, commit, name and seal. Changes nothing. */
  check(options?: LongCallOptions): Promise<CheckReport>;
}

/**
 * Opens a repository.
 * @throws {RootsealError} REPOSITORY_NOT_FOUND; FORMAT_INVALID when its `meta.json` is damaged
 */
export async function openRepository(directory: string): Promise<Repository> {
  return (await import('./inside/repository-handle.js')).open(directory);
}

/**
 * Makes a repository, or finishes one whose making was interrupted; one that is there is opened.
 * @throws {RootsealError} USAGE when there is something else in the directory, or a repository with another algorithm
 */
export async function initRepository(
  directory: string,
  options: { readonly algorithm?: HashAlgorithm | undefined } = {},
): Promise<Repository> {
  return (await import('./inside/repository-handle.js')).init(
    directory,
    options.algorithm ?? 'sha256',
  );
}
