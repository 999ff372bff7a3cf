/** What the files of a release hash to, as attestations name them: plain SHA-256, which is no name in a repository. */
import { createHash } from 'node:crypto';
import type { AttestedRelease } from '../formats/attestation/attested.js';
import type { Commit, CommitId } from '../formats/commit/commit.js';
import { imageOf, readImageBytes } from './images.js';
import { objectFile } from './layout.js';
import type { Repository } from './repository.js';
import { readUki, ukiFile } from './ukis.js';

/**
 * @param withUki whether the unified kernel image matters
 * @throws {RootsealError} OBJECT_NOT_FOUND or OBJECT_CORRUPT, of the image
 */
export async function attestedRelease(
  repository: Repository,
  { id, commit }: { readonly id: CommitId; readonly commit: Commit },
  { withUki, signal }: { readonly withUki: boolean; readonly signal?: AbortSignal | undefined },
): Promise<AttestedRelease> {
  const { digest } = imageOf(repository, commit);
  const image = await readImageBytes(repository, digest, { size: commit.imageSize, signal });
  const uki = withUki ? await readUki(repository, id) : undefined;
  return {
    id,
    commit,
    image: { name: objectFile(digest), sha256: sha256(image) },
    uki: uki === undefined ? undefined : { name: ukiFile(id), sha256: sha256(uki) },
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
