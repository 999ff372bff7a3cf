/** Signatures that had to make room in a seal, for people. */
import type { NoteSignature } from '../../formats/seal/note.js';
import { listSigners } from './signers.js';

/** Those that are named. */
const NAMED_MAX = 3;

/** One line; undefined when there are none. */
export function describeDropped(dropped: readonly NoteSignature[]): string | undefined {
  if (dropped.length === 0) return undefined;
  const named = listSigners(dropped.slice(0, NAMED_MAX));
  const left = dropped.length - NAMED_MAX;
  return `warning: the seal was full, and lost signatures by keys that are not known here: ${named}${left > 0 ? ` and ${left} more` : ''}`;
}
