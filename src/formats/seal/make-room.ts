/**
 * Adds signatures to a note that may be full. A note has a bound (32 lines, 64 KiB), and anybody can write lines into one that comes
 * over a network: what nobody here can check must not keep out what can be.
 */
import {
  addSignatures,
  NOTE_SIGNATURES_MAX,
  NOTE_SIZE_MAX,
  printSignature,
  type Note,
  type NoteSignature,
} from './note.js';

export interface Added {
  readonly note: Note;
  /** Signatures that were in the note, and had to make room. */
  readonly dropped: readonly NoteSignature[];
}

/**
 * Where there is no room, signatures that are not known go, the last one first, and no more than is needed. What is added stays.
 * @param isKnown whether a signature is by a key that is known here
 * @returns a note that may still be too large: then every signature of it is known or new
 */
export function addWithRoom(
  note: Note,
  added: readonly NoteSignature[],
  isKnown: (signature: NoteSignature) => boolean,
): Added {
  let old = note.signatures;
  const dropped: NoteSignature[] = [];
  for (;;) {
    const together = addSignatures({ ...note, signatures: old }, added);
    const last = hasRoom(together) ? undefined : old.findLast((one) => !isKnown(one));
    if (last === undefined) return { note: together, dropped };
    dropped.push(last);
    old = old.filter((one) => one !== last);
  }
}

function hasRoom({ text, signatures }: Note): boolean {
  const lines = signatures.map(printSignature).join('');
  return (
    signatures.length <= NOTE_SIGNATURES_MAX &&
    Buffer.byteLength(`${text}\n${lines}`, 'utf8') <= NOTE_SIZE_MAX
  );
}
