import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCommit } from '../../../../src/formats/commit/codec.js';
import { commitId, type Commit } from '../../../../src/formats/commit/commit.js';
import { parseTypedDigest } from '../../../../src/formats/digest-text.js';
import { signerKeyFromSeed, verifierOf, type SignerKey } from '../../../../src/formats/seal/key.js';
import { printNote, signText } from '../../../../src/formats/seal/note.js';
import { DEFAULT_POLICY } from '../../../../src/formats/seal/policy.js';
import { parseSealText, sealFactsOf, sealText } from '../../../../src/formats/seal/seal-text.js';
import {
  makeKeyring,
  mergeRevocations,
  NO_REVOCATIONS,
  parseRevocations,
} from '../../../../src/formats/seal/trusted-keys.js';
import { checkSeal } from '../../../../src/formats/seal/verify.js';

const COMMIT: Commit = {
  format: 1,
  image: `v1-sha256-12:${'ab'.repeat(32)}`,
  imageSize: 4096,
  name: 'debian-trixie',
  version: '2026.11.23',
  sequence: 1795428000,
  time: '2026-11-23T10:00:00Z',
  files: 3,
  bytes: 12,
};
const ID = commitId(encodeCommit(COMMIT));
const TEXT = sealText(sealFactsOf(COMMIT, ID));
const alice = signerKeyFromSeed('alice.example.org', Buffer.alloc(32, 1));
const bob = signerKeyFromSeed('bob.example.org', Buffer.alloc(32, 2));
const trust = {
  policy: DEFAULT_POLICY,
  keys: makeKeyring([verifierOf(alice)]),
  revoked: NO_REVOCATIONS,
};

test('the seal of a commit is the documented text', () => {
  assert.equal(
    TEXT,
    `rootseal seal v1\nname: debian-trixie\nversion: 2026.11.23\nsequence: 1795428000\nimage: ${COMMIT.image}\ncommit: ${ID}\n`,
  );
  assert.deepEqual(parseSealText(TEXT), sealFactsOf(COMMIT, ID));
});

test('a report says of every signature what it is worth, and what was sealed', () => {
  const note = printNote({
    text: TEXT,
    signatures: [signText(TEXT, bob), signText(TEXT, alice), signText(TEXT, alice)],
  });
  const expected = { image: parseTypedDigest(COMMIT.image), commit: ID };
  const report = checkSeal(note, expected, trust);
  const line = (key: typeof alice, facts: object) => ({
    name: key.name,
    keyId: key.keyId,
    revoked: false,
    ...facts,
  });
  assert.deepEqual(report, {
    signatures: [
      line(bob, { known: false, valid: undefined, counted: false }),
      line(alice, { known: true, valid: true, counted: true }),
      line(alice, { known: true, valid: true, counted: false }),
    ],
    decision: { accepted: true, code: 'SEAL_ACCEPTED', reason: 'sealed by 1 known key' },
    facts: sealFactsOf(COMMIT, ID),
  });
});

test('a revoked key is reported as valid but not counted, and the facts are withheld', () => {
  const note = printNote({ text: TEXT, signatures: [signText(TEXT, alice)] });
  const revoked = mergeRevocations([parseRevocations(Buffer.from(`${alice.keyId}\n`))]);
  const report = checkSeal(note, {}, { ...trust, revoked });
  assert.deepEqual(report, {
    signatures: [
      {
        name: alice.name,
        keyId: alice.keyId,
        known: true,
        valid: true,
        revoked: true,
        counted: false,
      },
    ],
    decision: {
      accepted: false,
      code: 'SEAL_THRESHOLD',
      reason: `0 of 1 needed signatures: signed by ${alice.name}+${alice.keyId} (revoked)`,
    },
  });
});

test('a refusal for want of signatures names who has signed, three of them at most', () => {
  const needed = {
    ...trust,
    policy: { ...DEFAULT_POLICY, verify: { ...DEFAULT_POLICY.verify, threshold: 3 } },
  };
  const reasonOf = (...signers: readonly SignerKey[]) =>
    checkSeal(
      printNote({ text: TEXT, signatures: signers.map((key) => signText(TEXT, key)) }),
      {},
      needed,
    ).decision.reason;
  const [a, b] = [alice, bob].map(({ name, keyId }) => `${name}+${keyId}`);
  assert.equal(
    reasonOf(alice, bob, alice, bob, bob),
    `1 of 3 needed signatures: signed by ${a}, ${b} (not known), ${a} (counts already) and 2 more`,
  );
});
