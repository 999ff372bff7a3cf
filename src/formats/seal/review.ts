/**
 * What whoever signs a request should know of it: the facts of the commit, and what it changes against the release that was
 * sealed before it (docs/formats/seal-request.md, "Review"). It is not signed; whoever has the repository can make it again.
 */
import { isCommitId } from '../commit/commit.js';
import { commitNameProblem, versionProblem } from '../commit/fields.js';
import { printTypedDigest } from '../digest-text.js';
import { parseJsonDocument } from '../json-document.js';
import * as shape from '../shape.js';
import { time } from '../time.js';
import type { PrivilegeChange } from '../tree/privileges.js';
import { FormatError } from '../../util/errors.js';
import { hidesSomething } from '../../util/printable.js';
import { isKeyId, keyNameProblem } from './key.js';
import { NOTE_SIZE_MAX, NOTE_SIGNATURES_MAX } from './note.js';
import { parseSealText, SEAL_IMAGES_MAX } from './seal-text.js';

/** What a tree has, as far as reviewers ask for it. */
export interface ReleaseContents {
  /** Content of all files, in bytes. */
  readonly bytes: number;
  /** Null when the tree has no kernel. */
  readonly kernelRelease: string | null;
  /** What the files of `kargs.d` in the image ask for; null where one of them is malformed. */
  readonly kernelArguments: readonly string[] | null;
}

/** A sealed release that a commit can be compared with. */
export interface SealedRelease {
  readonly commitId: string;
  readonly release: string;
  readonly sequence: number;
  /** Whether the seal was accepted; null: no verifier key is known where the review was made, so nobody has looked. */
  readonly accepted: boolean | null;
  /** Keys that its seal says have signed. */
  readonly signatures: readonly { readonly name: string; readonly keyId: string }[];
}

/** Changed: of the same version, and another one all the same: built again, say. */
export const PACKAGE_CHANGES = ['downgraded', 'upgraded', 'changed', 'added', 'removed'] as const;

export interface PackageChange {
  readonly kind: (typeof PACKAGE_CHANGES)[number];
  readonly name: string;
  readonly architecture: string;
  /** Null when it was added. */
  readonly versionBefore: string | null;
  /** Null when it was removed. */
  readonly versionAfter: string | null;
}

export interface Review extends ReleaseContents {
  readonly version: 1;
  /** The text of the seal: what is signed. */
  readonly text: string;
  readonly commitId: string;
  readonly name: string;
  readonly release: string;
  readonly sequence: number;
  /** Typed digests. */
  readonly images: readonly string[];
  readonly parentId: string | null;
  readonly time: string;
  /** Null: no commit before this one is sealed, so that everything is new. */
  readonly previous: (SealedRelease & ReleaseContents) | null;
  /** Paths that differ. */
  readonly addedCount: number;
  readonly deletedCount: number;
  readonly modifiedCount: number;
  /** In the order of `PACKAGE_CHANGES`, then of names; null where no package database can be read. */
  readonly packageChanges: readonly PackageChange[] | null;
  /** Setuid and setgid files, and those with capabilities, as far as they differ. */
  readonly privileged: readonly PrivilegeChange[];
}

/** Longest document, in bytes. */
export const REVIEW_SIZE_MAX = 1 << 25;

const FORMAT = 'review';
const LIST_MAX = 1 << 20;
const TEXT_MAX = 1 << 16;

/** Others made it, and a person reads it: one line that shows what it is, so that it cannot look like another line of the review. */
const words = shape.text((text) => {
  if (text.length > TEXT_MAX) return `longer than ${TEXT_MAX} characters`;
  return hidesSomething(text) ? 'has a line break, or a character that is not shown' : undefined;
});
const id = shape.text((text) =>
  isCommitId(text) ? undefined : 'expected 64 lower-case hex digits',
);
const sequence = shape.count;

const CONTENTS: shape.Shape = {
  bytes: shape.required(shape.count),
  kernelRelease: shape.required(shape.nullable(words)),
  kernelArguments: shape.required(shape.nullable(shape.listOf(words, LIST_MAX))),
};

const PRIVILEGES = shape.object({
  mode: shape.required(shape.matching(/^[0-7]{4}$/, 'four octal digits')),
  uid: shape.required(shape.count),
  gid: shape.required(shape.count),
  capabilities: shape.required(shape.nullable(words)),
});

const isPackageChange = shape.text((kind) =>
  PACKAGE_CHANGES.some((known) => known === kind) ? undefined : 'is not known',
);
const PACKAGE_CHANGE = shape.object({
  kind: shape.required(isPackageChange),
  name: shape.required(words),
  architecture: shape.required(words),
  versionBefore: shape.required(shape.nullable(words)),
  versionAfter: shape.required(shape.nullable(words)),
});

const SIGNATURE = shape.object({
  name: shape.required(shape.text(keyNameProblem)),
  keyId: shape.required(
    shape.text((text) => (isKeyId(text) ? undefined : 'expected 8 lower-case hex digits')),
  ),
});

const SHAPE: shape.Shape = {
  version: shape.required((value) => (value === 1 ? undefined : 'expected 1')),
  text: shape.required(
    shape.text((text) => (text.length > NOTE_SIZE_MAX ? 'too long for a seal' : undefined)),
  ),
  commitId: shape.required(id),
  name: shape.required(shape.text(commitNameProblem)),
  release: shape.required(shape.text(versionProblem)),
  sequence: shape.required(sequence),
  images: shape.required(shape.listOf(words, SEAL_IMAGES_MAX)),
  parentId: shape.required(shape.nullable(id)),
  time: shape.required(time),
  previous: shape.required(
    shape.nullable(
      shape.object({
        commitId: shape.required(id),
        release: shape.required(shape.text(versionProblem)),
        sequence: shape.required(sequence),
        accepted: shape.required(shape.nullable(shape.flag)),
        signatures: shape.required(shape.listOf(SIGNATURE, NOTE_SIGNATURES_MAX)),
        ...CONTENTS,
      }),
    ),
  ),
  ...CONTENTS,
  addedCount: shape.required(shape.count),
  deletedCount: shape.required(shape.count),
  modifiedCount: shape.required(shape.count),
  packageChanges: shape.required(shape.nullable(shape.listOf(PACKAGE_CHANGE, LIST_MAX))),
  privileged: shape.required(
    shape.listOf(
      shape.object({
        path: shape.required(words),
        rightsBefore: shape.required(shape.nullable(PRIVILEGES)),
        rightsAfter: shape.required(shape.nullable(PRIVILEGES)),
      }),
      LIST_MAX,
    ),
  ),
};

/** @throws {FormatError} when it is no review, or one whose facts are not those of the text in it */
export function parseReview(bytes: Uint8Array): Review {
  const document = parseJsonDocument(FORMAT, bytes, REVIEW_SIZE_MAX);
  shape.requireShape(FORMAT, document, SHAPE);
  const review = document as unknown as Review;
  const facts = parseSealText(review.text);
  const told = [
    ['commitId', review.commitId, facts.commit],
    ['name', review.name, facts.name],
    ['release', review.release, facts.version],
    ['sequence', review.sequence, facts.sequence],
    ['images', review.images.join(' '), facts.images.map(printTypedDigest).join(' ')],
  ] as const;
  for (const [field, found, wanted] of told)
    if (found !== wanted)
      throw new FormatError(FORMAT, 'is not what the text says that is signed', { field });
  return review;
}
