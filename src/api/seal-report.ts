/** Seals: who signs, whom a verifier trusts, and how a check ends. */
import type { CallOptions } from './call-options.js';
import type { SignerKey, VerifierKey } from './key-files.js';

/** What a signature is asked for. */
export interface SigningRequest extends CallOptions {
  /** The commit's id. */
  readonly commit: string;
}

/**
 * A signer whose key is known and elsewhere: in a token, an agent, a service. What it returns is checked before anything is written;
 * a wrong signature is FAILED.
 */
export interface KeySigner {
  /** Whose signature it is. */
  readonly key: VerifierKey;
  /** Returns the 64 bytes of pure Ed25519 over `bytes`, which are not hashed before. What it throws ends the call. */
  readonly sign: (bytes: Uint8Array, request: SigningRequest) => Promise<Uint8Array>;
}

/**
 * A signer that says itself whose signatures it gives. It gets the text of the seal and the id of the commit, and returns
 * signature lines of a C2SP signed note.
 */
export type SignerFunction = (text: string, commit: string) => Promise<string>;

export interface SealRequest extends CallOptions {
  /** All sign before anything is written. */
  readonly signers: readonly (SignerKey | KeySigner | SignerFunction)[];
  /** Keys that what functions return is checked with; a wrong signature by one of these is refused. */
  readonly known?: readonly VerifierKey[] | undefined;
}

/** Who signed. */
export interface Signature {
  readonly name: string;
  readonly keyId: string;
}

/** The seal of a commit after signing. */
export interface SealResult {
  /** The commit's id. */
  readonly commit: string;
  /** All of the seal, old ones among them. */
  readonly signatures: readonly Signature[];
  /** New ones by keys that are not known, so that nobody has checked them. */
  readonly unchecked: readonly Signature[];
}

/** Which seals are accepted. */
export interface SealPolicy {
  /** `none`: `pull` takes commits whatever their seals are; `seal` by default. A check of a seal is done all the same. */
  readonly mode?: 'seal' | 'none' | undefined;
  /** How many different keys must have signed, from 1 to 32; 1 by default. */
  readonly threshold?: number | undefined;
  /** Only seals with this name. */
  readonly name?: string | undefined;
  /** Smallest accepted sequence; 0 by default. */
  readonly minSequence?: number | undefined;
}

/**
 * Whom and what a verifier trusts; what is absent is the host's (docs/formats/policy.md). What the host has revoked is revoked
 * in any case.
 */
export interface Trust {
  /** A directory of `*.pub` files, or the keys themselves. */
  readonly keys?: string | readonly VerifierKey[] | undefined;
  /** A policy file, or the policy itself. */
  readonly policy?: string | SealPolicy | undefined;
}

/** Each way in which the check of a seal can end (docs/formats/seal.md, "Decision"). */
export type SealCode =
  | 'SEAL_ACCEPTED'
  | 'SEAL_NOTE_INVALID'
  | 'SEAL_SIGNATURE_WRONG'
  | 'SEAL_THRESHOLD'
  | 'SEAL_TEXT_INVALID'
  | 'SEAL_IMAGE_MISMATCH'
  | 'SEAL_COMMIT_MISMATCH'
  | 'SEAL_NAME_MISMATCH'
  | 'SEAL_SEQUENCE'
  | 'SEAL_IMAGE_REVOKED';

/** One signature line of a seal. */
export interface CheckedSignature extends Signature {
  /** Whether the verifier has the key. */
  readonly known: boolean;
  /** Whether the signature is right; undefined when the key is not known, so that nobody can say. */
  readonly valid: boolean | undefined;
  /** Whether the key was revoked. */
  readonly revoked: boolean;
  /** Whether the signature counts towards the threshold. */
  readonly counted: boolean;
}

/** How the check of a seal ended. */
export interface SealReport {
  /** The only field to be asked whether the commit may be used. */
  readonly accepted: boolean;
  readonly code: SealCode;
  /** A sentence in lower case, without a full stop. */
  readonly reason: string;
  readonly signatures: readonly CheckedSignature[];
  /** What the seal says; undefined unless enough good signatures vouch for it. */
  readonly facts:
    | {
        readonly name: string;
        readonly version: string;
        readonly sequence: number;
        /** Typed digests. */
        readonly images: readonly string[];
        readonly commit: string;
      }
    | undefined;
}

/** What a seal must name besides. */
export interface SealExpectations {
  /** Typed digest of the image that was measured. */
  readonly image?: string | undefined;
  readonly commit?: string | undefined;
}

/**
 * Checks a seal alone, as it was read from a file or a server. Whether image and commit are what the seal says is the caller's
 * matter; `Repository.verify` does all of it.
 * @param note the bytes of the seal, or its text
 * @throws {RootsealError} when trust cannot be read; never for a bad seal
 */
export async function checkSeal(
  note: Uint8Array | string,
  trust: Trust,
  expected: SealExpectations = {},
): Promise<SealReport> {
  const { checkNote } = await import('./inside/seal-calls.js');
  return checkNote(note, trust, expected);
}
