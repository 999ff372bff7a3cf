/**
 * Messages to and from an SSH agent (RFC 9987): which keys it has, and a signature by one of them. Only of Ed25519 keys, since
 * nothing else signs a note.
 *
 * A message is a frame: `u32 length ‖ body`, and the first byte of the body is its type.
 */
import { FormatError } from '../../util/errors.js';
import { SshReader, sshString, sshUint32 } from '../ssh-wire.js';

/** The most that OpenSSH's agent and clients take as a body, in bytes. */
export const AGENT_MESSAGE_MAX = 256 * 1024;
/** The most bytes that can be signed: a request has 64 others. */
export const AGENT_DATA_MAX = AGENT_MESSAGE_MAX - 64;
/** Most keys that an answer may list: as many as OpenSSH's clients take. */
export const AGENT_KEYS_MAX = 2048;

/** Types of messages (RFC 9987, section 6.1). */
const FAILURE = 5;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;

const LENGTH_SIZE = 4;
const KEY_SIZE = 32;
const SIGNATURE_SIZE = 64;
const ED25519 = 'ssh-ed25519';
/** A key in a security token (FIDO). It signs a hash of the data and a counter, never the data. */
const SECURITY_TOKEN = 'sk-ssh-ed25519@openssh.com';

/** A key that an agent lists. */
export interface AgentKey {
  /** `ed25519` signs bytes as they are. `security-token` does not, and `other` is of another algorithm, or a certificate. */
  readonly kind: 'ed25519' | 'security-token' | 'other';
  /** As SSH calls it: `ssh-ed25519`. */
  readonly type: string;
  /** 32 bytes; empty for `other`. */
  readonly publicKey: Uint8Array;
}

/** Asks which keys the agent has. */
export function identitiesRequest(): Buffer {
  return frame(Buffer.of(REQUEST_IDENTITIES));
}

/**
 * Asks for the signature of `data` by an Ed25519 key.
 * @throws {FormatError} when the message would be longer than agents take
 */
export function signRequest(publicKey: Uint8Array, data: Uint8Array): Buffer {
  const key = Buffer.concat([sshString(ED25519), sshString(publicKey)]);
  const type = Buffer.of(SIGN_REQUEST);
  return frame(Buffer.concat([type, sshString(key), sshString(data), sshUint32(0)]));
}

function frame(body: Buffer): Buffer {
  if (body.length > AGENT_MESSAGE_MAX)
    throw new FormatError(
      'SSH agent request',
      `${body.length} bytes, more than ${AGENT_MESSAGE_MAX}`,
    );
  return sshString(body);
}

/**
 * The body of the frame that the bytes begin with; undefined as long as it is not all there. An agent sends one frame for each
 * request, and nothing after it.
 * @throws {FormatError} when the frame is empty or too long, or something comes after it
 */
export function bodyOfFrame(bytes: Buffer): Buffer | undefined {
  if (bytes.length < LENGTH_SIZE) return undefined;
  const length = bytes.readUInt32BE();
  if (length === 0 || length > AGENT_MESSAGE_MAX)
    throw new FormatError(
      'SSH agent answer',
      `a length of ${length}, expected 1 to ${AGENT_MESSAGE_MAX}`,
    );
  const size = LENGTH_SIZE + length;
  if (bytes.length < size) return undefined;
  if (bytes.length > size)
    throw new FormatError('SSH agent answer', `${bytes.length - size} bytes too many`, {
      offset: size,
    });
  return bytes.subarray(LENGTH_SIZE);
}

/**
 * The keys of an answer to `identitiesRequest`; undefined when the agent refuses to tell.
 * @param body of one frame
 * @throws {FormatError} when it is anything else
 */
export function parseIdentities(body: Buffer): readonly AgentKey[] | undefined {
  const reader = new SshReader('SSH agent list of keys', body);
  if (isRefusal(reader, IDENTITIES_ANSWER)) return undefined;
  const count = reader.uint32();
  if (count > AGENT_KEYS_MAX)
    throw new FormatError('SSH agent list of keys', `${count} keys, more than ${AGENT_KEYS_MAX}`);
  const keys: AgentKey[] = [];
  for (let index = 0; index < count; index++) {
    keys.push(parseKey(reader.string()));
    // The comment: a name that anybody may have given.
    reader.string();
  }
  reader.end();
  return keys;
}

/** A public key in the form of RFC 8709, section 4, or OpenSSH's PROTOCOL.u2f. */
function parseKey(blob: Buffer): AgentKey {
  const reader = new SshReader('SSH public key', blob);
  const type = reader.text();
  if (type !== ED25519 && type !== SECURITY_TOKEN)
    return { kind: 'other', type, publicKey: new Uint8Array() };
  const publicKey = reader.string();
  // What a security token is bound to.
  if (type === SECURITY_TOKEN) reader.string();
  reader.end();
  if (publicKey.length !== KEY_SIZE)
    throw new FormatError('SSH public key', `a key of ${publicKey.length} bytes, not ${KEY_SIZE}`);
  return { kind: type === ED25519 ? 'ed25519' : 'security-token', type, publicKey };
}

/**
 * The signature (64 bytes) of an answer to `signRequest`; undefined when the agent refuses to sign. Whether it is right is not
 * looked at.
 * @param body of one frame
 * @throws {FormatError} when it is anything else, such as a signature of another type
 */
export function parseSignature(body: Buffer): Uint8Array | undefined {
  const answer = new SshReader('SSH agent signature', body);
  if (isRefusal(answer, SIGN_RESPONSE)) return undefined;
  const reader = new SshReader('SSH agent signature', answer.string());
  answer.end();
  const type = reader.text();
  if (type !== ED25519)
    throw new FormatError('SSH agent signature', `of type ${JSON.stringify(type)}, not ${ED25519}`);
  const signature = reader.string();
  reader.end();
  if (signature.length !== SIGNATURE_SIZE)
    throw new FormatError(
      'SSH agent signature',
      `${signature.length} bytes, not ${SIGNATURE_SIZE}`,
    );
  return Uint8Array.from(signature);
}

/** Reads the type of an answer. @throws {FormatError} when it is neither `expected` nor a refusal without more */
function isRefusal(reader: SshReader, expected: number): boolean {
  const type = reader.byte();
  if (type === expected) return false;
  if (type !== FAILURE)
    throw new FormatError('SSH agent answer', `a message of type ${type}, not ${expected}`);
  reader.end();
  return true;
}
