/** Says whether a unified kernel image is one to start: that of a commit, and vouched for. */
import { verifySignature } from '../../formats/authenticode/verify-pe.js';
import { nameOfCertificate, type Certificate } from '../../formats/x509/certificate.js';
import { parseUki, type Uki } from '../../formats/uki/parse-uki.js';
import { kernelSignatureProblem } from '../../formats/uki/signed-kernel.js';
import { stubVersionProblem } from '../../formats/uki/stub.js';
import { parseNamedFile } from '../../release/named-file.js';
import type { Revision } from '../../repo/read-tree.js';
import type { Repository } from '../../repo/repository.js';
import { compareUki, policyFindings, type UkiFinding } from './compare-uki.js';
import { expectedUki } from './expected-uki.js';

export interface UkiVerdict {
  /** Empty when the image is accepted. */
  readonly findings: readonly UkiFinding[];
  /** Whether all of it follows from the commit; undefined when it was compared with none. */
  readonly followsFromCommit: boolean | undefined;
  /** Subject of the certificate of those asked about that vouches for it. */
  readonly signedBy: string | undefined;
}

export interface UkiQuestion {
  /** What it is called in errors. */
  readonly name: string;
  /** That of which commit? */
  readonly of: { readonly repository: Repository; readonly revision: Revision } | undefined;
  /** One of them has to vouch for it; none: then all of it has to follow from the commit. */
  readonly certificates: readonly Certificate[];
  readonly signal?: AbortSignal | undefined;
}

/** @throws {RootsealError} FORMAT_INVALID when it is not an image as rootseal makes them */
export async function verifyUki(
  bytes: Buffer,
  { name, of, certificates, signal }: UkiQuestion,
): Promise<UkiVerdict> {
  const uki = parseNamedFile(name, () => parseUki(bytes));
  const comparison =
    of === undefined
      ? { findings: ownFindings(uki), followsFromCommit: undefined }
      : await compareUki(of.repository, uki, await expectedUki(of.repository, of.revision), signal);
  const findings = [...comparison.findings];
  const signer = parseNamedFile(name, () => verifySignature(bytes, certificates));
  if (certificates.length > 0) {
    if (signer === undefined)
      findings.push({ what: 'signature', message: 'it is signed by none of the certificates' });
    const kernel = kernelSignatureProblem(uki.image, certificates);
    if (kernel !== undefined) findings.push({ what: '.linux', message: kernel });
  } else if (findings.length === 0 && comparison.followsFromCommit === false) {
    findings.push({ what: 'signature', message: needsSignature(uki) });
  }
  return {
    findings,
    followsFromCommit: comparison.followsFromCommit,
    signedBy: signer === undefined ? undefined : nameOfCertificate(signer),
  };
}

/** What can be said without a commit. */
function ownFindings(uki: Uki): UkiFinding[] {
  const stub = stubVersionProblem(uki.stubVersion);
  return [
    ...(stub === undefined ? [] : [{ what: 'stub', message: stub } as const]),
    ...policyFindings(uki),
  ];
}

function needsSignature({ sections }: Uki): string {
  const why = sections.has('.pcrpkey')
    ? 'it has a signed policy for a TPM, which does not follow from the commit'
    : "its stub is not the image's own";
  return `${why}: only a certificate can vouch for it`;
}
