/** Agents that lie, and agents that refuse. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test, type TestContext } from 'node:test';
import { ed25519Sign } from '../../../src/formats/seal/ed25519.js';
import { signerKeyFromSeed, verifierOf } from '../../../src/formats/seal/key.js';
import { printNote } from '../../../src/formats/seal/note.js';
import { DEFAULT_POLICY } from '../../../src/formats/seal/policy.js';
import { makeKeyring, NO_REVOCATIONS } from '../../../src/formats/seal/trusted-keys.js';
import { checkSeal } from '../../../src/formats/seal/verify.js';
import { AGENT_DATA_MAX } from '../../../src/formats/ssh-agent/agent-messages.js';
import { agentSigner } from '../../../src/release/agent-signer.js';
import { signBytes } from '../../../src/release/keyed-signer.js';
import { RootsealError } from '../../../src/util/errors.js';
import { listedKeys, signedAnswer, startFakeAgent } from '../../helpers/ssh-agents.js';

const SIGNER = signerKeyFromSeed('release.example.org', Buffer.alloc(32, 1));
const KEY = verifierOf(SIGNER);
const OTHER = signerKeyFromSeed('other.example.org', Buffer.alloc(32, 2));
const TEXT = Buffer.from('rootseal seal v1\n');
const SIGNATURE = ed25519Sign(TEXT, SIGNER.seed);
const ED25519 = 'ssh-ed25519';
const TOKEN = 'sk-ssh-ed25519@openssh.com';
const LISTED = listedKeys([ED25519, OTHER.publicKey], [ED25519, KEY.publicKey]);

/** What the signer says to an agent that gives these answers. */
async function sign(t: TestContext, ...answers: readonly Buffer[]) {
  const agent = await startFakeAgent(
    t,
    answers.map((answer) => () => answer),
  );
  return { agent, signature: signBytes(agentSigner(KEY, agent.socket), TEXT) };
}

async function refused(t: TestContext, message: RegExp, ...answers: readonly Buffer[]) {
  const { agent, signature } = await sign(t, ...answers);
  await assert.rejects(signature, (error) => {
    assert.ok(error instanceof RootsealError);
    assert.equal(error.code, 'FAILED');
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    assert.match(error.message + cause, message);
    return true;
  });
  return agent;
}

/** What a FIDO key signs in place of `data`, and the signature that it gives (PROTOCOL.u2f of OpenSSH). */
function tokenSignature(data: Uint8Array): Uint8Array {
  const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();
  const flagsAndCounter = Buffer.from('0100000007', 'hex');
  return ed25519Sign(Buffer.concat([sha256('ssh:'), flagsAndCounter, sha256(data)]), SIGNER.seed);
}

const prehashed = () => ed25519Sign(createHash('blake2b512').update(TEXT).digest(), SIGNER.seed);

test('the key that is asked for signs, whatever stands before it', async (t) => {
  const { signature } = await sign(t, LISTED, signedAnswer(SIGNATURE));
  assert.deepEqual(await signature, Uint8Array.from(SIGNATURE));
});

test('an answer in single bytes is an answer', async (t) => {
  const agent = await startFakeAgent(t, [() => LISTED, () => signedAnswer(SIGNATURE)]);
  const signer = agentSigner(KEY, agent.socket);
  assert.deepEqual(await signBytes(signer, TEXT), await signBytes(signer, TEXT));
});

describe('A3: a signature that is none of 64 bytes by an Ed25519 key is not taken', () => {
  const zero = Buffer.alloc(1);
  for (const [what, message, answer] of [
    ['by an RSA key', /of type "ssh-rsa"/, signedAnswer(Buffer.alloc(256, 1), 'ssh-rsa')],
    ['of the right length by an RSA key', /of type "ssh-rsa"/, signedAnswer(SIGNATURE, 'ssh-rsa')],
    ['63 bytes', /63 bytes, not 64/, signedAnswer(SIGNATURE.subarray(1))],
    ['65 bytes', /65 bytes, not 64/, signedAnswer(Buffer.concat([SIGNATURE, zero]))],
    ['bytes after it', /bytes too many/, signedAnswer(SIGNATURE, ED25519, zero)],
    ['bytes after the frame', /bytes too many/, Buffer.concat([signedAnswer(SIGNATURE), zero])],
    [
      'a token',
      /of type "sk-ssh/,
      signedAnswer(SIGNATURE, TOKEN, Buffer.from('0100000007', 'hex')),
    ],
  ] as const)
    test(what, async (t) => {
      await refused(t, message, LISTED, answer);
    });
});

