import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeCommit, parseCommit } from '../../src/formats/commit/codec.js';
import { commitId, type Commit, type CommitId } from '../../src/formats/commit/commit.js';
import { parseTypedDigest } from '../../src/formats/digest-text.js';
import { parseOsRelease } from '../../src/formats/os-release.js';
import { decryptSignerKey, encryptSignerKey } from '../../src/formats/seal/encrypted-key.js';
import { importSignerKey } from '../../src/formats/seal/import.js';
import {
  parseSignerKey,
  printSignerKey,
  printVerifierKey,
  signerKeyFromSeed,
  verifierOf,
} from '../../src/formats/seal/key.js';
import {
  parseNote,
  parseSignatureLines,
  printNote,
  signText,
} from '../../src/formats/seal/note.js';
import { DEFAULT_POLICY, parsePolicy } from '../../src/formats/seal/policy.js';
import {
  parseSealText,
  sealFactsOf,
  sealText,
  type SealFacts,
} from '../../src/formats/seal/seal-text.js';
import {
  NO_REVOCATIONS,
  makeKeyring,
  parseRevocations,
  parseVerifierKeys,
} from '../../src/formats/seal/trusted-keys.js';
import { checkSeal } from '../../src/formats/seal/verify.js';
import { parseCanonicalJson, printCanonicalJson } from '../../src/util/canonical-json.js';
import { FormatError } from '../../src/util/errors.js';
import { edits, mutate } from '../helpers/edits.js';

const SEED = 0x5ea1;
const check = <T>(property: fc.IProperty<T>, numRuns: number) => {
  fc.assert(property, { seed: SEED, numRuns });
};

const signer = signerKeyFromSeed('release.example.org', Buffer.alloc(32, 1));
const other = signerKeyFromSeed('build.example.org', Buffer.alloc(32, 2));
const keys = makeKeyring([verifierOf(signer)]);
const trust = { policy: DEFAULT_POLICY, keys, revoked: NO_REVOCATIONS };

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
  os: { id: 'debian', prettyName: 'Debian \u00e9' },
  source: { git: { commit: '0'.repeat(40), dirty: true } },
  labels: { a: 'b' },
};
const COMMIT_BYTES = encodeCommit(COMMIT);
const TEXT = sealText(sealFactsOf(COMMIT, commitId(COMMIT_BYTES)));
const NOTE = printNote({ text: TEXT, signatures: [signText(TEXT, other), signText(TEXT, signer)] });
const POLICY = '# x\n[verify]\nmode=seal\nthreshold=1\nname=a\n[root]\ntransient=no\n';
const ENCRYPTED = encryptSignerKey(signer, {
  passphrase: Buffer.from('x'),
  salt: Buffer.alloc(16),
  logN: 10,
});

const PARSERS: Readonly<Record<string, readonly [Uint8Array, (bytes: Buffer) => unknown]>> = {
  commit: [COMMIT_BYTES, parseCommit],
  'canonical JSON': [
    COMMIT_BYTES,
    (bytes) => parseCanonicalJson(bytes, { format: 'x', maxBytes: 4096 }),
  ],
  note: [NOTE, parseNote],
  'signature line': [NOTE.subarray(TEXT.length + 1), parseSignatureLines],
  'seal text': [Buffer.from(TEXT), (bytes) => parseSealText(bytes.toString('utf8'))],
  policy: [Buffer.from(POLICY), parsePolicy],
  'verifier key': [Buffer.from(printVerifierKey(signer)), parseVerifierKeys],
  'signer key': [
    Buffer.from(printSignerKey(signer)),
    (bytes) => parseSignerKey(bytes.toString('utf8')),
  ],
  'encrypted key': [
    Buffer.from(ENCRYPTED),
    (bytes) => decryptSignerKey(bytes.toString('utf8'), Buffer.from('x')),
  ],
  'imported key': [signer.seed, (bytes) => importSignerKey(bytes, 'k')],
  revocations: [Buffer.from(`${COMMIT.image}\n${signer.keyId}\n`), parseRevocations],
  'typed digest': [Buffer.from(COMMIT.image), (bytes) => parseTypedDigest(bytes.toString('utf8'))],
  'os-release': [Buffer.from('ID="a"\nPRETTY_NAME=\'b\'\\ c\n'), parseOsRelease],
};

for (const [what, [good, parse]] of Object.entries(PARSERS)) {
  test(`a mutated ${what} gives a value or a FormatError (seed ${SEED})`, () => {
    parse(Buffer.from(good));
    const property = fc.property(edits, (list) => {
      try {
        parse(mutate(good, list));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    });
    check(property, 300);
  });
}

const word = (pattern: RegExp, maxLength: number) =>
  fc.stringMatching(pattern).filter((text) => text.length <= maxLength);

const facts: fc.Arbitrary<SealFacts> = fc.record(
  {
    name: word(/^[A-Za-z0-9][A-Za-z0-9._~-]*$/, 128),
    version: word(/^[\x21-\x7e]+$/, 255),
    sequence: fc.maxSafeNat(),
    images: fc.uniqueArray(
      fc
        .tuple(fc.constantFrom('v0', 'v1'), fc.stringMatching(/^[0-9a-f]{64}$/))
        .map(([version, hex]) => parseTypedDigest(`${version}-sha256-12:${hex}`)),
      { minLength: 1, maxLength: 8, selector: (image) => image.formatVersion + image.digest },
    ),
    commit: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => hex as CommitId),
  },
  { noNullPrototype: true },
);

test(`the seal of any facts is read back and verifies (seed ${SEED})`, () => {
  const property = fc.property(facts, (sealed) => {
    const text = sealText(sealed);
    assert.deepEqual(parseSealText(text), sealed);
    const note = printNote({ text, signatures: [signText(text, signer)] });
    const image = sealed.images[sealed.images.length - 1]!;
    const report = checkSeal(note, { image, commit: sealed.commit }, trust);
    assert.deepEqual(report.decision.code, 'SEAL_ACCEPTED');
    assert.deepEqual(report.facts, sealed);
  });
  check(property, 40);
});

test(`a note with any one byte of its text or of a known key's line changed is refused (seed ${SEED})`, () => {
  const single = printNote({ text: TEXT, signatures: [signText(TEXT, signer)] });
  const property = fc.property(
    fc.integer({ min: 0, max: single.length - 1 }),
    fc.integer({ min: 1, max: 255 }),
    (index, mask) => {
      const changed = Buffer.from(single);
      changed[index] = changed[index]! ^ mask;
      assert.equal(checkSeal(changed, {}, trust).decision.accepted, false);
    },
  );
  check(property, 200);
});

test(`no mutation of a note makes it say something else (seed ${SEED})`, () => {
  const property = fc.property(edits, (list) => {
    const report = checkSeal(mutate(NOTE, list), {}, trust);
    if (report.facts !== undefined) assert.deepEqual(report.facts, parseSealText(TEXT));
  });
  check(property, 200);
});

test(`canonical JSON of any value is read back and printed the same (seed ${SEED})`, () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.string({ unit: 'binary' }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  const property = fc.property(value, (json) => {
    const text = printCanonicalJson(json);
    const back = parseCanonicalJson(Buffer.from(text), { format: 'x', maxBytes: 1 << 20 });
    assert.equal(printCanonicalJson(back), text);
  });
  check(property, 300);
});
