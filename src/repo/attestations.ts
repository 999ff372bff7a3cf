/** Attestations on disk: `attestations/<commit id>/<kind>.dsse.json` (docs/formats/attestations.md). */
import fs from 'node:fs';
import {
  ATTESTATION_KINDS,
  type AttestationKind,
} from '../formats/attestation/attestation-kinds.js';
import { isCommitId, type CommitId } from '../formats/commit/commit.js';
import { ENVELOPE_SIZE_MAX } from '../formats/dsse/envelope.js';
import { namesIn, sizeOfFile } from './beside-commits.js';
import { readSmallFile, writeFileDurable } from './durable.js';
import { ATTESTATIONS_DIR, TMP_DIR } from './layout.js';
import type { Repository } from './repository.js';

const SUFFIX = '.dsse.json';

/** The file of an attestation, relative to the repository. */
export function attestationFile(id: CommitId, kind: AttestationKind): string {
  return `${ATTESTATIONS_DIR}/${id}/${kind}${SUFFIX}`;
}

/** Its bytes, at most one more than an envelope may have; undefined when there is none. */
export function readAttestation(
  repository: Repository,
  id: CommitId,
  kind: AttestationKind,
): Buffer | undefined {
  return readSmallFile(repository.file(attestationFile(id, kind)), ENVELOPE_SIZE_MAX);
}

/** Replaces an attestation. Whoever calls has compared it with the commit. */
export function writeAttestation(
  repository: Repository,
  id: CommitId,
  kind: AttestationKind,
  envelope: Uint8Array,
): void {
  repository.requireWritable();
  const file = repository.file(attestationFile(id, kind));
  writeFileDurable(repository.file(TMP_DIR), file, envelope);
}

/** Removes all of a commit's; there may be none. Whoever removes several flushes the directory. */
export function removeAttestations(repository: Repository, id: CommitId): void {
  fs.rmSync(repository.file(`${ATTESTATIONS_DIR}/${id}`), { force: true, recursive: true });
}

/** Bytes of an attestation; undefined when there is none. */
export function attestationSize(
  repository: Repository,
  id: CommitId,
  kind: AttestationKind,
): number | undefined {
  return sizeOfFile(repository, attestationFile(id, kind));
}

/** Bytes of all of a commit's attestations; 0 when it has none. */
export function attestationsSize(repository: Repository, id: CommitId): number {
  return ATTESTATION_KINDS.reduce(
    (sum, kind) => sum + (attestationSize(repository, id, kind) ?? 0),
    0,
  );
}

/** Commits that have attestations, or something else in the place of their directory, and all that has no place there. */
export function listAttestations(repository: Repository): {
  readonly ids: readonly CommitId[];
  /** Relative to the repository: other names, and what is in the place of a directory. */
  readonly strays: readonly string[];
} {
  const names = namesIn(repository, ATTESTATIONS_DIR);
  if (names === undefined) return { ids: [], strays: [ATTESTATIONS_DIR] };
  const ids = names.filter(isCommitId);
  const known = new Set<string>(ATTESTATION_KINDS.map((kind) => kind + SUFFIX));
  const strays = ids.flatMap((id) => {
    const directory = `${ATTESTATIONS_DIR}/${id}`;
    const files = namesIn(repository, directory);
    if (files === undefined) return [directory];
    return files.filter((name) => !known.has(name)).map((name) => `${directory}/${name}`);
  });
  const others = names.filter((name) => !isCommitId(name));
  return { ids, strays: [...others.map((name) => `${ATTESTATIONS_DIR}/${name}`), ...strays] };
}
