/**
 * `commit`: a tree becomes objects, an image and a commit, and a branch moves.
 *
 * Each step relies on the one before being durable: objects and image, then the image's link, then the commit, then
 * its seal, then the branch. Killed anywhere, the branch still names the previous commit and everything it needs.
 */
import { encodeInSteps } from '../formats/erofs/write-image.js';
import type { Commit, CommitId } from '../formats/commit/commit.js';
import { COMMIT_NAME_MAX } from '../formats/commit/fields.js';
import { printTime } from '../formats/time.js';
import { printTypedDigest } from '../formats/digest-text.js';
import type { NoteSignature } from '../formats/seal/note.js';
import type { RegularFile, Tree } from '../formats/tree/model.js';
import type { Digest } from '../util/digest.js';
import { RootsealError } from '../util/errors.js';
import { withPauses } from '../util/pauses.js';
import type { Progress } from '../util/progress.js';
import { readCommit, writeCommit } from './commits.js';
import { linkImage } from './images.js';
import { removeLeftoversIfAlone } from './leftovers.js';
import { readRef, updateRef } from './refs.js';
import type { Repository } from './repository.js';
import { WriteSession } from './write-session.js';
import { readStagedContent } from './staged-content.js';
import type { IngestTotals } from './source/ingest.js';
import { loadTree, type LoadedTree } from './source/load.js';
import type { NotKept } from './source/collect-not-kept.js';
import type { TreeSource } from './source/source.js';
import type { XattrMode } from './source/xattr-mode.js';
import { kernelReleaseOf, osReleaseOf, sizeOf } from './tree-facts.js';

