import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GUID } from '../../../../src/formats/efi-variables/efi-guid.js';
import { pcr7 } from '../../../../src/formats/efi-variables/pcr7.js';

const VARIABLES = {
  PK: Buffer.from('platform'),
  KEK: Buffer.from('exchange'),
  db: Buffer.from('allowed'),
  dbx: Buffer.alloc(0),
};
const entry = (text: string) => ({
  type: GUID.EFI_CERT_X509,
  owner: '11111111-2222-3333-4444-555555555555',
  data: Buffer.from(text),
});

// Values of a program in another language, written from the specification.
test('PCR 7 is the state of Secure Boot, its four variables, a separator, and what vouched', () => {
  assert.equal(
    pcr7(VARIABLES, []).toString('hex'),
    'b29ffcd31974ed1ff204e447241abb421c3a1070061417adc03da6ff1c9014b8',
  );
  assert.equal(
    pcr7(VARIABLES, [entry('certificate')]).toString('hex'),
    'a76589a7469984a164307b812ac405d8ebc088c36a45a07eb70acd77134d1c57',
  );
});

test('an entry of db that vouches twice is measured once', () => {
  const [one, other] = [entry('certificate'), entry('another')];
  const once = pcr7(VARIABLES, [one]);
  assert.ok(pcr7(VARIABLES, [one, entry('certificate')]).equals(once));
  assert.ok(!pcr7(VARIABLES, [one, other]).equals(once));
  assert.ok(!pcr7(VARIABLES, [other, one]).equals(pcr7(VARIABLES, [one, other])));
});

test('each variable counts', () => {
  const before = pcr7(VARIABLES, []);
  for (const name of ['PK', 'KEK', 'db', 'dbx'])
    assert.ok(!pcr7({ ...VARIABLES, [name]: Buffer.from('x') }, []).equals(before), name);
});
