import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import {
  firmwareAccepts,
  readFirmwareKeys,
} from '../../../../src/deploy/boot-loader/firmware-keys.js';
import { peHash } from '../../../../src/formats/authenticode/pe-hash.js';
import { attachSignature, signRequest } from '../../../../src/formats/authenticode/sign-pe.js';
import { GUID } from '../../../../src/formats/efi-variables/efi-guid.js';
import {
  encodeSignatureLists,
  type DatabaseEntry,
} from '../../../../src/formats/efi-variables/signature-list.js';
import { makePe } from '../../../helpers/pe-file.js';
import { scratchDirectory } from '../../../helpers/scratch.js';
import { makeTestKey } from '../../../helpers/secure-boot-keys.js';

const OWNER = '11111111-2222-3333-4444-555555555555';
const [ours, other] = [makeTestKey('ours'), makeTestKey('other')];
const file = makePe({ sections: [{ name: '.text' }] });
const signed = attachSignature(file, ours.certificate, ours.sign(signRequest(file)));
const entry = (type: string, data: Buffer): DatabaseEntry => ({ type, owner: OWNER, data });
const allow = (key = ours) => entry(GUID.EFI_CERT_X509, key.certificate.der);

interface Made {
  secureBoot?: Buffer;
  db?: readonly DatabaseEntry[] | Buffer;
  dbx?: readonly DatabaseEntry[] | Buffer;
  /** Files of variables that are shim's. */
  shim?: Readonly<Record<string, Buffer>>;
}

const attributes = (value: number) => Buffer.from([value, 0, 0, 0]);
const ON = Buffer.concat([attributes(6), Buffer.from([1])]);
const OFF = Buffer.concat([attributes(6), Buffer.from([0])]);

/** Variables as efivarfs shows them. */
function firmware(t: TestContext, made: Made) {
  const directory = scratchDirectory(t);
  const write = (name: string, vendor: string, content: Buffer) => {
    fs.writeFileSync(join(directory, `${name}-${vendor}`), content);
  };
  write('SecureBoot', GUID.EFI_GLOBAL_VARIABLE, made.secureBoot ?? ON);
  for (const name of ['db', 'dbx'] as const) {
    const value = made[name];
    if (value === undefined) continue;
    const content = Buffer.isBuffer(value)
      ? value
      : Buffer.concat([attributes(0x27), encodeSignatureLists(value)]);
    write(name, GUID.EFI_IMAGE_SECURITY_DATABASE, content);
  }
  for (const [name, content] of Object.entries(made.shim ?? {}))
    write(name, GUID.SHIM_LOCK, content);
  return readFirmwareKeys(directory);
}

const reason = (t: TestContext, made: Made, bytes = signed) => {
  const verdict = firmwareAccepts(bytes, firmware(t, made));
  return verdict.isAccepted ? undefined : verdict.reason;
};

