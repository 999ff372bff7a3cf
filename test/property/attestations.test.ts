import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ATTESTATION_KINDS } from '../../src/formats/attestation/attestation-kinds.js';
import { packageUrl } from '../../src/formats/attestation/package-url.js';
import {
  checkAttestation,
  parseAttestation,
} from '../../src/formats/attestation/check-attestation.js';
import { parseEnvelope, printEnvelope } from '../../src/formats/dsse/envelope.js';
import { parseStatement } from '../../src/formats/in-toto/statement.js';
import { parseBuildRecord } from '../../src/formats/slsa/build-record.js';
import { verifierOf } from '../../src/formats/seal/key.js';
import { makeKeyring, NO_REVOCATIONS } from '../../src/formats/seal/trusted-keys.js';
import { FormatError } from '../../src/util/errors.js';
import { RELEASE, signEnvelope, SIGNER, statementOf } from '../helpers/attested-release.js';

const SEED = 0xa77e57;
const check = <T>(property: fc.IProperty<T>, numRuns: number) => {
  fc.assert(property, { seed: SEED, numRuns });
};
const TRUST = { keys: makeKeyring([verifierOf(SIGNER)]), revoked: NO_REVOCATIONS };
const kind = fc.constantFrom(...ATTESTATION_KINDS);
const GOOD = new Map(
  ATTESTATION_KINDS.map((one) => [one, Buffer.from(printEnvelope(signEnvelope(statementOf(one))))]),
);

/** What may be done to bytes: one is replaced, some are left out, some are put in. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat({ max: 3 }),
  insert: fc.uint8Array({ maxLength: 3 }),
});

test('no damaged envelope is accepted', () => {
  check(
    fc.property(kind, fc.array(damage, { minLength: 1, maxLength: 3 }), (one, steps) => {
      const good = GOOD.get(one) ?? Buffer.alloc(0);
      let bytes = good;
      for (const { at, remove, insert } of steps) {
        const place = Math.floor(at * bytes.length);
        bytes = Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + remove)]);
      }
      const { decision } = checkAttestation(bytes, one, RELEASE, TRUST);
      assert.equal(decision.accepted, bytes.equals(good));
    }),
    400,
  );
});

test('no single bit can be turned', () => {
  check(
    fc.property(
      kind,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat({ max: 7 }),
      (one, at, bit) => {
        const bytes = Buffer.from(GOOD.get(one) ?? []);
        const place = Math.min(bytes.length - 1, Math.floor(at * bytes.length));
        bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << bit), place);
        assert.equal(checkAttestation(bytes, one, RELEASE, TRUST).decision.accepted, false);
      },
    ),
    300,
  );
});

test('readers throw FormatError and nothing else, and what they read prints as it was', () => {
  const readers = [parseEnvelope, parseAttestation, parseStatement, parseBuildRecord];
  const input = fc.oneof(
    fc.json().map((text) => Buffer.from(text)),
    fc.uint8Array(),
  );
  check(
    fc.property(fc.constantFrom(...readers), input, (read, bytes) => {
      try {
        read(bytes);
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
    500,
  );
});

test('two packages never have one URL, and it is printable', () => {
  const text = fc.stringMatching(/^[\x21-\x7e]{1,12}$/);
  const manager = fc.constantFrom('dpkg', 'apk', 'pacman');
  const one = fc.record({ manager, name: text, version: text, architecture: text });
  check(
    fc.property(one, one, (a, b) => {
      const [left, right] = [packageUrl(a, undefined), packageUrl(b, undefined)];
      assert.match(left, /^pkg:[\w.~:/%-]+@[\w.~:%-]+\?arch=[\w.~:%-]+$/);
      assert.equal(left === right, JSON.stringify(a) === JSON.stringify(b));
    }),
    300,
  );
});
