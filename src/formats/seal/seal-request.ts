/**
 * A request for a signature, and its answers, as files (docs/formats/seal-request.md). A request is the text of a seal and
 * nothing else: the bytes that are signed. An answer is signature lines, alone or below that text.
 */
import { decodeUtf8 } from '../../util/canonical-json.js';
import { FormatError } from '../../util/errors.js';
import { NOTE_SIZE_MAX, parseNote, parseSignatureLines, type NoteSignature } from './note.js';
import { parseSealText, type SealFacts } from './seal-text.js';

export interface SealRequest {
  /** What is signed, with its last newline. */
  readonly text: string;
  readonly facts: SealFacts;
}

export interface SealAnswer {
  /** The text that was signed; undefined when the signature lines stand alone. */
  readonly text: string | undefined;
  readonly signatures: readonly NoteSignature[];
}

/** An em dash and a space, in UTF-8: no seal's text begins with it. */
const SIGNATURE_START = Buffer.from('\u2014 ', 'utf8');

/** @throws {FormatError} when the bytes are anything else than the text of a seal, by a byte order mark or a carriage return even */
export function parseSealRequest(bytes: Uint8Array): SealRequest {
  if (bytes.length > NOTE_SIZE_MAX)
    throw new FormatError('seal request', `more than ${NOTE_SIZE_MAX} bytes`);
  const text = decodeUtf8(bytes, 'seal request');
  return { text, facts: parseSealText(text) };
}

/** @throws {FormatError} when the bytes are neither signature lines nor a signed note */
export function parseSealAnswer(bytes: Uint8Array): SealAnswer {
  const isLines = SIGNATURE_START.equals(bytes.subarray(0, SIGNATURE_START.length));
  return isLines ? { text: undefined, signatures: parseSignatureLines(bytes) } : parseNote(bytes);
}
