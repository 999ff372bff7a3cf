/** What a report says of each of its two releases. */
import { peHash } from '../../formats/authenticode/pe-hash.js';
import { signatureOf } from '../../formats/authenticode/verify-pe.js';
import { nameOfCertificate } from '../../formats/x509/certificate.js';
import type { Commit, CommitId } from '../../formats/commit/commit.js';
import { checkSeal, type SealReport, type SealTrust } from '../../formats/seal/verify.js';
import { imageOf } from '../../repo/images.js';
import type { Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { readSeal } from '../../repo/seals.js';
import { readUki } from '../../repo/ukis.js';
import { describeError, FormatError } from '../../util/errors.js';
import type { Digest } from '../../util/digest.js';

export interface ReleaseFacts {
  readonly id: CommitId;
  readonly commit: Commit;
  /** fs-verity digest of the image: the name of its file in `images/`. */
  readonly imageDigest: Digest;
  /** Who has signed, by the keys and the policy that were given; undefined when it is not sealed. */
  readonly seal: SealReport | undefined;
  readonly uki: ReleaseUki | undefined;
}

/** Its unified kernel image, if it has one. */
export interface ReleaseUki {
  readonly bytes: number;
  /** What firmware and its lists know it by: SHA-256, hex. Undefined when it is not a PE file. */
  readonly authenticode: string | undefined;
  /** Subjects of the first certificate in each signature. Nobody has looked whether they are right. */
  readonly signatures: readonly string[];
  readonly problem: string | undefined;
}

/** The image was held against its digest when the revision was read. */
export async function releaseFacts(
  repository: Repository,
  { id, commit }: Revision,
  trust: SealTrust,
): Promise<ReleaseFacts> {
  const image = imageOf(repository, commit);
  const note = readSeal(repository, id);
  const uki = await readUki(repository, id);
  return {
    id,
    commit,
    imageDigest: image.digest,
    seal: note === undefined ? undefined : checkSeal(note, { image, commit: id }, trust),
    uki: uki === undefined ? undefined : ukiFacts(uki),
  };
}

function ukiFacts(bytes: Buffer): ReleaseUki {
  try {
    const signatures = signatureOf(bytes).map(({ certificates: [first] }) =>
      first === undefined ? 'nobody' : nameOfCertificate(first),
    );
    const authenticode = peHash(bytes).toString('hex');
    return { bytes: bytes.length, authenticode, signatures, problem: undefined };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const problem = describeError(error);
    return { bytes: bytes.length, authenticode: undefined, signatures: [], problem };
  }
}
