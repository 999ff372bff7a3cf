/** Requests and answers that were changed on the way: none is taken, and the repository stays as it was, byte for byte. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { commitId, type Commit, type CommitId } from '../../src/formats/commit/commit.js';
import { encodeCommit } from '../../src/formats/commit/codec.js';
import { signerKeyFromSeed, verifierOf } from '../../src/formats/seal/key.js';
import { printNote, printSignature, signText } from '../../src/formats/seal/note.js';
import { DEFAULT_POLICY } from '../../src/formats/seal/policy.js';
import { parseSealAnswer, parseSealRequest } from '../../src/formats/seal/seal-request.js';
import { parseReview, type Review } from '../../src/formats/seal/review.js';
import { sealFactsOf, sealText } from '../../src/formats/seal/seal-text.js';
import { makeKeyring, NO_REVOCATIONS } from '../../src/formats/seal/trusted-keys.js';
import { attachSignatures } from '../../src/release/attaching.js';
import { writeCommit } from '../../src/repo/commits.js';
import { Repository } from '../../src/repo/repository.js';
import { FormatError, RootsealError } from '../../src/util/errors.js';
import { edits, mutate } from '../helpers/edits.js';
import { memory, scratchDirectory } from '../helpers/scratch.js';

const SEED = 0xa11ac4;
const signer = signerKeyFromSeed('release.example.org', Buffer.alloc(32, 1));
const other = signerKeyFromSeed('security.example.org', Buffer.alloc(32, 2));
const trust = {
  policy: DEFAULT_POLICY,
  keys: makeKeyring([verifierOf(signer), verifierOf(other)]),
  revoked: NO_REVOCATIONS,
};

const COMMIT: Commit = {
  format: 1,
  image: `v1-sha256-12:${'ab'.repeat(32)}`,
  imageSize: 4096,
  name: 'example-os',
  version: '13.2',
  sequence: 1795428000,
  time: '2026-11-23T10:00:00Z',
  files: 3,
  bytes: 12,
};
const ID = commitId(encodeCommit(COMMIT));
const TEXT = sealText(sealFactsOf(COMMIT, ID));
const LINE = Buffer.from(printSignature(signText(TEXT, signer)), 'utf8');
const NOTE = Buffer.from(printNote({ text: TEXT, signatures: [signText(TEXT, signer)] }));
const RAW = Buffer.from(signText(TEXT, signer).signature);
const REVIEW: Review = {
  version: 1,
  text: TEXT,
  commitId: ID,
  name: COMMIT.name,
  release: COMMIT.version,
  sequence: COMMIT.sequence,
  images: [COMMIT.image],
  parentId: null,
  time: COMMIT.time,
  previous: null,
  bytes: 12,
  kernelRelease: null,
  kernelArguments: [],
  addedCount: 1,
  deletedCount: 0,
  modifiedCount: 0,
  packageChanges: null,
  privileged: [],
};

const repository = Repository.init(join(scratchDirectory({ after }, memory()), 'repo'), 'sha256');
writeCommit(repository, COMMIT);

/** Every file of the repository, by what it is on the disk and what is in it. */
function snapshot(): string {
  const names = fs.readdirSync(repository.path, { recursive: true, encoding: 'utf8' }).sort();
  return names
    .map((name) => {
      const stat = fs.lstatSync(repository.file(name));
      const content = stat.isFile() ? fs.readFileSync(repository.file(name), 'hex') : '';
      return `${name} ${stat.ino} ${stat.mtimeMs} ${content}`;
    })
    .join('\n');
}

/** What a signer must never see. */
function isSame(mutant: Uint8Array, good: Uint8Array): boolean {
  return Buffer.compare(mutant, good) === 0;
}

test(`no mutant of a request is taken for it (seed ${SEED})`, () => {
  const good = Buffer.from(TEXT);
  assert.equal(parseSealRequest(good).text, TEXT);
  const property = fc.property(edits, (list) => {
    const mutant = mutate(good, list);
    if (isSame(mutant, good)) return;
    try {
      // What is another request all the same says another thing, and that is what is signed then.
      const { text, facts } = parseSealRequest(mutant);
      assert.notEqual(text, TEXT);
      assert.equal(sealText(facts), text);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 500 });
});

test(`a mutant of a review is refused, or is about the text that it has (seed ${SEED})`, () => {
  const good = Buffer.from(JSON.stringify(REVIEW));
  assert.deepEqual(parseReview(good), REVIEW);
  const property = fc.property(edits, (list) => {
    try {
      const review = parseReview(mutate(good, list));
      const { facts } = parseSealRequest(Buffer.from(review.text));
      assert.deepEqual([review.commitId, review.release], [facts.commit, facts.version]);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 500 });
});

for (const [what, good, kind] of [
  ['a note', NOTE, 'notes'],
  ['a signature line', LINE, 'notes'],
  ['a raw signature', RAW, 'raw'],
] as const)
  test(`no mutant of ${what} is attached, and the repository stays as it is (seed ${SEED})`, async () => {
    const attach = (bytes: Uint8Array) => {
      const files = { notes: [], raw: [], rawKeys: [verifierOf(signer)] };
      return attachSignatures(repository, ID, { ...files, [kind]: [{ file: 'x', bytes }] }, trust);
    };
    const untouched = snapshot();
    const property = fc.asyncProperty(edits, async (list) => {
      const mutant = mutate(good, list);
      if (isAnswerOf(mutant)) return;
      await assert.rejects(attach(mutant), (error) => {
        assert.ok(error instanceof RootsealError);
        assert.match(error.code, /^SEAL_(?:INVALID|UNTRUSTED)$/);
        return true;
      });
      assert.equal(snapshot(), untouched);
    });
    await fc.assert(property, { seed: SEED, numRuns: 150 });
    // And what was not changed is attached: else nothing was tested.
    assert.equal((await attach(good)).decision.code, 'SEAL_ACCEPTED');
    fs.rmSync(repository.file(`seals/${ID}`));
  });

/** The same signature of the same text, in another form: the line alone, or several times. */
function isAnswerOf(bytes: Uint8Array): boolean {
  try {
    const { text = TEXT, signatures } = parseSealAnswer(bytes);
    const lines = Buffer.concat(signatures.map((one) => Buffer.from(printSignature(one))));
    return text === TEXT && lines.toString().replaceAll(LINE.toString(), '') === '';
  } catch (error) {
    if (error instanceof FormatError) return isSame(bytes, RAW);
    throw error;
  }
}

test(`the signature of another commit, or of another key under the same name, is never attached (seed ${SEED})`, async () => {
  const untouched = snapshot();
  const property = fc.asyncProperty(
    fc.stringMatching(/^[0-9a-f]{64}$/),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    async (hex, seed) => {
      const foreign = sealText(sealFactsOf(COMMIT, hex as CommitId));
      const impostor = { ...signerKeyFromSeed(signer.name, seed), keyId: signer.keyId };
      for (const signature of [signText(foreign, signer), signText(TEXT, impostor)]) {
        const bytes = Buffer.from(printSignature(signature));
        const answers = { notes: [{ file: 'x', bytes }], raw: [], rawKeys: [] };
        await assert.rejects(attachSignatures(repository, ID, answers, trust), {
          code: 'SEAL_INVALID',
        });
      }
      assert.equal(snapshot(), untouched);
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: 30 });
});
