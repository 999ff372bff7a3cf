import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTESTATION_KINDS } from '../../../../src/formats/attestation/attestation-kinds.js';
import { uuidOf, type AttestedRelease } from '../../../../src/formats/attestation/attested.js';
import { checkAttestation } from '../../../../src/formats/attestation/check-attestation.js';
import { printEnvelope, type Envelope } from '../../../../src/formats/dsse/envelope.js';
import { parseStatement, printStatement } from '../../../../src/formats/in-toto/statement.js';
import { verifierOf } from '../../../../src/formats/seal/key.js';
import { makeKeyring, NO_REVOCATIONS } from '../../../../src/formats/seal/trusted-keys.js';
import {
  OTHER_RELEASE,
  RELEASE,
  signEnvelope,
  SIGNER,
  statementOf,
  STRANGER,
} from '../../../helpers/attested-release.js';

const TRUST = { keys: makeKeyring([verifierOf(SIGNER)]), revoked: NO_REVOCATIONS };

/** The code that the check of an envelope ends with. */
function verdict(
  envelope: Envelope,
  { kind = 'cyclonedx', release = RELEASE, trust = TRUST }: Partial<Asked> = {},
): string {
  return checkAttestation(printEnvelope(envelope), kind, release, trust).decision.code;
}

interface Asked {
  readonly kind: (typeof ATTESTATION_KINDS)[number];
  readonly release: AttestedRelease;
  readonly trust: typeof TRUST;
}

for (const kind of ATTESTATION_KINDS)
  test(`${kind}: accepted when a known key has signed it of this release, and never of another`, () => {
    const envelope = signEnvelope(statementOf(kind));
    assert.equal(verdict(envelope, { kind }), 'ATTESTATION_ACCEPTED');
    assert.equal(verdict(envelope, { kind, release: OTHER_RELEASE }), 'ATTESTATION_MISMATCH');
    const others = ATTESTATION_KINDS.filter((one) => one !== kind);
    for (const other of others)
      assert.equal(verdict(envelope, { kind: other }), 'ATTESTATION_MISMATCH');
  });

test('P4: another payload type makes the signature wrong, and one that was signed is refused', () => {
  const envelope = signEnvelope(statementOf('cyclonedx'));
  assert.equal(verdict({ ...envelope, payloadType: 'text/plain' }), 'ATTESTATION_SIGNATURE_WRONG');
  const signed = signEnvelope(statementOf('cyclonedx'), [SIGNER], 'application/json');
  assert.equal(verdict(signed), 'ATTESTATION_STATEMENT_INVALID');
});

test('P4: a statement with another subject is refused, though a known key has signed it', () => {
  const statement = parseStatement(statementOf('cyclonedx'));
  const [commit, image, uki] = statement.subjects;
  assert.ok(commit && image && uki);
  const changed = { ...image, sha256: '9'.repeat(64) };
  const cases = [
    [commit, changed, uki],
    [commit, uki],
    [image, uki],
    [{ ...commit, sha256: '9'.repeat(64) }, image, uki],
    [commit, image, { ...uki, sha256: '9'.repeat(64) }],
    [commit, image, uki, { name: 'objects/00/00', sha256: '9'.repeat(64) }],
    [commit, image, image, uki],
  ];
  for (const subjects of cases) {
    const envelope = signEnvelope(printStatement({ ...statement, subjects }));
    assert.equal(verdict(envelope), 'ATTESTATION_MISMATCH', JSON.stringify(subjects));
  }
});

for (const kind of ATTESTATION_KINDS)
  test(`P5: ${kind} that names another image than its subjects is refused`, () => {
    const { predicate } = parseStatement(statementOf(kind, OTHER_RELEASE));
    const statement = parseStatement(statementOf(kind));
    const envelope = signEnvelope(printStatement({ ...statement, predicate }));
    assert.equal(verdict(envelope, { kind }), 'ATTESTATION_MISMATCH');
    const empty = signEnvelope(printStatement({ ...statement, predicate: {} }));
    assert.equal(verdict(empty, { kind }), 'ATTESTATION_MISMATCH');
  });

test('a unified kernel image that is not here, or that came later, is no other one', () => {
  const envelope = signEnvelope(statementOf('cyclonedx'));
  const without = { ...RELEASE, uki: undefined };
  assert.equal(verdict(envelope, { release: without }), 'ATTESTATION_ACCEPTED');
  const earlier = signEnvelope(statementOf('cyclonedx', without));
  assert.equal(verdict(earlier), 'ATTESTATION_ACCEPTED');
});

test('keys that are not known or revoked do not count, and a wrong signature of a known one spoils all', () => {
  const payload = statementOf('cyclonedx');
  assert.equal(verdict(signEnvelope(payload, [STRANGER])), 'ATTESTATION_UNTRUSTED');
  assert.equal(verdict(signEnvelope(payload, [STRANGER, SIGNER])), 'ATTESTATION_ACCEPTED');
  const revoked = { ...NO_REVOCATIONS, keyIds: new Set([SIGNER.keyId]) };
  const trust = { ...TRUST, revoked };
  assert.equal(verdict(signEnvelope(payload), { trust }), 'ATTESTATION_UNTRUSTED');
  const both = makeKeyring([verifierOf(SIGNER), verifierOf(STRANGER)]);
  const [good] = signEnvelope(payload).signatures;
  const [wrong] = signEnvelope(statementOf('spdx'), [STRANGER]).signatures;
  assert.ok(good && wrong);
  const spoilt = { ...signEnvelope(payload), signatures: [good, wrong] };
  assert.equal(verdict(spoilt), 'ATTESTATION_ACCEPTED');
  const known = { trust: { ...TRUST, keys: both } };
  assert.equal(verdict(spoilt, known), 'ATTESTATION_SIGNATURE_WRONG');
});

test('bytes that are no envelope are refused, and are no error', () => {
  const { decision } = checkAttestation(Buffer.from('{}'), 'slsa', RELEASE, TRUST);
  assert.equal(decision.code, 'ATTESTATION_ENVELOPE_INVALID');
});

test('the UUID is of version 8, and follows from the commit alone', () => {
  assert.match(
    uuidOf(RELEASE.id),
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.equal(uuidOf(RELEASE.id), uuidOf(RELEASE.id));
  assert.notEqual(uuidOf(RELEASE.id), uuidOf(OTHER_RELEASE.id));
});
