/** What an attestation is about: the files of one release, by plain SHA-256 (docs/formats/attestations.md, "Subjects"). */
import { createHash } from 'node:crypto';
import type { Commit, CommitId } from '../commit/commit.js';
import type { Statement, Subject } from '../in-toto/statement.js';

/** A release, and what its files hash to. */
export interface AttestedRelease {
  readonly id: CommitId;
  readonly commit: Commit;
  /** The image's file. */
  readonly image: Subject;
  /** The unified kernel image; undefined when there is none. */
  readonly uki: Subject | undefined;
}

/** The subjects of every attestation of a release. A commit's id is the plain SHA-256 of the commit document. */
export function subjectsOf({ id, image, uki }: AttestedRelease): readonly Subject[] {
  return [commitSubject(id), image, ...(uki === undefined ? [] : [uki])];
}

export function commitSubject(id: CommitId): Subject {
  return { name: `commits/${id}`, sha256: id };
}

/**
 * Says what is wrong with a statement's subjects, or nothing when they are those of the release. A unified kernel image that the
 * repository does not have cannot be compared, and one that was made since needs none.
 */
export function subjectProblem(
  { subjects }: Pick<Statement, 'subjects'>,
  release: AttestedRelease,
): string | undefined {
  const rest = new Map(subjects.map((subject) => [subject.name, subject.sha256]));
  if (rest.size !== subjects.length) return 'it names a file twice';
  for (const { name, sha256 } of [commitSubject(release.id), release.image]) {
    const found = rest.get(name);
    if (found === undefined) return `it does not name ${name}`;
    if (found !== sha256) return `it says of ${name} that its SHA-256 is ${found}`;
    rest.delete(name);
  }
  const ukiName = `ukis/${release.id}`;
  const uki = rest.get(ukiName);
  rest.delete(ukiName);
  const [other] = rest.keys();
  if (other !== undefined) return `it names ${other}, which is no file of this release`;
  if (uki === undefined || release.uki === undefined || uki === release.uki.sha256)
    return undefined;
  return 'the unified kernel image was made or signed anew since';
}

/** A UUID of version 8 (RFC 9562 section 5.8) whose other 122 bits come from the commit's id. */
export function uuidOf(id: CommitId): string {
  const bytes = createHash('sha256').update(`rootseal attestation ${id}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  const parts = [0, 8, 12, 16, 20].map((start, index, starts) =>
    hex.slice(start, starts[index + 1]),
  );
  return parts.join('-');
}
