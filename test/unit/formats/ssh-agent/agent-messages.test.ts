import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  AGENT_DATA_MAX,
  AGENT_KEYS_MAX,
  AGENT_MESSAGE_MAX,
  bodyOfFrame,
  identitiesRequest,
  parseIdentities,
  parseSignature,
  signRequest,
} from '../../../../src/formats/ssh-agent/agent-messages.js';
import { sshString, sshUint32 } from '../../../../src/formats/ssh-wire.js';
import { FormatError } from '../../../../src/util/errors.js';

const KEY = Buffer.alloc(32, 0xaa);
const SIGNATURE = Buffer.alloc(64, 0x5e);
const blobOf = (type: string, ...parts: Buffer[]) =>
  Buffer.concat([sshString(type), ...parts.map(sshString)]);
const listOf = (...blobs: Buffer[]) =>
  Buffer.concat([
    Buffer.of(12),
    sshUint32(blobs.length),
    ...blobs.flatMap((blob) => [sshString(blob), sshString('comment')]),
  ]);
const answerOf = (type: string, signature: Buffer, after = Buffer.alloc(0)) =>
  Buffer.concat([
    Buffer.of(14),
    sshString(Buffer.concat([sshString(type), sshString(signature), after])),
  ]);

describe('requests', () => {
  test('the list of keys is asked for with five bytes', () => {
    assert.equal(identitiesRequest().toString('hex'), '000000010b');
  });

  test('a request to sign has the key, the data, and no flags', () => {
    assert.equal(
      signRequest(KEY, Buffer.from('text\n')).toString('hex'),
      `000000450d000000330000000b${Buffer.from('ssh-ed25519').toString('hex')}00000020${'aa'.repeat(32)}00000005746578740a00000000`,
    );
  });

  test('what is longer than agents take is not sent', () => {
    assert.equal(signRequest(KEY, Buffer.alloc(AGENT_DATA_MAX)).length, 4 + AGENT_MESSAGE_MAX);
    assert.throws(() => signRequest(KEY, Buffer.alloc(AGENT_DATA_MAX + 1)), FormatError);
  });
});

describe('frames', () => {
  test('a frame is taken when it is all there', () => {
    const frame = Buffer.from('000000020506', 'hex');
    for (let size = 0; size < frame.length; size++)
      assert.equal(bodyOfFrame(frame.subarray(0, size)), undefined);
    assert.equal(bodyOfFrame(frame)?.toString('hex'), '0506');
  });

  for (const [what, hex] of [
    ['empty', '00000000'],
    ['longer than the bound', '00040001'],
    ['followed by another byte', '000000010500'],
  ] as const)
    test(`a frame that is ${what} is refused`, () => {
      assert.throws(() => bodyOfFrame(Buffer.from(hex, 'hex')), FormatError);
    });
});

describe('list of keys', () => {
  test('an Ed25519 key, one in a security token and others are told apart', () => {
    const body = listOf(
      blobOf('ssh-rsa', Buffer.of(1, 0, 1), Buffer.alloc(256, 1)),
      blobOf('sk-ssh-ed25519@openssh.com', KEY, Buffer.from('ssh:')),
      blobOf('ssh-ed25519', KEY),
    );
    assert.deepEqual(
      parseIdentities(body)?.map(({ kind, publicKey }) => [kind, publicKey.length]),
      [
        ['other', 0],
        ['security-token', 32],
        ['ed25519', 32],
      ],
    );
  });

  test('an agent that is locked lists nothing, one that refuses says so', () => {
    assert.deepEqual(parseIdentities(Buffer.from('0c00000000', 'hex')), []);
    assert.equal(parseIdentities(Buffer.of(5)), undefined);
  });

  const good = listOf(blobOf('ssh-ed25519', KEY));
  for (const [what, body] of [
    ['with a byte too many', Buffer.concat([good, Buffer.of(0)])],
    ['that ends too early', good.subarray(0, -1)],
    [
      'that says more keys than it has',
      Buffer.concat([Buffer.of(12), sshUint32(2), good.subarray(5)]),
    ],
    ['with too many keys', Buffer.concat([Buffer.of(12), sshUint32(AGENT_KEYS_MAX + 1)])],
    ['with a key of 31 bytes', listOf(blobOf('ssh-ed25519', KEY.subarray(1)))],
    ['with a byte after a key', listOf(Buffer.concat([blobOf('ssh-ed25519', KEY), Buffer.of(0)]))],
    ['of another type', Buffer.concat([Buffer.of(2), good.subarray(1)])],
    ['that is empty', Buffer.alloc(0)],
    ['that refuses and says more', Buffer.of(5, 0)],
  ] as const)
    test(`a list ${what} is refused`, () => {
      assert.throws(() => parseIdentities(body), FormatError);
    });
});

describe('signatures', () => {
  test('an answer of 88 bytes holds a signature', () => {
    const body = answerOf('ssh-ed25519', SIGNATURE);
    assert.equal(body.length, 88);
    assert.deepEqual(parseSignature(body), Uint8Array.from(SIGNATURE));
  });

  test('a refusal is no signature', () => {
    assert.equal(parseSignature(Buffer.of(5)), undefined);
  });

  const token = Buffer.from('0100000007', 'hex');
  for (const [what, body] of [
    ['of an RSA key', answerOf('ssh-rsa', Buffer.alloc(256, 1))],
    ['of another type with 64 bytes', answerOf('ssh-rsa', SIGNATURE)],
    ['of a security token', answerOf('sk-ssh-ed25519@openssh.com', SIGNATURE, token)],
    ['of a security token that says it were none', answerOf('ssh-ed25519', SIGNATURE, token)],
    ['with 63 bytes', answerOf('ssh-ed25519', SIGNATURE.subarray(1))],
    ['with 65 bytes', answerOf('ssh-ed25519', Buffer.concat([SIGNATURE, Buffer.of(0)]))],
    ['with a byte after it', Buffer.concat([answerOf('ssh-ed25519', SIGNATURE), Buffer.of(0)])],
    ['that ends too early', answerOf('ssh-ed25519', SIGNATURE).subarray(0, -1)],
    [
      'in a message of another type',
      Buffer.concat([Buffer.of(12), answerOf('ssh-ed25519', SIGNATURE).subarray(1)]),
    ],
  ] as const)
    test(`an answer ${what} is refused`, () => {
      assert.throws(() => parseSignature(body), FormatError);
    });
});
