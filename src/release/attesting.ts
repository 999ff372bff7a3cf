/** Makes and signs attestations of a commit: statements that follow from commit, tree and what the caller is told. */
import { predicateTypeOf, type AttestationKind } from '../formats/attestation/attestation-kinds.js';
import { subjectsOf, type AttestedRelease } from '../formats/attestation/attested.js';
import { namePackages, type NamedPackage } from '../formats/attestation/package-url.js';
import { parseAttestation } from '../formats/attestation/check-attestation.js';
import type { GitSource } from '../formats/commit/commit.js';
import { bomOf } from '../formats/cyclonedx/bom.js';
import {
  ENVELOPE_SIGNATURES_MAX,
  preAuthEncoding,
  printEnvelope,
  putSignatures,
  type Envelope,
} from '../formats/dsse/envelope.js';
import { printStatement, STATEMENT_MEDIA_TYPE } from '../formats/in-toto/statement.js';
import type { Package } from '../formats/packages/package.js';
import type { NoteSignature } from '../formats/seal/note.js';
import type { BuildRecord } from '../formats/slsa/build-record.js';
import { provenanceOf } from '../formats/slsa/slsa-provenance.js';
import { documentOf } from '../formats/spdx/document.js';
import { attestedRelease } from '../repo/attested-release.js';
import { readAttestation, writeAttestation } from '../repo/attestations.js';
import type { Revision } from '../repo/read-tree.js';
import type { Repository } from '../repo/repository.js';
import type { JsonObject } from '../util/canonical-json.js';
import { FormatError, RootsealError } from '../util/errors.js';
import { signBytes, type KeyedSigner } from './keyed-signer.js';

/** What provenance says besides what commit and tree say. */
export interface BuildFacts {
  /** Where the tree was built, as a URI. */
  readonly builderId: string;
  /** In place of what the commit says. */
  readonly git?: GitSource | undefined;
  readonly record?: BuildRecord | undefined;
}

export interface AttestationRequest {
  readonly kinds: readonly AttestationKind[];
  /** One or more; they are asked one after the other. */
  readonly signers: readonly KeyedSigner[];
  /** Packages of the tree. */
  readonly packages: readonly Package[];
  /** Needed for `slsa`. */
  readonly build: BuildFacts | undefined;
  /** Whether an attestation that says something else is replaced, with its signatures. */
  readonly replace: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** An attestation after signing. */
export interface Attested {
  readonly kind: AttestationKind;
  /** Bytes of the envelope. */
  readonly size: number;
  /** All of it, old ones among them. */
  readonly signatures: readonly NoteSignature[];
}

/**
 * Signs attestations of a commit and stores them. All signers have signed all of them before anything is written. The caller holds
 * the shared lock.
 * @throws {RootsealError} FAILED when a signer fails; USAGE when one is there that says something else; OBJECT_NOT_FOUND or
 * OBJECT_CORRUPT
 */
export async function attest(
  repository: Repository,
  revision: Revision,
  request: AttestationRequest,
): Promise<readonly Attested[]> {
  const { signal } = request;
  const release = await attestedRelease(repository, revision, { withUki: true, signal });
  const packages = namePackages(request.packages, release.commit.os);
  const made: Made[] = [];
  for (const kind of request.kinds) {
    const predicate = predicateOf(kind, { release, packages, build: request.build });
    const payload = printStatement({
      subjects: subjectsOf(release),
      predicateType: predicateTypeOf(kind),
      predicate,
    });
    made.push({ kind, payload });
    if (!request.replace) signaturesHere(repository, release, { kind, payload });
  }
  const signed: (Made & { readonly signatures: readonly NoteSignature[] })[] = [];
  for (const one of made) signed.push({ ...one, signatures: await sign(one, release, request) });
  // Two signers at the same time must not lose each other's signature.
  return repository.withRefsLock(() =>
    signed.map((one) => store(repository, release, one, request.replace)),
  );
}

interface Made {
  readonly kind: AttestationKind;
  readonly payload: Uint8Array;
}

interface Inputs {
  readonly release: AttestedRelease;
  readonly packages: readonly NamedPackage[];
  readonly build: BuildFacts | undefined;
}

function predicateOf(kind: AttestationKind, { release, packages, build }: Inputs): JsonObject {
  if (kind === 'cyclonedx') return bomOf(release, packages);
  if (kind === 'spdx') return documentOf(release, packages);
  if (build === undefined) throw new RootsealError('USAGE', 'provenance needs a builder');
  const { source } = release.commit;
  return provenanceOf(release, {
    builderId: build.builderId,
    git: build.git ?? source?.git,
    oci: source?.oci,
    record: build.record,
    packages,
  });
}

async function sign(
  { kind, payload }: Made,
  { id }: AttestedRelease,
  { signers, signal }: AttestationRequest,
): Promise<readonly NoteSignature[]> {
  const message = preAuthEncoding({ payload, payloadType: STATEMENT_MEDIA_TYPE });
  const about = { ROOTSEAL_COMMIT: id, ROOTSEAL_ATTESTATION: kind };
  const signatures: NoteSignature[] = [];
  for (const signer of signers) {
    const { name, keyId } = signer.key;
    signatures.push({
      name,
      keyId,
      signature: await signBytes(signer, message, { signal, about }),
    });
  }
  return signatures;
}

function store(
  repository: Repository,
  release: AttestedRelease,
  one: Made & { readonly signatures: readonly NoteSignature[] },
  replace: boolean,
): Attested {
  const { kind, payload } = one;
  const existing = signaturesHere(repository, release, one, replace);
  // A wrong one by the same key, which a remote may have brought, is gone then.
  const signatures = putSignatures(existing, one.signatures);
  if (signatures.length > ENVELOPE_SIGNATURES_MAX)
    throw new RootsealError(
      'USAGE',
      `the attestation ${kind} would have ${signatures.length} signatures, more than ${ENVELOPE_SIGNATURES_MAX}`,
    );
  const bytes = printEnvelope({ payload, payloadType: STATEMENT_MEDIA_TYPE, signatures });
  writeAttestation(repository, release.id, kind, bytes);
  return { kind, size: bytes.length, signatures };
}

/**
 * The signatures that the statement has already.
 * @throws {RootsealError} USAGE when another statement, or a damaged one, is in its place and is not to be replaced
 */
function signaturesHere(
  repository: Repository,
  { id }: AttestedRelease,
  { kind, payload }: Made,
  replace = false,
): readonly NoteSignature[] {
  const bytes = readAttestation(repository, id, kind);
  if (bytes === undefined) return [];
  const here = readEnvelope(bytes);
  if (here !== undefined && Buffer.from(here.payload).equals(payload)) return here.signatures;
  if (replace) return [];
  const what = here === undefined ? 'is damaged' : 'says something else';
  throw new RootsealError('USAGE', `the attestation ${kind} that commit ${id} has ${what}`, {
    details: { commitId: id },
    hint: '--replace puts the new one in its place, without the signatures of the old one',
  });
}

function readEnvelope(bytes: Uint8Array): Envelope | undefined {
  try {
    return parseAttestation(bytes);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
