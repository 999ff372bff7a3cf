/** The statements of a fixed release: bytes that must never change, for signatures are of them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { ATTESTATION_KINDS } from '../../src/formats/attestation/attestation-kinds.js';
import { printEnvelope } from '../../src/formats/dsse/envelope.js';
import { signEnvelope, statementOf } from '../helpers/attested-release.js';

// This file runs from dist/test/golden.
const ASSETS = new URL('../../../test/golden/assets/attestations/', import.meta.url);
const read = (name: string) => fs.readFileSync(new URL(name, ASSETS));

for (const kind of ATTESTATION_KINDS) {
  test(`the ${kind} statement has the bytes that it always had`, () => {
    const expected = read(`${kind}.json`).toString('utf8');
    assert.equal(Buffer.from(statementOf(kind)).toString('utf8'), expected);
  });

  test(`the ${kind} envelope has the bytes that it always had`, () => {
    const envelope = Buffer.from(printEnvelope(signEnvelope(statementOf(kind))));
    assert.deepEqual(envelope, read(`${kind}.dsse.json`));
  });
}
