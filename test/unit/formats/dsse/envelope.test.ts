import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ENVELOPE_SIGNATURES_MAX,
  joinSignatures,
  parseEnvelope,
  preAuthEncoding,
  printEnvelope,
  putSignatures,
} from '../../../../src/formats/dsse/envelope.js';
import { signEnvelope, SIGNER, statementOf, STRANGER } from '../../../helpers/attested-release.js';

const ENVELOPE = signEnvelope(statementOf('slsa'));
const TEXT = Buffer.from(printEnvelope(ENVELOPE)).toString('utf8');

test("what is signed is the specification's example", () => {
  const payload = Buffer.from('hello world');
  const signed = preAuthEncoding({ payload, payloadType: 'http://example.com/HelloWorld' });
  assert.equal(
    Buffer.from(signed).toString(),
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
});

test('lengths are in bytes', () => {
  const signed = preAuthEncoding({ payload: Buffer.from('é'), payloadType: 'é' });
  assert.equal(Buffer.from(signed).toString(), 'DSSEv1 2 é 2 é');
});

test('an envelope is read as it was written', () => {
  assert.deepEqual(parseEnvelope(Buffer.from(TEXT)), {
    ...ENVELOPE,
    payload: Buffer.from(ENVELOPE.payload),
    signatures: ENVELOPE.signatures.map((one) => ({
      ...one,
      signature: Buffer.from(one.signature),
    })),
  });
});

test('every other spelling is refused', () => {
  const value = JSON.parse(TEXT) as Record<string, unknown> & { signatures: object[] };
  const [signature] = value.signatures;
  const { sig } = signature as { sig: string };
  const cases: readonly (readonly [RegExp, string])[] = [
    [/canonical form/, TEXT.replace('{', '{ ')],
    [/canonical form/, TEXT.replace('"payload":', '"payload":"e30=","payload":')],
    [/canonical form/, `${TEXT}\n`],
    [/not JSON/, `\ufeff${TEXT}`],
    [/payload: expected canonical base64/, JSON.stringify({ ...value, payload: 'e30' })],
    [/payload: expected canonical base64/, JSON.stringify({ ...value, payload: 7 })],
    [/payloadType: expected a media type/, JSON.stringify({ ...value, payloadType: 'text' })],
    [/no others/, JSON.stringify({ ...value, z: 1 })],
    [/expected 1 to 32, found 0/, JSON.stringify({ ...value, signatures: [] })],
    [
      /expected 1 to 32, found 33/,
      JSON.stringify({ ...value, signatures: Array(ENVELOPE_SIGNATURES_MAX + 1).fill(signature) }),
    ],
    [
      /signatures\[0\].sig: expected 64 bytes/,
      JSON.stringify({ ...value, signatures: [{ keyid: 'a+00000000', sig: sig.slice(4) }] }),
    ],
    [
      /signatures\[0\].keyid: expected the name/,
      JSON.stringify({ ...value, signatures: [{ keyid: 'SHA256:abc', sig }] }),
    ],
    [
      /signatures\[0\]: expected the keys/,
      JSON.stringify({ ...value, signatures: [{ cert: '', keyid: 'a+00000000', sig }] }),
    ],
  ];
  for (const [message, text] of cases)
    assert.throws(() => parseEnvelope(Buffer.from(text)), { code: 'FORMAT_INVALID', message });
});

test('joined signatures are each there once, the older ones first', () => {
  const payload = statementOf('slsa');
  const [ours, theirs] = [signEnvelope(payload), signEnvelope(payload, [STRANGER, SIGNER])];
  assert.deepEqual(
    joinSignatures(ours.signatures, theirs.signatures).map(({ name }) => name),
    [SIGNER.name, STRANGER.name],
  );
});

test('a key signs once: another signature by it is not joined, and one that was checked takes its place', () => {
  const [good] = signEnvelope(statementOf('slsa')).signatures;
  assert.ok(good);
  const wrong = { ...good, signature: Buffer.alloc(64, 7) };
  assert.deepEqual(joinSignatures([good], [wrong]), [good]);
  const stranger = { ...good, name: 'stranger' };
  assert.deepEqual(putSignatures([wrong, stranger], [good]), [good, stranger]);
  assert.deepEqual(putSignatures([stranger], [good]), [stranger, good]);
});
