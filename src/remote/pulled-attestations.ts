/**
 * The attestations of a commit that is pulled. They are few and small, so they come before the objects. Who has signed them is asked
 * by `verify --attestations`; here they have to be what they are called, of this release.
 */
import {
  ATTESTATION_KINDS,
  statementProblem,
  type AttestationKind,
} from '../formats/attestation/attestation-kinds.js';
import { parseAttestation } from '../formats/attestation/check-attestation.js';
import { commitSubject, type AttestedRelease } from '../formats/attestation/attested.js';
import type { CommitId } from '../formats/commit/commit.js';
import {
  ENVELOPE_SIGNATURES_MAX,
  ENVELOPE_SIZE_MAX,
  joinSignatures,
  printEnvelope,
} from '../formats/dsse/envelope.js';
import { attestationFile, attestationSize, readAttestation } from '../repo/attestations.js';
import type { Repository } from '../repo/repository.js';
import { FormatError, RootsealError } from '../util/errors.js';
import { offeredFile } from './offered-file.js';
import type { Transport } from './transport.js';

/** One that is to be written. */
export interface PulledAttestation {
  readonly kind: AttestationKind;
  readonly bytes: Buffer;
}

export interface PulledAttestations {
  readonly chosen: readonly PulledAttestation[];
  /** Bytes that came. */
  readonly fetched: number;
}

/**
 * Fetches what is not here yet.
 * @throws {RootsealError} NETWORK; FORMAT_INVALID or DIGEST_MISMATCH when one is none, or of another commit
 */
export async function pullAttestations(
  repository: Repository,
  transport: Transport,
  id: CommitId,
  options: PullOptions,
): Promise<PulledAttestations> {
  const pulled = ATTESTATION_KINDS.map((kind) =>
    pullOne(repository, transport, { id, kind, ...options }),
  );
  const all = (await Promise.all(pulled)).flatMap((one) => one ?? []);
  return {
    chosen: all.flatMap(({ kind, chosen }) =>
      chosen === undefined ? [] : [{ kind, bytes: chosen }],
    ),
    fetched: all.reduce((sum, { size }) => sum + size, 0),
  };
}

interface PullOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told one line of each that says something else than the one here. */
  readonly say?: ((line: string) => void) | undefined;
}

interface Wanted extends PullOptions {
  readonly id: CommitId;
  readonly kind: AttestationKind;
}

interface PulledOne {
  readonly kind: AttestationKind;
  readonly size: number;
  readonly chosen: Buffer | undefined;
}

async function pullOne(
  repository: Repository,
  transport: Transport,
  wanted: Wanted,
): Promise<PulledOne | undefined> {
  const { id, kind, signal, say } = wanted;
  const file = attestationFile(id, kind);
  const size = attestationSize(repository, id, kind);
  const read = () => Promise.resolve(readAttestation(repository, id, kind));
  const here = size === undefined ? undefined : { size, read };
  if ((await offeredFile(transport, file, here, signal)) === undefined) return undefined;
  const offered = await transport.read(file, ENVELOPE_SIZE_MAX);
  if (offered === undefined) return undefined;
  requireOfCommit(transport, wanted, offered);
  const chosen = chooseAttestation(readAttestation(repository, id, kind), offered);
  if (chosen === 'others')
    say?.(`${transport.name}: ${file} says something else than the one here, which stays`);
  return { kind, size: offered.length, chosen: chosen === 'others' ? undefined : chosen };
}

/** Before anything larger is fetched. */
function requireOfCommit(transport: Transport, { id, kind }: Wanted, bytes: Buffer): void {
  const place = `${transport.name}: ${attestationFile(id, kind)}`;
  const { subjects } = named(place, id, () => parseAttestation(bytes).statement);
  const { name, sha256 } = commitSubject(id);
  if (!subjects.some((subject) => subject.name === name && subject.sha256 === sha256))
    throw refused(place, id, `it does not name ${name}`);
}

/**
 * Compares attestations with the release, whose image is in the repository.
 * @throws {RootsealError} DIGEST_MISMATCH when one is of another release
 */
export function requireOfRelease(
  transport: Transport,
  release: AttestedRelease,
  pulled: readonly PulledAttestation[],
): void {
  for (const { kind, bytes } of pulled) {
    const problem = statementProblem(kind, parseAttestation(bytes).statement, release);
    if (problem === undefined) continue;
    throw refused(`${transport.name}: ${attestationFile(release.id, kind)}`, release.id, problem);
  }
}

function named<T>(place: string, id: CommitId, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const details = { commitId: id };
    throw new RootsealError('FORMAT_INVALID', place, { cause, details, hint: HINT });
  }
}

const HINT =
  'whoever publishes the release makes it again with `rootseal attest --replace`; this commit is not pulled';

function refused(place: string, id: CommitId, problem: string): RootsealError {
  const details = { commitId: id };
  return new RootsealError('DIGEST_MISMATCH', `${place}: ${problem}`, { details, hint: HINT });
}

/**
 * What is to be written: signatures of both, when both say the same; undefined when that is here already; `others` when they say
 * different things, and what is here stays.
 */
function chooseAttestation(
  here: Buffer | undefined,
  offered: Buffer,
): Buffer | 'others' | undefined {
  if (here === undefined) return offered;
  try {
    const [ours, theirs] = [parseAttestation(here), parseAttestation(offered)];
    if (!Buffer.from(ours.payload).equals(theirs.payload)) return 'others';
    const signatures = joinSignatures(ours.signatures, theirs.signatures);
    const isNew =
      signatures.length > ours.signatures.length && signatures.length <= ENVELOPE_SIGNATURES_MAX;
    return isNew ? Buffer.from(printEnvelope({ ...ours, signatures })) : undefined;
  } catch (error) {
    // What is here is damaged.
    if (error instanceof FormatError) return offered;
    throw error;
  }
}