describe('with Secure Boot on', () => {
  test('a file signed by a certificate of db is accepted', (t) => {
    assert.equal(reason(t, { db: [allow(other), allow()] }), undefined);
  });

  test('a file whose hash is in db is accepted', (t) => {
    const db = [entry(GUID.EFI_CERT_SHA256, peHash(file))];
    assert.equal(reason(t, { db }, file), undefined);
    assert.equal(reason(t, { db }, signed), undefined);
  });

  test('an unsigned file, and one signed by another key, are refused', (t) => {
    assert.equal(reason(t, { db: [allow()] }, file), 'it is not signed');
    assert.match(reason(t, { db: [allow(other)] }) ?? '', /no certificate of db vouches/);
    assert.match(reason(t, { db: [] }) ?? '', /no certificate of db/);
    assert.match(reason(t, {}) ?? '', /no certificate of db/);
  });

  test('a flipped byte, and what is not a PE file, are refused', (t) => {
    const damaged = Buffer.from(signed);
    damaged[1600] = damaged[1600]! ^ 1;
    assert.match(reason(t, { db: [allow()] }, damaged) ?? '', /no certificate of db/);
    assert.match(reason(t, { db: [allow()] }, Buffer.from('#!/bin/sh\n')) ?? '', /PE file/);
  });

  const tbs = createHash('sha256').update(ours.certificate.signed).digest();
  const forbidden: Record<string, DatabaseEntry> = {
    'its hash': entry(GUID.EFI_CERT_SHA256, peHash(file)),
    'its SHA-384': entry(GUID.EFI_CERT_SHA384, peHash(file, 'sha384')),
    'its certificate': allow(),
    'the hash of its certificate': entry(
      GUID.EFI_CERT_X509_SHA256,
      Buffer.concat([tbs, Buffer.alloc(16)]),
    ),
  };
  for (const [what, dbx] of Object.entries(forbidden)) {
    test(`a file is refused when ${what} is in dbx, whatever db says`, (t) => {
      const db = [allow(), entry(GUID.EFI_CERT_SHA256, peHash(file))];
      assert.match(reason(t, { db, dbx: [dbx] }) ?? '', /is in dbx$/);
    });
  }

  test('a database with other attributes, or that is damaged, is a refusal and no guess', (t) => {
    const lists = encodeSignatureLists([allow()]);
    const lasting = Buffer.concat([attributes(7), lists]);
    assert.match(reason(t, { db: lasting }) ?? '', /db is not an authenticated variable/);
    const cut = Buffer.concat([attributes(0x27), lists.subarray(0, -1)]);
    assert.match(reason(t, { db: cut }) ?? '', /the firmware's db: signature list/);
    assert.match(reason(t, { db: [allow()], dbx: cut }) ?? '', /the firmware's dbx/);
    assert.match(reason(t, { db: Buffer.alloc(2) }) ?? '', /not an authenticated variable/);
  });
});

describe('on a machine that shim started', () => {
  const ofThisBoot = (...entries: DatabaseEntry[]) =>
    Buffer.concat([attributes(6), encodeSignatureLists(entries)]);

  test('what its list allows is accepted, besides what db allows', (t) => {
    const shim = { MokListRT: ofThisBoot(allow()) };
    assert.equal(reason(t, { db: [allow(other)], shim }), undefined);
    assert.equal(
      reason(t, { db: [allow()], shim: { MokListRT: ofThisBoot(allow(other)) } }),
      undefined,
    );
  });

  test('what its list forbids is refused, and so is what dbx forbids', (t) => {
    const MokListRT = ofThisBoot(allow());
    const dbx = [entry(GUID.EFI_CERT_SHA256, peHash(file))];
    const MokListXRT = ofThisBoot(...dbx);
    assert.match(reason(t, { shim: { MokListRT, MokListXRT } }) ?? '', /is in dbx$/);
    assert.match(reason(t, { dbx, shim: { MokListRT } }) ?? '', /is in dbx$/);
  });

  test('a list that the running system made says nothing, and a damaged one is a refusal', (t) => {
    const lists = encodeSignatureLists([allow()]);
    const lasting = Buffer.concat([attributes(7), lists]);
    assert.match(reason(t, { shim: { MokListRT: lasting } }) ?? '', /no certificate of db/);
    const cut = Buffer.concat([attributes(6), lists.subarray(0, -1)]);
    assert.match(reason(t, { db: [allow()], shim: { MokListRT: cut } }) ?? '', /shim's MokListRT/);
  });
});

test('with Secure Boot off, or said by a variable that the system made, everything is accepted', (t) => {
  const lasting = Buffer.concat([attributes(7), Buffer.from([1])]);
  for (const secureBoot of [OFF, lasting, Buffer.alloc(0)]) {
    const verdict = firmwareAccepts(file, firmware(t, { secureBoot }));
    assert.deepEqual(verdict, { isAccepted: true, isEnforced: false });
  }
  const nowhere = readFirmwareKeys(join(scratchDirectory(t), 'none'));
  assert.equal(nowhere.isEnforced, false);
});