describe('signatures that are wrong', () => {
  test('A1: of a security token, cut to 64 bytes', async (t) => {
    const signature = tokenSignature(TEXT);
    await refused(t, /wrong signature for release\.example\.org/, LISTED, signedAnswer(signature));
    assert.equal(decisionOn(signature), 'SEAL_SIGNATURE_WRONG');
  });

  test('A2: of the text hashed with BLAKE2b first, as minisign does', async (t) => {
    await refused(t, /wrong signature/, LISTED, signedAnswer(prehashed()));
    assert.equal(decisionOn(prehashed()), 'SEAL_SIGNATURE_WRONG');
  });

  test('by another key than the one that was asked for', async (t) => {
    const signature = ed25519Sign(TEXT, OTHER.seed);
    await refused(t, /wrong signature/, LISTED, signedAnswer(signature));
  });

  test('of another text', async (t) => {
    const signature = ed25519Sign(Buffer.from('another\n'), SIGNER.seed);
    await refused(t, /wrong signature/, LISTED, signedAnswer(signature));
  });
});

function decisionOn(signature: Uint8Array): string {
  const { name, keyId } = KEY;
  const note = printNote({ text: TEXT.toString(), signatures: [{ name, keyId, signature }] });
  const trust = { policy: DEFAULT_POLICY, keys: makeKeyring([KEY]), revoked: NO_REVOCATIONS };
  return checkSeal(note, {}, trust).decision.code;
}

describe('nothing is signed', () => {
  for (const [what, message, list] of [
    ['A4: when the agent is locked, or empty', /the SSH agent has no key release/, listedKeys()],
    ['when it does not tell its keys', /has no key/, Buffer.from('0000000105', 'hex')],
    ['when it has another key alone', /has no key/, listedKeys([ED25519, OTHER.publicKey])],
    [
      'when the key is in a security token',
      /as a key of type sk-ssh-ed25519@openssh\.com/,
      listedKeys([ED25519, OTHER.publicKey], [TOKEN, KEY.publicKey, 'ssh:']),
    ],
    [
      'when a certificate alone has the key',
      /has no key/,
      listedKeys(['ssh-ed25519-cert-v01@openssh.com', 'nonce', KEY.publicKey]),
    ],
    ['when the list is no list', /a message of type 6/, Buffer.from('0000000106', 'hex')],
    ['when the list is too long', /a length of/, Buffer.from('ffffffff', 'hex')],
  ] as const)
    test(what, async (t) => {
      const agent = await refused(t, message, list, signedAnswer(SIGNATURE));
      assert.equal(agent.asked(), 1, 'it was not asked to sign');
    });

  test('when the agent refuses', async (t) => {
    await refused(t, /refuses to sign with release/, LISTED, Buffer.from('0000000105', 'hex'));
  });

  test('when the agent closes the connection', async (t) => {
    await refused(t, /closed the connection/, LISTED);
    await refused(t, /closed the connection/);
  });

  test('when it is longer than an agent takes', async () => {
    const signer = agentSigner(KEY, '/nonexistent/socket');
    await assert.rejects(signBytes(signer, Buffer.alloc(AGENT_DATA_MAX + 1)), {
      code: 'FAILED',
      message: /more than an SSH agent signs/,
    });
  });

  test('when there is no agent', async () => {
    await assert.rejects(signBytes(agentSigner(KEY, '/nonexistent/socket'), TEXT), {
      code: 'FAILED',
      message: 'the SSH agent does not answer',
    });
  });

  test('when somebody ends the waiting', async (t) => {
    const end = new AbortController();
    const reason = new RootsealError('INTERRUPTED', 'interrupted');
    // It asks a person, who does not answer.
    const agent = await startFakeAgent(t, [
      () => LISTED,
      () => {
        end.abort(reason);
        return Buffer.alloc(0);
      },
    ]);
    const { signal } = end;
    await assert.rejects(signBytes(agentSigner(KEY, agent.socket), TEXT, { signal }), reason);
  });
});
