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
  preAuthEncoding,
  printEnvelope,
  type Envelope,
} from '../formats/dsse/envelope.js';
import { checkSignatures, type SealTrust } from '../formats/seal/verify.js';
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
  /** Whose signatures can be checked; undefined when seals do not matter. */
  readonly trust: SealTrust | undefined;
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
  const { id, kind, trust, signal, say } = wanted;
  const file = attestationFile(id, kind);
  const size = attestationSize(repository, id, kind);
  const read = () => Promise.resolve(readAttestation(repository, id, kind));
  const here = size === undefined ? undefined : { size, read };
  if ((await offeredFile(transport, file, here, signal)) === undefined) return undefined;
  const offered = await transport.read(file, ENVELOPE_SIZE_MAX);
  if (offered === undefined) return undefined;
  requireOfCommit(transport, wanted, offered);
  const chosen = chooseAttestation(readAttestation(repository, id, kind), offered, trust);
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
 * different things, and what is here stays. A wrong signature by a key that is known would spoil the good ones, so it is left out.
 */
function chooseAttestation(
  here: Buffer | undefined,
  offered: Buffer,
  trust: SealTrust | undefined,
): Buffer | 'others' | undefined {
  const theirs = parseAttestation(offered);
  const ours = here === undefined ? undefined : parsedOrDamaged(here);
  if (ours === undefined || here === undefined) return withoutWrong(theirs, trust, offered);
  if (!Buffer.from(ours.payload).equals(theirs.payload)) return 'others';
  const [own, added] = [notWrong(ours, trust), notWrong(theirs, trust)];
  const signatures = joinSignatures(own, added);
  if (signatures.length === 0 || signatures.length > ENVELOPE_SIGNATURES_MAX) return undefined;
  const chosen = Buffer.from(printEnvelope({ ...ours, signatures }));
  return chosen.equals(here) ? undefined : chosen;
}

function parsedOrDamaged(bytes: Buffer): Envelope | undefined {
  try {
    return parseAttestation(bytes);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** One of which all signatures are wrong stays as it is, for `verify --attestations` to refuse. */
function withoutWrong(envelope: Envelope, trust: SealTrust | undefined, bytes: Buffer): Buffer {
  const signatures = notWrong(envelope, trust);
  if (signatures.length === 0 || signatures.length === envelope.signatures.length) return bytes;
  return Buffer.from(printEnvelope({ ...envelope, signatures }));
}

/** A revoked key neither helps nor harms. */
function notWrong(envelope: Envelope, trust: SealTrust | undefined): Envelope['signatures'] {
  if (trust === undefined) return envelope.signatures;
  const checked = checkSignatures(envelope.signatures, preAuthEncoding(envelope), trust);
  return envelope.signatures.filter((_, index) => {
    const { valid, revoked } = checked[index] ?? {};
    return valid !== false || revoked === true;
  });
}
