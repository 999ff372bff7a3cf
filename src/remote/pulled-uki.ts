/**
 * The unified kernel image of a commit that is pulled. What is offered is fetched, compared with the commit when that is here, and
 * only then gets its name.
 */
import type { Commit, CommitId } from '../formats/commit/commit.js';
import type { Tree } from '../formats/tree/model.js';
import type { Repository } from '../repo/repository.js';
import { readUki, ukiFile, ukiSize } from '../repo/ukis.js';
import { isInterruption, RootsealError } from '../util/errors.js';
import { withRetries } from './retry.js';
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
export interface OfferedUki {
  /** Bytes, as far as the other side says so. */
  readonly size: number | undefined;
}

/** Of a signed image, signatures are all of it that does not follow from the commit; they come last. */
const TAIL = 1 << 14;

/**
 * Whether the other side has an image, and not the one that is here. Of an image of the same length, only the end is fetched: there are the
 * signatures, which vouch for all of it.
 * @throws {RootsealError} NETWORK
 */
export function offeredUki(
  repository: Repository,
  transport: Transport,
  id: CommitId,
  signal?: AbortSignal,
): Promise<OfferedUki | undefined> {
  const { backOff, say } = transport;
  return withRetries({ backOff, say, signal }, () => askFor(repository, transport, id));
}

async function askFor(
  repository: Repository,
  transport: Transport,
  id: CommitId,
): Promise<OfferedUki | undefined> {
  const here = ukiSize(repository, id);
  const offset = here === undefined ? 0 : Math.max(0, here - TAIL);
  const opened = await transport.open(ukiFile(id), offset);
  if (opened === undefined) return undefined;
  try {
    const { size } = opened;
    if (here === undefined || size !== here) return { size };
    const ours = await readUki(repository, id);
    return ours !== undefined && (await goesOnLike(opened, ours)) ? undefined : { size };
  } finally {
    opened.close();
  }
}

async function goesOnLike(
  { offset, chunks }: { readonly offset: number; readonly chunks: AsyncIterable<Uint8Array> },
  ours: Buffer,
): Promise<boolean> {
  let at = offset;
  for await (const chunk of chunks) {
    if (!ours.subarray(at, at + chunk.length).equals(chunk)) return false;
    at += chunk.length;
  }
  return at === ours.length;
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
