/** Seals on disk: `seals/<commit id>`, one signed note for each commit. */
import { RootsealError } from '../util/errors.js';
import { stopPoint } from '../util/stop-point.js';
import type { Commit, CommitId } from '../formats/commit/commit.js';
import {
  NOTE_SIZE_MAX,
  parseNote,
  printNote,
  type Note,
  type NoteSignature,
} from '../formats/seal/note.js';
import { addWithRoom, type Added } from '../formats/seal/make-room.js';
import { sealFactsOf, sealText } from '../formats/seal/seal-text.js';
import { readSmallFile, writeFileDurable } from './durable.js';
import { SEALS_DIR, TMP_DIR } from './layout.js';
import type { Repository } from './repository.js';

/** The seal's bytes, at most one more than a valid note has; undefined when the commit has none. */
export function readSeal(repository: Repository, id: CommitId): Buffer | undefined {
  return readSmallFile(repository.file(`${SEALS_DIR}/${id}`), NOTE_SIZE_MAX);
}

/** @throws {RootsealError} SEAL_MISSING when the commit has none */
export function requireSeal(repository: Repository, id: CommitId): Buffer {
  const seal = readSeal(repository, id);
  if (seal !== undefined) return seal;
  throw new RootsealError('SEAL_MISSING', `commit ${id} is not sealed`, {
    details: { commitId: id },
    hint: 'seal it with `rootseal seal REV --key FILE`',
  });
}

/** Replaces the commit's seal. */
export function writeSeal(repository: Repository, id: CommitId, note: Uint8Array): void {
  repository.requireWritable();
  writeFileDurable(repository.file(TMP_DIR), repository.file(`${SEALS_DIR}/${id}`), note);
  stopPoint('seal-written');
}

/** The text that signers of a commit sign: a function of the commit alone. */
export function sealTextOf(id: CommitId, commit: Commit): string {
  return sealText(sealFactsOf(commit, id));
}

export interface SealAddition {
  /** Of the commit. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
  /** Whether a signature of the seal is by a key that is known here: others make room where there is none. */
  readonly isKnown: (signature: NoteSignature) => boolean;
}

/** Adds signatures to a commit's seal; what it has already stays, as long as there is room for it. */
export function addToSeal(
  repository: Repository,
  id: CommitId,
  { text, signatures, isKnown }: SealAddition,
): Added {
  const bytes = readSeal(repository, id);
  const existing: Note = bytes === undefined ? { text, signatures: [] } : parseNote(bytes);
  if (existing.text !== text) {
    throw new RootsealError(
      'SEAL_INVALID',
      `the seal of commit ${id} has another text than the commit`,
      {
        hint: 'the seal file is damaged or belongs to another commit: run `rootseal fsck`',
      },
    );
  }
  const added = addWithRoom(existing, signatures, isKnown);
  writeSeal(repository, id, printNote(added.note));
  return added;
}
