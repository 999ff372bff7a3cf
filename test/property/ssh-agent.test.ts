/** Whatever an agent answers: it makes the right signature, or none. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ed25519Sign } from '../../src/formats/seal/ed25519.js';
import { signerKeyFromSeed, verifierOf } from '../../src/formats/seal/key.js';
import { bodyOfFrame } from '../../src/formats/ssh-agent/agent-messages.js';
import { agentSigner } from '../../src/release/agent-signer.js';
import { signBytes } from '../../src/release/keyed-signer.js';
import { RootsealError } from '../../src/util/errors.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { listedKeys, signedAnswer } from '../helpers/ssh-agents.js';

const SEED = 0xa6e7;
const SIGNER = signerKeyFromSeed('release.example.org', Buffer.alloc(32, 1));
const OTHER = signerKeyFromSeed('other.example.org', Buffer.alloc(32, 2));
const TEXT = Buffer.from('rootseal seal v1\n');
const SIGNATURE = ed25519Sign(TEXT, SIGNER.seed);
const GOOD = [
  listedKeys(['ssh-ed25519', SIGNER.publicKey], ['ssh-ed25519', OTHER.publicKey]),
  signedAnswer(SIGNATURE),
];

/** One change of one of the answers; lengths and types are as likely as the rest. */
const edits = fc.record({
  answer: fc.constantFrom(0, 1),
  kind: fc.constantFrom('change', 'remove', 'insert', 'cut'),
  at: fc.oneof(fc.double({ min: 0, max: 0.9999, noNaN: true }), fc.constantFrom(0, 0.02, 0.04)),
  byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(5, 12, 14)),
});
type Edit = typeof edits extends fc.Arbitrary<infer T> ? T : never;

function mutated(bytes: Buffer, { kind, at, byte }: Edit): Buffer {
  const index = Math.floor(at * bytes.length);
  const tails = {
    change: [Buffer.of(byte), bytes.subarray(index + 1)],
    remove: [bytes.subarray(index + 1)],
    insert: [Buffer.of(byte), bytes.subarray(index)],
    cut: [],
  };
  return Buffer.concat([bytes.subarray(0, index), ...tails[kind]]);
}

function isCut(answer: Buffer): boolean {
  try {
    return bodyOfFrame(answer) === undefined;
  } catch {
    return false;
  }
}

test(`a mutated answer of an agent gives the right signature or an error (seed ${SEED})`, async (t) => {
  let answers: readonly Buffer[] = GOOD;
  const server = createServer((connection) => {
    const left = [...answers];
    connection.on('error', () => undefined);
    connection.on('data', () => {
      const answer = left.shift() ?? Buffer.alloc(0);
      connection.write(answer);
      // The client waits for the rest, as it has to.
      if (isCut(answer)) connection.end();
    });
  });
  const socket = path.join(scratchDirectory(t), 'agent');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.after(() => server.close());
  const signer = agentSigner(verifierOf(SIGNER), socket);
  let taken = 0;
  const property = fc.asyncProperty(edits, async (edit) => {
    answers = GOOD.map((answer, index) => (index === edit.answer ? mutated(answer, edit) : answer));
    try {
      assert.deepEqual(await signBytes(signer, TEXT), Uint8Array.from(SIGNATURE));
      taken += 1;
    } catch (error) {
      if (!(error instanceof RootsealError)) throw error;
      assert.equal(error.code, 'FAILED');
    }
  });
  await fc.assert(property, { seed: SEED, numRuns: 400 });
  // Comments and the other key may be anything; the rest may not.
  assert.ok(taken > 0 && taken < 300, `${taken} of 400`);
});
