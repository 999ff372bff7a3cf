/** What `fsck` reports: a list, never just the first thing that is wrong. */
import type { Digest } from '../../util/digest.js';

/** Stable names of what can be wrong. `leftover` and `stray` are remarks: nothing is damaged by them. */
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

export interface Finding {
  readonly kind: FindingKind;
  /** A digest, a commit id, a ref or a file below the repository. */
  readonly subject: string;
  /** One sentence for people. */
  readonly message: string;
  /** Which paths of which commits are hit. */
  readonly affects: readonly AffectedPaths[];
  /** Set by `--repair`. */
  repaired: boolean;
}

export interface AffectedPaths {
  readonly commit: string;
  /** Branches and tags that name the commit. */
  readonly refs: readonly string[];
  readonly paths: readonly string[];
}

export interface FsckReport {
  readonly objects: number;
  readonly bytes: number;
  readonly commits: number;
  readonly images: number;
  readonly findings: Finding[];
}

/** Whether a finding means that something cannot be relied on. */
export function isDamage(finding: Finding): boolean {
  return finding.kind !== 'leftover' && finding.kind !== 'stray' && !finding.repaired;
}

/** Makes a finding that affects no paths. */
export function finding(
  kind: FindingKind,
  subject: string,
  message: string,
  affects: readonly AffectedPaths[] = [],
): Finding {
  return { kind, subject, message, affects, repaired: false };
}

/** An object that a tree needs and that is not as it should be. */
export interface BadObject {
  readonly digest: Digest;
  readonly kind: 'object-missing' | 'object-corrupt' | 'object-unreadable' | 'object-unprotected';
  readonly message: string;
}
