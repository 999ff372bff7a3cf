/** Signing with a key that an SSH agent holds (RFC 9987): ssh-agent, gpg-agent, or one that is forwarded. */
import type { VerifierKey } from '../formats/seal/key.js';
import {
  AGENT_DATA_MAX,
  identitiesRequest,
  parseIdentities,
  parseSignature,
  signRequest,
  type AgentKey,
} from '../formats/ssh-agent/agent-messages.js';
import { toHex } from '../util/bytes.js';
import { RootsealError } from '../util/errors.js';
import { withAgent, type AskAgent } from './agent-connection.js';
import type { KeyedSigner } from './keyed-signer.js';

/**
 * The agent's key whose public half is this verifier key: never another one.
 * @param socket path of the agent's socket
 */
export function agentSigner(key: VerifierKey, socket: string): KeyedSigner {
  return {
    key,
    name: 'the SSH agent',
    sign: (message, { signal }) =>
      withAgent(socket, signal, (ask) => signByAgent(ask, key, message)),
  };
}

async function signByAgent(
  ask: AskAgent,
  key: VerifierKey,
  message: Uint8Array,
): Promise<Uint8Array> {
  if (message.length > AGENT_DATA_MAX)
    throw new RootsealError('FAILED', `${message.length} bytes are more than an SSH agent signs`, {
      hint: 'sign with --key or --signer-command',
    });
  requireKey(parseIdentities(await ask(identitiesRequest())), key);
  const signature = parseSignature(await ask(signRequest(key.publicKey, message)));
  if (signature !== undefined) return signature;
  throw new RootsealError('FAILED', `the SSH agent refuses to sign with ${key.name}+${key.keyId}`, {
    details: { name: key.name, keyId: key.keyId },
    hint: 'nobody confirmed it (ssh-add -c), its time is over (-t), the agent was locked (-x), or the key is for certain hosts alone (-h)',
  });
}

/** @throws {RootsealError} FAILED unless the agent has this very key */
function requireKey(
  keys: readonly AgentKey[] | undefined,
  { name, keyId, publicKey }: VerifierKey,
) {
  const wanted = toHex(publicKey);
  const same = (keys ?? []).filter((key) => toHex(key.publicKey) === wanted);
  if (same.some(({ kind }) => kind === 'ed25519')) return;
  const details = { name, keyId };
  const [token] = same;
  if (token !== undefined)
    throw new RootsealError(
      'FAILED',
      `the SSH agent has ${name}+${keyId} as a key of type ${token.type}`,
      {
        details,
        hint: 'security tokens (FIDO) sign a hash and a counter with the bytes: no seal can hold that',
      },
    );
  const count = keys?.length ?? 0;
  throw new RootsealError('FAILED', `the SSH agent has no key ${name}+${keyId}`, {
    details,
    hint:
      count === 0
        ? 'it lists no key at all: it is empty, or locked (`ssh-add -X` unlocks it)'
        : `it has ${count === 1 ? '1 other key' : `${count} other keys`}, which \`ssh-add -L\` lists; \`ssh-add FILE\` adds one`,
  });
}
