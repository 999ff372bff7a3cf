/**
 * The unified kernel image of a commit that is pulled. What is offered is fetched, compared with the commit when that is here, and
 * only then gets its name.
 */
import type { Commit, CommitId } from '../formats/commit/commit.js';
import type { Tree } from '../formats/tree/model.js';
import type { Repository } from '../repo/repository.js';
import { readUki, ukiFile, ukiSize } from '../repo/ukis.js';
import { isInterruption, RootsealError } from '../util/errors.js';
import { offeredFile, type OfferedFile } from './offered-file.js';
import type { Transport } from './transport.js';

/** They know what kernels and initramfs are, which nothing here does (`UKI_RULES`). */
export interface UkiRules {
  /** Bytes that the image of a commit with this tree has at most. Whoever sends more sends something else. */
  readonly sizeMax: (tree: Tree) => number;
  /** Throws when an image is not that of the commit, whose files are all in the repository. */
  readonly check: (
    repository: Repository,
    revision: { readonly id: CommitId; readonly commit: Commit; readonly tree: Tree },
    bytes: Buffer,
    signal?: AbortSignal,
  ) => Promise<unknown>;
}

/** One that is not here yet. */
export type OfferedUki = OfferedFile;

/**
 * Whether the other side has an image, and not the one that is here.
 * @throws {RootsealError} NETWORK
 */
export function offeredUki(
  repository: Repository,
  transport: Transport,
  id: CommitId,
  signal?: AbortSignal,
): Promise<OfferedUki | undefined> {
  const size = ukiSize(repository, id);
  const here = size === undefined ? undefined : { size, read: () => readUki(repository, id) };
  return offeredFile(transport, ukiFile(id), here, signal);
}

/**
 * Undefined when it has gone since it was offered.
 * @param sizeMax bytes; it is held in memory
 * @throws {RootsealError} NETWORK; FORMAT_INVALID when it is larger, whatever the other side said of its size
 */
export function fetchUki(
  transport: Transport,
  id: CommitId,
  sizeMax: number,
): Promise<Buffer | undefined> {
  return transport.read(ukiFile(id), sizeMax);
}

/** @throws {RootsealError} FORMAT_INVALID when the other side says that it is larger than it can be */
export function requireUkiSize(
  transport: Transport,
  id: CommitId,
  offered: OfferedUki,
  sizeMax: number,
): void {
  if (offered.size === undefined || offered.size <= sizeMax) return;
  throw new RootsealError(
    'FORMAT_INVALID',
    `${transport.name}: ${ukiFile(id)} has ${offered.size} bytes, and a unified kernel image of this commit has ${sizeMax} at most`,
    { details: { commitId: id } },
  );
}

/** Says where a refused image came from. */
export async function checkOffered(
  transport: Transport,
  id: CommitId,
  check: () => Promise<unknown>,
): Promise<void> {
  try {
    await check();
  } catch (cause) {
    if (!(cause instanceof RootsealError) || isInterruption(cause)) throw cause;
    throw new RootsealError(cause.code, `${transport.name}: ${ukiFile(id)}`, {
      cause,
      details: { ...cause.details, commitId: id },
      hint: 'whoever publishes the release makes it again with `rootseal uki build`; this commit is not pulled',
    });
  }
}