export interface CommitRequest {
  readonly source: TreeSource;
  /** What a tar archive called `-` is read from; standard input by default. */
  readonly input?: AsyncIterable<Uint8Array> | undefined;
  readonly branch: string;
  /** Name of what is released; the parent's by default, else the branch's name with `/` turned into `-`. */
  readonly name?: string | undefined;
  /** Release version; the time as `YYYYMMDD.hhmmss` by default. */
  readonly version?: string | undefined;
  /** Seconds since 1970. */
  readonly time: number;
  /** The time, at least the parent's plus one, by default. */
  readonly sequence?: number | undefined;
  readonly provenance?: Commit['source'];
  readonly message?: string | undefined;
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether nothing is committed when the tree is that of the branch already. */
  readonly skipIfUnchanged?: boolean;
  readonly xattrs: XattrMode;
  readonly clampMtime?: number | undefined;
  /** Signs the text of the commit's seal, which it gets before the branch names it. */
  readonly sign?: SealSigner | undefined;
  readonly progress: Progress;
  /** Ends the reading of the tree; its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** Gives the signatures for the seal of a commit. */
export type SealSigner = (text: string, id: CommitId) => Promise<readonly NoteSignature[]>;

export interface CommitResult extends IngestTotals {
  readonly id: CommitId;
  readonly commit: Commit;
  /** What an archive says and the image does not hold; undefined for other sources. */
  readonly notKept: readonly NotKept[] | undefined;
}

/** @throws {RootsealError} with the branch as it was; UNCHANGED when that is asked for */
export async function commitTree(
  repository: Repository,
  request: CommitRequest,
): Promise<CommitResult> {
  repository.requireWritable();
  await removeLeftoversIfAlone(repository);
  const lock = await repository.lock('shared', { signal: request.signal });
  try {
    const parentId = readRef(repository, 'branch', request.branch);
    const identity = identityOf(repository, request, parentId);
    const session = WriteSession.inRepository(repository);
    try {
      const { tree, totals, notKept } = await loadContents(repository, session, request);
      const [image] = await Promise.all([encodeLater(tree, request.signal), session.flush()]);
      const { digest } = session.addBytes(image);
      const facts = { imageSize: image.length, digest };
      const commit = describeCommit(repository, { request, identity, tree, facts, session });
      if (request.skipIfUnchanged === true) refuseSameTree(repository, parentId, commit.image);
      await session.publish(request.progress);
      linkImage(repository, digest);
      const id = writeCommit(repository, commit);
      if (request.sign !== undefined) await seal(repository, { id, commit }, request.sign);
      await updateRef(repository, {
        kind: 'branch',
        name: request.branch,
        to: id,
        from: parentId ?? 'none',
      });
      return { id, commit, ...totals, notKept };
    } catch (error) {
      await session.abandon();
      throw error;
    }
  } finally {
    lock.release();
  }
}

/** @throws {RootsealError} UNCHANGED when the branch has this image */
function refuseSameTree(
  repository: Repository,
  parentId: CommitId | undefined,
  image: string,
): void {
  if (parentId === undefined || readCommit(repository, parentId).image !== image) return;
  throw new RootsealError('UNCHANGED', `the tree is that of commit ${parentId}`, {
    details: { commitId: parentId },
  });
}

async function loadContents(
  repository: Repository,
  session: WriteSession,
  request: CommitRequest,
): Promise<LoadedTree> {
  const { source, input, xattrs, clampMtime, progress, signal } = request;
  const loaded = await loadTree(source, {
    algorithm: repository.algorithm,
    session,
    input,
    xattrs,
    clampMtime,
    progress,
    signal,
  });
  if (source.kind !== 'dump' && source.kind !== 'image') return loaded;
  const { settleContents } = await import('./source/contents.js');
  return { ...loaded, totals: await settleContents(loaded.tree, repository, session) };
}

/** Makes the image after the current step, so that a flush can be under way meanwhile. */
async function encodeLater(tree: Tree, signal: AbortSignal | undefined): Promise<Buffer> {
  await Promise.resolve();
  return withPauses(encodeInSteps(tree, { formatVersion: 1 }), signal);
}

/** What a commit is called, and what it follows. */
type Identity = Pick<Commit, 'name' | 'version' | 'sequence' | 'time' | 'parent'>;

function identityOf(
  repository: Repository,
  request: CommitRequest,
  parentId: CommitId | undefined,
): Identity {
  const parent = parentId === undefined ? undefined : readCommit(repository, parentId);
  return {
    name: request.name ?? parent?.name ?? nameOfBranch(request.branch),
    version: request.version ?? defaultVersion(request.time),
    sequence: nextSequence(request, parent),
    ...(parentId === undefined ? {} : { parent: parentId }),
    time: printTime(request.time),
  };
}

interface CommitFacts {
  readonly request: CommitRequest;
  readonly identity: Identity;
  readonly tree: Tree;
  readonly facts: { readonly imageSize: number; readonly digest: Digest };
  readonly session: WriteSession;
}

function describeCommit(
  repository: Repository,
  { request, identity, tree, facts, session }: CommitFacts,
): Commit {
  const { algorithm } = repository;
  return {
    format: 1,
    image: printTypedDigest({ formatVersion: 1, algorithm, digest: facts.digest }),
    imageSize: facts.imageSize,
    ...identity,
    ...sizeOf(tree),
    ...softwareOf(tree, session),
    ...(request.provenance === undefined ? {} : { source: request.provenance }),
    ...(request.message === undefined ? {} : { message: request.message }),
    ...(request.labels === undefined ? {} : { labels: request.labels }),
  };
}

/** A policy's floor and a host's refuse what is not newer, so a sequence that does not grow is a mistake. */
function nextSequence(request: CommitRequest, parent: Commit | undefined): number {
  const least = (parent?.sequence ?? -1) + 1;
  if (request.sequence === undefined) return Math.max(request.time, least);
  const isSameName = request.name === undefined || request.name === parent?.name;
  if (request.sequence >= least || !isSameName) return request.sequence;
  throw new RootsealError(
    'USAGE',
    `sequence ${request.sequence} is not above the parent's, ${least - 1}`,
  );
}

/** Facts that are not known are absent. */
function softwareOf(tree: Tree, session: WriteSession): Pick<Commit, 'os' | 'kernel'> {
  const os = osReleaseOf(tree, (file: RegularFile, limit) =>
    readStagedContent(session, file, limit),
  );
  const release = kernelReleaseOf(tree);
  return {
    ...(os === undefined ? {} : { os }),
    ...(release === undefined ? {} : { kernel: { release } }),
  };
}

/** Branch names may hold characters that names of releases may not. */
function nameOfBranch(branch: string): string {
  const name = branch.replace(/[^A-Za-z0-9._~-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'unnamed' : name.slice(0, COMMIT_NAME_MAX);
}

/** `20261123.101500` */
function defaultVersion(time: number): string {
  const [date = '', clock = ''] = printTime(time).split('T');
  return `${date.replaceAll('-', '')}.${clock.replace(/[:Z]/g, '')}`;
}

async function seal(
  repository: Repository,
  { id, commit }: { readonly id: CommitId; readonly commit: Commit },
  sign: SealSigner,
): Promise<void> {
  const { addToSeal, sealTextOf } = await import('./seals.js');
  const text = sealTextOf(id, commit);
  const signatures = await sign(text, id);
  await repository.withRefsLock(() =>
    addToSeal(repository, id, { text, signatures, isKnown: () => true }),
  );
}
