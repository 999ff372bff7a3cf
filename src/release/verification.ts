/** Checks the chain from a seal to the image that it names. */
import fs from 'node:fs';
import type { CommitId } from '../formats/commit/commit.js';
import { NOTE_SIZE_MAX } from '../formats/seal/note.js';
import { checkSeal, errorCodeOfSeal, type SealReport } from '../formats/seal/verify.js';
import { readCommit } from '../repo/commits.js';
import { imageOf, openImage } from '../repo/images.js';
import type { Repository } from '../repo/repository.js';
import { requireSeal } from '../repo/seals.js';
import { RootsealError } from '../util/errors.js';
import { readNamedFile } from './named-file.js';
import type { LoadedTrust } from './trust.js';

/**
 * Checks a commit: its id against its bytes, its image against its digest, and its seal against both. The image names
 * the digest of every file; `fsck` compares the files.
 * @throws {RootsealError} SEAL_MISSING, or what is wrong with commit or image
 */
export async function verifyCommit(
  repository: Repository,
  id: CommitId,
  trust: LoadedTrust,
): Promise<SealReport> {
  const commit = readCommit(repository, id);
  const image = imageOf(repository, commit);
  const report = checkSeal(requireSeal(repository, id), { image, commit: id }, trust);
  // A seal that is refused is refused whatever the image is.
  if (report.decision.accepted)
    fs.closeSync(await openImage(repository, image.digest, { size: commit.imageSize }));
  return report;
}

/** Checks a note file alone: who has signed it, and whether the policy takes it. */
export function verifyNoteFile(file: string, trust: LoadedTrust): SealReport {
  return checkSeal(readNamedFile(file, NOTE_SIZE_MAX), {}, trust);
}

/** @throws {RootsealError} SEAL_UNTRUSTED, SEAL_INVALID or DIGEST_MISMATCH when the seal was refused */
export function requireAccepted(report: SealReport, trust: LoadedTrust): void {
  const { accepted, code, reason } = report.decision;
  if (accepted || code === 'SEAL_ACCEPTED') return;
  const details = { decision: code };
  if (code !== 'SEAL_THRESHOLD' || trust.keys.size > 0)
    throw new RootsealError(errorCodeOfSeal(code), `the seal is refused: ${reason}`, { details });
  throw new RootsealError(errorCodeOfSeal(code), 'the seal is refused: no verifier key is known', {
    details,
    ...(trust.keyDirectories.length === 0
      ? {}
      : {
          hint: `no *.pub file in ${trust.keyDirectories.join(' or ')} holds a key: name a directory of keys with --keys DIR`,
        }),
  });
}
