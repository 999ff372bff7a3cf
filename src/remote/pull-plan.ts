/** What a pull will bring, before it does: the commit and its seal are judged, and every missing object is known with its size. */
import fs from 'node:fs';
import { parseCommit } from '../formats/commit/codec.js';
import {
  COMMIT_SIZE_MAX,
  commitId,
  isCommitId,
  type Commit,
  type CommitId,
} from '../formats/commit/commit.js';
import { decodeInSteps } from '../formats/erofs/read-image.js';
import { NOTE_SIZE_MAX } from '../formats/seal/note.js';
import type { SealTrust } from '../formats/seal/verify.js';
import type { Tree } from '../formats/tree/model.js';
import { walk } from '../formats/tree/walk.js';
import { hasCommit } from '../repo/commits.js';
import { imageOf, IMAGE_SIZE_MAX, isLinkedImage, readImageOf } from '../repo/images.js';
import {
  COMMITS_DIR,
  HEADS_DIR,
  META_FILE,
  refNameProblem,
  SEALS_DIR,
  type RefKind,
} from '../repo/layout.js';
import { META_MAX_SIZE, parseMeta } from '../repo/meta.js';
import { objectSize } from '../repo/objects.js';
import { readRef } from '../repo/refs.js';
import type { Repository } from '../repo/repository.js';
import { ukiSize } from '../repo/ukis.js';
import type { Digest } from '../util/digest.js';
import { describeError, isInterruption, RootsealError } from '../util/errors.js';
import { withPauses } from '../util/pauses.js';
import type { Remote } from './remotes.js';
import { Downloads, type WantedObject } from './download.js';
import { pullAttestations, type PulledAttestation } from './pulled-attestations.js';
import { chooseSeal } from './pulled-seal.js';
import { offeredUki, type OfferedUki, type UkiRules } from './pulled-uki.js';
import { requireSpace } from './space.js';
import { openTransport } from './open-transport.js';
import type { Transport } from './transport.js';

export interface PullRequest {
  readonly remote: Remote;
  readonly branch: string;
  /** The commit that is wanted, in place of the branch's: the remote need not have the branch then. */
  readonly commit?: CommitId;
  /** What names the commit here afterwards; default: `<remote>/<branch>`, a remote's branch. */
  readonly ref?: { readonly kind: RefKind; readonly name: string };
  /** Whom to trust; undefined when seals do not matter. */
  readonly trust: SealTrust | undefined;
  /** Compare a unified kernel image with its commit; where nobody can, none is pulled. */
  readonly ukiRules?: UkiRules | undefined;
  /** Whether its attestations come with a commit; hosts do without. */
  readonly attestations?: boolean | undefined;
  /** Looks at the commit before anything else is fetched, and throws when it is not wanted. */
  readonly judge?: (id: CommitId, commit: Commit) => void;
  /** Told before anything more is fetched whether the commit has a unified kernel image, there or here; throws when it is not wanted so. */
  readonly judgeUki?: (id: CommitId, hasUki: boolean) => void;
  readonly signal?: AbortSignal | undefined;
  /** Told one line when the remote does not answer and is asked again. */
  readonly say?: ((line: string) => void) | undefined;
}

export interface PullPlan {
  readonly request: PullRequest;
  readonly id: CommitId;
  readonly commit: Commit;
  /** The seal that is to be written; undefined when none is, or it is here already. */
  readonly seal: Buffer | undefined;
  /** The unified kernel image that is to come; undefined when none is offered, or it is here already. */
  readonly uki: OfferedUki | undefined;
  /** Those that are to be written. */
  readonly attestations: readonly PulledAttestation[];
  readonly image: Digest;
  readonly tree: Tree;
  /** What the repository lacks, the image first. */
  readonly missing: readonly WantedObject[];
  /** Bytes that are to come, the unified kernel image's and the image's included when it was not there before. */
  readonly bytes: number;
  /** Bytes of them that came already: attestations, and the image, which had to be read. */
  readonly fetched: number;
  /** Objects of the commit in all. */
  readonly objects: number;
  /** Whether commit, seal, unified kernel image, attestations and branch are here already. */
  readonly isComplete: boolean;
  readonly transport: Transport;
  readonly downloads: Downloads;
}

const REF_MAX = 65;

/** What names the commit once it is here. */
export function refOf({ ref, remote, branch }: PullRequest): NonNullable<PullRequest['ref']> {
  return ref ?? { kind: 'remote', name: `${remote.name}/${branch}` };
}

/**
 * Fetches branch, commit, seal and image of a remote. The caller closes `downloads`.
 * @throws {RootsealError} REVISION_NOT_FOUND, SEAL_*, DIGEST_MISMATCH, NETWORK, UNSUPPORTED
 */
export async function planPull(repository: Repository, request: PullRequest): Promise<PullPlan> {
  const { remote, branch } = request;
  repository.requireWritable();
  const problem = refNameProblem(branch);
  if (problem !== undefined) throw new RootsealError('USAGE', `branch ${branch}: ${problem}`);
  const transport = openTransport(remote.url, request);
  await requireSameKind(repository, transport);
  const id = request.commit ?? (await fetchBranch(transport, branch));
  const commit = await fetchCommit(transport, id);
  request.judge?.(id, commit);
  const offered = await transport.read(`${SEALS_DIR}/${id}`, NOTE_SIZE_MAX);
  const seal = chooseSeal(repository, { id, commit, seal: offered }, request.trust);
  const uki =
    request.ukiRules === undefined
      ? undefined
      : await offeredUki(repository, transport, id, request.signal);
  request.judgeUki?.(id, uki !== undefined || ukiSize(repository, id) !== undefined);
  const { chosen: attestations, fetched } =
    request.attestations === true
      ? await pullAttestations(repository, transport, id, request)
      : { chosen: [], fetched: 0 };
  const downloads = new Downloads(repository, remote.name);
  try {
    const facts = { request, id, commit, seal, uki, attestations, transport, downloads };
    const planned = await planObjects(repository, facts);
    const bytes = planned.bytes + fetched;
    return { ...facts, ...planned, bytes, fetched: planned.fetched + fetched };
  } catch (error) {
    downloads.close(false);
    throw error;
  }
}

