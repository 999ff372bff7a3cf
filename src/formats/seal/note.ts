/**
 * Signed notes: a text, an empty line and signature lines (C2SP signed-note; docs/formats/seal.md, "Note").
 *
 * Parsing says nothing about trust. One malformed line makes the whole note invalid.
 */
import { decodeUtf8 } from '../../util/canonical-json.js';
import { FormatError } from '../../util/errors.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { ed25519Sign } from './ed25519.js';
import { keyNameProblem, type KeyId, type SignerKey } from './key.js';

/** One signature line. */
export interface NoteSignature {
  /** Name of the key that is said to have signed. */
  readonly name: string;
  readonly keyId: KeyId;
  /** At least 1 byte; 64 for Ed25519. Keys of other kinds have other lengths. */
  readonly signature: Uint8Array;
}

/** A note, syntactically right. */
export interface Note {
  /** The signed text with its final newline; nothing in it counts before a signature is verified. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Longest note, in bytes. */
export const NOTE_SIZE_MAX = 64 * 1024;
/** Most signature lines in a note. */
export const NOTE_SIGNATURES_MAX = 32;

const FORMAT = 'signed note';
/** Em dash and space. */
const SIGNATURE_PREFIX = '\u2014 ';
const KEY_ID_SIZE = 4;

/** @throws {FormatError} when the bytes are not a note with at least one signature line */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.length > NOTE_SIZE_MAX)
    throw new FormatError(FORMAT, `${bytes.length} bytes, more than ${NOTE_SIZE_MAX}`);
  const source = decodeUtf8(bytes, FORMAT);
  checkCharacters(source);
  if (!source.endsWith('\n')) throw new FormatError(FORMAT, 'the final newline is missing');
  const separator = source.lastIndexOf('\n\n');
  if (separator < 0)
    throw new FormatError(FORMAT, 'there is no empty line before the signature lines');
  const text = source.slice(0, separator + 1);
  const lines = source.slice(separator + 2).split('\n');
  lines.pop();
  if (lines.length === 0)
    throw new FormatError(FORMAT, 'there is no signature line after the last empty line');
  if (lines.length > NOTE_SIGNATURES_MAX)
    throw new FormatError(
      FORMAT,
      `${lines.length} signature lines, more than ${NOTE_SIGNATURES_MAX}`,
    );
  const firstLine = countLines(text) + 2;
  return { text, signatures: lines.map((line, index) => parseLine(line, firstLine + index)) };
}

/**
 * The bytes of a note.
 *
 * @throws {FormatError} when the parts do not make a note that `parseNote` gives back
 */
export function printNote(note: Note): Uint8Array {
  const lines = note.signatures.map(printSignature);
  const bytes = Buffer.from(`${note.text}\n${lines.join('')}`, 'utf8');
  const back = parseNote(bytes);
  if (back.text !== note.text || back.signatures.length !== lines.length)
    throw new FormatError(FORMAT, 'the text has no final newline');
  return bytes;
}

/** One signature line with its newline. */
export function printSignature({ name, keyId, signature }: NoteSignature): string {
  const blob = Buffer.concat([Buffer.from(keyId, 'hex'), signature]);
  return `${SIGNATURE_PREFIX}${name} ${encodeBase64(blob)}\n`;
}

/** Signs a note's text, which ends with a newline. */
export function signText(text: string, signer: SignerKey): NoteSignature {
  const signature = ed25519Sign(Buffer.from(text, 'utf8'), signer.seed);
  return { name: signer.name, keyId: signer.keyId, signature };
}

/** The note with more signatures at its end; a signature that is already there is not repeated. */
export function addSignatures(note: Note, added: readonly NoteSignature[]): Note {
  const lines = new Set<string>();
  const signatures = [...note.signatures, ...added].filter((signature) => {
    const line = printSignature(signature);
    const isNew = !lines.has(line);
    lines.add(line);
    return isNew;
  });
  return { text: note.text, signatures };
}

/**
 * Parses signature lines that stand alone, as a signer sends them back.
 *
 * @throws {FormatError} when a line is not a signature line, or there are too many
 */
export function parseSignatureLines(bytes: Uint8Array): readonly NoteSignature[] {
  const note = parseNote(Buffer.concat([Buffer.from('\n\n', 'utf8'), bytes]));
  if (note.text !== '\n') throw new FormatError(FORMAT, 'expected signature lines and no text');
  return note.signatures;
}

/** C2SP signed-note, "Format": no ASCII control characters but newline. */
function checkCharacters(source: string): void {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const index = source.search(/[\u0000-\u0009\u000b-\u001f]/);
  if (index >= 0)
    throw new FormatError(FORMAT, 'the note contains a control character', {
      offset: Buffer.byteLength(source.slice(0, index), 'utf8'),
    });
}

function countLines(text: string): number {
  return text.split('\n').length - 1;
}

function parseLine(line: string, number: number): NoteSignature {
  const place = { line: number };
  if (!line.startsWith(SIGNATURE_PREFIX))
    throw new FormatError(FORMAT, 'a signature line starts with an em dash and a space', place);
  const space = line.indexOf(' ', SIGNATURE_PREFIX.length);
  if (space < 0)
    throw new FormatError(FORMAT, 'expected a key name, a space and a signature', place);
  const name = line.slice(SIGNATURE_PREFIX.length, space);
  const problem = keyNameProblem(name);
  if (problem !== undefined) throw new FormatError(FORMAT, problem, place);
  const blob = decodeBase64(line.slice(space + 1));
  if (blob === undefined)
    throw new FormatError(FORMAT, 'the signature is not in canonical base64', place);
  if (blob.length <= KEY_ID_SIZE)
    throw new FormatError(FORMAT, 'the signature is shorter than 5 bytes', place);
  const keyId = Buffer.from(blob.subarray(0, KEY_ID_SIZE)).toString('hex') as KeyId;
  return { name, keyId, signature: blob.subarray(KEY_ID_SIZE) };
}
