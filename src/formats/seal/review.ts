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
import { isKeyId, keyNameProblem } from './key.js';
import { NOTE_SIZE_MAX, NOTE_SIGNATURES_MAX } from './note.js';
import { parseSealText, SEAL_IMAGES_MAX } from './seal-text.js';

/** Before is null where there is no sealed release before this one, and where it cannot be told. */
export interface BeforeAfter<T> {
  readonly before: T | null;
  readonly after: T | null;
}

/** The sealed release that a commit is compared with. */
export interface PreviousRelease {
  readonly commitId: string;
  readonly release: string;
  readonly sequence: number;
  /** Whether the seal was accepted; null: no verifier key is known where the review was made, so nobody has looked. */
  readonly accepted: boolean | null;
  /** Keys that its seal says have signed. */
  readonly signatures: readonly { readonly name: string; readonly keyId: string }[];
}

export interface PackageFacts {
  readonly name: string;
  readonly architecture: string;
  readonly version: string;
}

/** A package of which there is another version now; `changed` is one of the same version that was built again, say. */
export interface PackageMove {
  readonly name: string;
  readonly architecture: string;
  readonly before: string;
  readonly after: string;
}

/** Each list in the order of names. */
export interface PackageChanges {
  readonly added: readonly PackageFacts[];
  readonly removed: readonly PackageFacts[];
  readonly upgraded: readonly PackageMove[];
  readonly downgraded: readonly PackageMove[];
  readonly changed: readonly PackageMove[];
}

export interface Review {
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
  readonly previous: PreviousRelease | null;
  /** Paths that differ. */
  readonly files: {
    readonly added: number;
    readonly deleted: number;
    readonly modified: number;
  };
  /** Content of all files, in bytes. */
  readonly bytes: BeforeAfter<number>;
  /** Release of the kernel; null when the tree has none. */
  readonly kernel: BeforeAfter<string>;
  /** What the files of `kargs.d` in the image ask for. */
  readonly kernelArguments: BeforeAfter<readonly string[]>;
  /** Null where no package database can be read. */
  readonly packages: PackageChanges | null;
  /** Setuid and setgid files, and those with capabilities, as far as they differ. */
  readonly privileged: readonly PrivilegeChange[];
}

/** Longest document, in bytes. */
export const REVIEW_SIZE_MAX = 1 << 25;

const FORMAT = 'review';
const LIST_MAX = 1 << 20;
const TEXT_MAX = 1 << 16;

/** Others made it: whatever is in it, it is text for a person to read. */
const words = shape.text((text) =>
  text.length > TEXT_MAX ? `longer than ${TEXT_MAX} characters` : undefined,
);
const id = shape.text((text) =>
  isCommitId(text) ? undefined : 'expected 64 lower-case hex digits',
);
const sequence = shape.count;

const beforeAfter = (rule: shape.Rule): shape.Field =>
  shape.required(
    shape.object({
      before: shape.required(shape.nullable(rule)),
      after: shape.required(shape.nullable(rule)),
    }),
  );

const PRIVILEGES = shape.object({
  mode: shape.required(shape.matching(/^[0-7]{4}$/, 'four octal digits')),
  uid: shape.required(shape.count),
  gid: shape.required(shape.count),
  capabilities: shape.required(shape.nullable(words)),
});

const PACKAGES = listing({ version: shape.required(words) });
const MOVES = listing({ before: shape.required(words), after: shape.required(words) });

function listing(fields: shape.Shape): shape.Field {
  const named = { name: shape.required(words), architecture: shape.required(words) };
  return shape.required(shape.listOf(shape.object({ ...named, ...fields }), LIST_MAX));
}

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
      }),
    ),
  ),
  files: shape.required(
    shape.object({
      added: shape.required(shape.count),
      deleted: shape.required(shape.count),
      modified: shape.required(shape.count),
    }),
  ),
  bytes: beforeAfter(shape.count),
  kernel: beforeAfter(words),
  kernelArguments: beforeAfter(shape.listOf(words, LIST_MAX)),
  packages: shape.required(
    shape.nullable(
      shape.object({
        added: PACKAGES,
        removed: PACKAGES,
        upgraded: MOVES,
        downgraded: MOVES,
        changed: MOVES,
      }),
    ),
  ),
  privileged: shape.required(
    shape.listOf(
      shape.object({
        path: shape.required(words),
        before: shape.required(shape.nullable(PRIVILEGES)),
        after: shape.required(shape.nullable(PRIVILEGES)),
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