async function requireSameKind(repository: Repository, transport: Transport): Promise<void> {
  const bytes = await transport.read(META_FILE, META_MAX_SIZE);
  if (bytes === undefined)
    throw new RootsealError('REPOSITORY_NOT_FOUND', `${transport.name} is not a repository`);
  const { algorithm } = parseMeta(bytes.toString('utf8'));
  if (algorithm === repository.algorithm) return;
  throw new RootsealError(
    'UNSUPPORTED',
    `${transport.name} is a ${algorithm} repository, this one ${repository.algorithm}`,
  );
}

async function fetchBranch(transport: Transport, branch: string): Promise<CommitId> {
  const bytes = await transport.read(`${HEADS_DIR}/${branch}`, REF_MAX);
  if (bytes === undefined)
    throw new RootsealError('REVISION_NOT_FOUND', `${transport.name} has no branch ${branch}`);
  const id = bytes.toString('latin1').replace(/\n$/, '');
  if (isCommitId(id)) return id;
  throw new RootsealError(
    'FORMAT_INVALID',
    `${transport.name}: branch ${branch} does not hold a commit id`,
  );
}

async function fetchCommit(transport: Transport, id: CommitId): Promise<Commit> {
  const bytes = await transport.read(`${COMMITS_DIR}/${id}`, COMMIT_SIZE_MAX);
  if (bytes === undefined)
    throw new RootsealError('REVISION_NOT_FOUND', `${transport.name} has no commit ${id}`);
  const found = commitId(bytes);
  if (found !== id)
    throw new RootsealError(
      'DIGEST_MISMATCH',
      `${transport.name}: commit ${id} has another content than its id says`,
      { details: { commitId: id, expected: id, found } },
    );
  return parseCommit(bytes);
}

type Facts = Pick<
  PullPlan,
  'request' | 'id' | 'commit' | 'seal' | 'uki' | 'attestations' | 'transport' | 'downloads'
>;

async function planObjects(
  repository: Repository,
  facts: Facts,
): Promise<
  Pick<PullPlan, 'image' | 'tree' | 'missing' | 'bytes' | 'fetched' | 'objects' | 'isComplete'>
> {
  const { request, id, commit, downloads } = facts;
  const { signal } = request;
  const { digest } = imageOf(repository, commit);
  const image = { digest, size: commit.imageSize };
  const wanted: WantedObject[] = [];
  let bytes = facts.uki?.size ?? 0;
  let fetched = 0;
  let tree: Tree;
  if (objectSize(repository, digest) === image.size)
    tree = await readTree(() => readImageOf(repository, commit, signal));
  else {
    bytes += image.size - downloads.present(image);
    fetched = await fetchImage(repository, facts, image);
    wanted.push(image);
    const steps = decodeInSteps(fs.readFileSync(downloads.file(digest)));
    tree = await readTree(async () => (await withPauses(steps, signal)).tree);
  }
  const contents = contentsOf(tree);
  for (const [content, size] of contents) {
    if (objectSize(repository, content) === size) continue;
    wanted.push({ digest: content, size });
    bytes += size - downloads.present({ digest: content, size });
  }
  const { kind, name } = refOf(request);
  const ref = readRef(repository, kind, name);
  const isComplete =
    wanted.length === 0 &&
    ref === id &&
    hasCommit(repository, id) &&
    isLinkedImage(repository, digest) &&
    facts.seal === undefined &&
    facts.uki === undefined &&
    facts.attestations.length === 0;
  return {
    image: digest,
    tree,
    missing: wanted,
    bytes,
    fetched,
    objects: contents.size + 1,
    isComplete,
  };
}

/** Brings the image to `downloads`; says how many bytes came. */
async function fetchImage(
  repository: Repository,
  { request, transport, downloads }: Facts,
  image: WantedObject,
): Promise<number> {
  if (image.size > IMAGE_SIZE_MAX)
    throw new RootsealError('FORMAT_INVALID', `the image has ${image.size} bytes`);
  requireSpace(repository, [image], downloads);
  let fetched = 0;
  const onBytes = (count: number) => (fetched += count);
  await downloads.fetch(image, transport, { signal: request.signal, onBytes });
  return fetched;
}

/** Its digest was found right, so a malformed image is one that its author made. */
async function readTree(read: () => Promise<Tree>): Promise<Tree> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof RootsealError) || isInterruption(error)) throw error;
    throw new RootsealError(error.code, `the image cannot be read: ${describeError(error)}`);
  }
}

function contentsOf(tree: Tree): Map<Digest, number> {
  const sizes = new Map<Digest, number>();
  for (const { entry } of walk(tree))
    if (entry.kind === 'file' && entry.inline === undefined && entry.digest !== undefined)
      sizes.set(entry.digest, entry.size);
  return sizes;
}
