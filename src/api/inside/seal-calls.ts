/** Seals: signing, and checks. */
import { isCommitId } from '../../formats/commit/commit.js';
import { parseTypedDigest, printTypedDigest } from '../../formats/digest-text.js';
import type { NoteSignature } from '../../formats/seal/note.js';
import { checkSeal, type SealReport as InnerReport } from '../../formats/seal/verify.js';
import { sealCommit } from '../../release/sealing.js';
import { requireAccepted, verifyCommit } from '../../release/verification.js';
import type { Repository } from '../../repo/repository.js';
import { withSharedLock } from '../../repo/repository.js';
import { resolveRevision } from '../../repo/revision.js';
import { RootsealError } from '../../util/errors.js';
import type {
  SealExpectations,
  SealReport,
  SealRequest,
  SealResult,
  Signature,
  Trust,
} from '../seal-report.js';
import { call } from './run-call.js';
import { signersOf } from './given-signers.js';
import { trustOf } from './given-trust.js';

export function seal(
  repository: Repository,
  revision: string,
  request: SealRequest,
): Promise<SealResult> {
  const { signers, known = [] } = request;
  return call(request, (signal) => {
    if (signers.length === 0) throw new RootsealError('USAGE', 'no signer given');
    const asked = signersOf(signers, known);
    const sign = async () => {
      const commit = resolveRevision(repository, revision);
      const sealed = await sealCommit(repository, commit, asked, signal);
      return {
        commit,
        signatures: sealed.signatures.map(signatureOf),
        unchecked: sealed.unchecked.map(signatureOf),
      };
    };
    return withSharedLock(repository, sign, signal);
  });
}

function signatureOf({ name, keyId }: NoteSignature): Signature {
  return { name, keyId };
}

/** With `strict` what is refused is an error. */
export function verify(
  repository: Repository,
  revision: string,
  { trust, strict }: { readonly trust: Trust; readonly strict: boolean },
): Promise<SealReport> {
  return call({}, async () => {
    const loaded = trustOf(trust);
    const report = await withSharedLock(repository, () =>
      verifyCommit(repository, resolveRevision(repository, revision), loaded),
    );
    if (strict) requireAccepted(report, loaded);
    return reportOf(report);
  });
}

export function checkNote(
  note: Uint8Array | string,
  trust: Trust,
  { image, commit }: SealExpectations,
): Promise<SealReport> {
  return call({}, () => {
    const bytes = typeof note === 'string' ? Buffer.from(note, 'utf8') : note;
    if (commit !== undefined && !isCommitId(commit))
      throw new RootsealError('USAGE', 'commit: expected 64 lower-case hex digits');
    const expected = {
      ...(image === undefined ? {} : { image: parseTypedDigest(image) }),
      ...(commit === undefined ? {} : { commit }),
    };
    return reportOf(checkSeal(bytes, expected, trustOf(trust)));
  });
}

function reportOf({ decision, signatures, facts }: InnerReport): SealReport {
  return {
    ...decision,
    signatures,
    facts:
      facts === undefined ? undefined : { ...facts, images: facts.images.map(printTypedDigest) },
  };
}
