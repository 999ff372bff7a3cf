/** What the check of a whole repository finds. */

/** What can be wrong. `leftover` and `stray` are remarks: nothing is damaged by them. */
export type FindingKind =
  | 'object-missing'
  | 'object-corrupt'
  | 'object-unreadable'
  | 'object-unprotected'
  | 'image-unlinked'
  | 'image-damaged'
  | 'commit-damaged'
  | 'ref-damaged'
  | 'ref-dangling'
  | 'seal-damaged'
  | 'seal-mismatch'
  | 'seal-orphan'
  | 'uki-damaged'
  | 'uki-mismatch'
  | 'uki-orphan'
  | 'attestation-damaged'
  | 'attestation-mismatch'
  | 'attestation-orphan'
  | 'leftover'
  | 'stray';

/** One thing that was found. */
export interface Finding {
  readonly kind: FindingKind;
  /** A digest, a commit id, a ref or a file below the repository. */
  readonly subject: string;
  /** One sentence for people. */
  readonly message: string;
  /** Which paths of which commits are hit. */
  readonly affects: readonly {
    readonly commit: string;
    /** Branches and tags that name the commit. */
    readonly refs: readonly string[];
    readonly paths: readonly string[];
  }[];
}

export interface CheckReport {
  /** Whether nothing is damaged. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly objects: number;
  /** Bytes of all objects. */
  readonly bytes: number;
  readonly commits: number;
  readonly images: number;
}
