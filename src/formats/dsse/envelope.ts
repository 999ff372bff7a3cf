/**
 * DSSE envelopes: bytes, what they are, and who signed both (Dead Simple Signing Envelope 1.0.2, protocol.md and envelope.md;
 * docs/formats/attestations.md, "Envelope").
 *
 * Parsing says nothing about trust. An envelope is written in canonical JSON, and no other spelling is read.
 */
import { isRecord } from '../../util/checks.js';
import { parseCanonicalJson, printCanonicalJson } from '../../util/canonical-json.js';
import { FormatError } from '../../util/errors.js';
import { decodeBase64, encodeBase64 } from '../seal/base64.js';
import { ED25519_SIGNATURE_SIZE } from '../seal/ed25519.js';
import { isKeyId, KEY_NAME_MAX, keyNameProblem, type KeyId } from '../seal/key.js';
import type { NoteSignature } from '../seal/note.js';

export interface Envelope {
  /** What is signed; nothing in it counts before a signature is verified. */
  readonly payload: Uint8Array;
  /** Media type of the payload. It is signed as well. */
  readonly payloadType: string;
  /** One to `ENVELOPE_SIGNATURES_MAX`. */
  readonly signatures: readonly NoteSignature[];
}

/** Longest envelope, in bytes: a list of ten thousand packages fits. */
export const ENVELOPE_SIZE_MAX = 32 << 20;
/** As many as a seal has. */
export const ENVELOPE_SIGNATURES_MAX = 32;
const PAYLOAD_TYPE_MAX = 255;

const FORMAT = 'DSSE envelope';

/** The bytes that are signed: `DSSEv1 SP LEN(type) SP type SP LEN(payload) SP payload`, lengths in bytes and decimal. */
export function preAuthEncoding({
  payload,
  payloadType,
}: Pick<Envelope, 'payload' | 'payloadType'>): Uint8Array {
  const typeLength = Buffer.byteLength(payloadType, 'utf8');
  const head = `DSSEv1 ${typeLength} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head, 'utf8'), payload]);
}

/** @throws {FormatError} when the bytes are not an envelope in the one spelling that it has */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const value = parseCanonicalJson(bytes, { format: FORMAT, maxBytes: ENVELOPE_SIZE_MAX });
  const { payload, payloadType, signatures } = requireKeys(value, '', [
    'payload',
    'payloadType',
    'signatures',
  ]);
  const content = typeof payload === 'string' ? decodeBase64(payload) : undefined;
  if (content === undefined) throw wrong('payload', 'expected canonical base64');
  if (typeof payloadType !== 'string' || !isPayloadType(payloadType))
    throw wrong('payloadType', 'expected a media type');
  if (!Array.isArray(signatures)) throw wrong('signatures', 'expected a list');
  if (signatures.length === 0 || signatures.length > ENVELOPE_SIGNATURES_MAX)
    throw wrong(
      'signatures',
      `expected 1 to ${ENVELOPE_SIGNATURES_MAX}, found ${signatures.length}`,
    );
  return { payload: content, payloadType, signatures: signatures.map(parseSignature) };
}

/**
 * The bytes of an envelope.
 * @throws {FormatError} when the parts do not make an envelope that `parseEnvelope` gives back
 */
export function printEnvelope({ payload, payloadType, signatures }: Envelope): Uint8Array {
  const value = {
    payload: encodeBase64(payload),
    payloadType,
    signatures: signatures.map(({ name, keyId, signature }) => ({
      keyid: `${name}+${keyId}`,
      sig: encodeBase64(signature),
    })),
  };
  const bytes = Buffer.from(printCanonicalJson(value, FORMAT), 'utf8');
  parseEnvelope(bytes);
  return bytes;
}

/**
 * The signatures of both, one of each key: those that are there already come first, and count. Ed25519 makes one signature of a message, so
 * another one by the same key is wrong, and would spoil the first.
 */
export function joinSignatures(
  existing: readonly NoteSignature[],
  added: readonly NoteSignature[],
): readonly NoteSignature[] {
  const joined = new Map<string, NoteSignature>();
  for (const signature of [...existing, ...added]) {
    const key = keyOf(signature);
    if (!joined.has(key)) joined.set(key, signature);
  }
  return [...joined.values()];
}

/** The same for signatures that were checked: they take the place of those that are there by their keys. */
export function putSignatures(
  existing: readonly NoteSignature[],
  checked: readonly NoteSignature[],
): readonly NoteSignature[] {
  const byKey = new Map(checked.map((signature) => [keyOf(signature), signature]));
  return joinSignatures(
    existing.map((signature) => byKey.get(keyOf(signature)) ?? signature),
    checked,
  );
}

function keyOf({ name, keyId }: NoteSignature): string {
  return `${name}+${keyId}`;
}

/** RFC 6838 section 4.2, without parameters. */
function isPayloadType(text: string): boolean {
  return text.length <= PAYLOAD_TYPE_MAX && /^[\w.+!#$&^-]+\/[\w.+!#$&^-]+$/.test(text);
}

function parseSignature(value: unknown, index: number): NoteSignature {
  const place = `signatures[${index}]`;
  const { keyid, sig } = requireKeys(value, place, ['keyid', 'sig']);
  const signature = typeof sig === 'string' ? decodeBase64(sig) : undefined;
  if (signature?.length !== ED25519_SIGNATURE_SIZE)
    throw wrong(`${place}.sig`, `expected ${ED25519_SIGNATURE_SIZE} bytes in canonical base64`);
  return { ...parseSignerName(keyid, `${place}.keyid`), signature };
}

/** `<name>+<key id>`, as in a seal. */
function parseSignerName(value: unknown, place: string): { name: string; keyId: KeyId } {
  const text = typeof value === 'string' && value.length <= KEY_NAME_MAX + 9 ? value : '';
  const plus = text.indexOf('+');
  const [name, keyId] = [text.slice(0, Math.max(plus, 0)), text.slice(plus + 1)];
  if (plus < 0 || keyNameProblem(name) !== undefined || !isKeyId(keyId))
    throw wrong(place, 'expected the name of a key, "+" and its id');
  return { name, keyId };
}

/** Exactly these keys: what no reader knows of has no place beside what is signed. */
function requireKeys(
  value: unknown,
  place: string,
  keys: readonly string[],
): Record<string, unknown> {
  if (!isRecord(value)) throw wrong(place, 'expected an object');
  const found = Object.keys(value);
  if (found.length !== keys.length || !keys.every((key) => Object.hasOwn(value, key)))
    throw wrong(place, `expected the keys ${keys.join(', ')} and no others`);
  return value;
}

function wrong(field: string, message: string): FormatError {
  return new FormatError(FORMAT, message, field === '' ? {} : { field });
}
