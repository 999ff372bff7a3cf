/** What is to be known of a unified kernel image by itself. */
import { createHash } from 'node:crypto';
import { peHash } from '../../formats/authenticode/pe-hash.js';
import { signatureOf } from '../../formats/authenticode/verify-pe.js';
import { nameOfCertificate } from '../../formats/x509/certificate.js';
import { BOOT_PHASES, pcr11 } from '../../formats/uki/pcr11.js';
import { parseUki, type Uki } from '../../formats/uki/parse-uki.js';
import { stubVersionProblem } from '../../formats/uki/stub.js';

export interface UkiFacts {
  readonly bytes: number;
  /** Of the whole file, hex. */
  readonly sha256: string;
  /** What a signature is of, and what `dbx` has of a revoked one: SHA-256, hex. */
  readonly authenticode: string;
  readonly architecture: string;
  readonly stubVersion: string;
  readonly commandLine: string;
  /** The kernel's release. */
  readonly kernel: string;
  /** Of the SHA-256 bank, hex: what the stub leaves (phase ''), and after each phase of a boot that systemd measures. */
  readonly pcr11: readonly { readonly phase: string; readonly value: string }[];
  /** Whether a signed policy for a TPM is in it. */
  readonly hasPcrSignatures: boolean;
  readonly sections: readonly SectionFacts[];
  /** Subjects of the first certificate in each signature. Nobody has looked whether they are right. */
  readonly signatures: readonly string[];
  /** Why rootseal does not take it, whatever it is signed by; undefined when it does. */
  readonly refused: string | undefined;
}

export interface SectionFacts {
  readonly name: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** @throws {FormatError} when it is not an image as rootseal makes them */
export function factsOfUki(bytes: Buffer): UkiFacts & { readonly uki: Uki } {
  const uki = parseUki(bytes);
  const { sections } = uki;
  return {
    uki,
    bytes: bytes.length,
    sha256: sha256(bytes),
    authenticode: peHash(bytes).toString('hex'),
    architecture: uki.architecture,
    stubVersion: uki.stubVersion.text,
    commandLine: uki.commandLine,
    kernel: uki.release,
    pcr11: ['', ...BOOT_PHASES].map((phase) => ({
      phase,
      value: pcr11(sections, phase).toString('hex'),
    })),
    hasPcrSignatures: sections.has('.pcrsig'),
    sections: [...sections].map(([name, content]) => ({
      name,
      bytes: content.length,
      sha256: sha256(content),
    })),
    signatures: signatureOf(bytes).map(({ certificates: [first] }) =>
      first === undefined ? 'nobody' : nameOfCertificate(first),
    ),
    refused: stubVersionProblem(uki.stubVersion),
  };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
