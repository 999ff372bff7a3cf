/** `rootseal secure-boot` as it is called, and what it refuses. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { attachSignature, signRequest } from '../../src/formats/authenticode/sign-pe.js';
import { verifySignature } from '../../src/formats/authenticode/verify-pe.js';
import { parseUpdate } from '../../src/formats/efi-variables/authenticated-variable.js';
import { parseSignatureLists } from '../../src/formats/efi-variables/signature-list.js';
import { generateKeys, readKeyCertificate } from '../../src/release/secure-boot/key-directory.js';
import { rootseal } from '../helpers/cli.js';
import { makeKernel, makePe } from '../helpers/pe-file.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { makeTestKey } from '../helpers/secure-boot-keys.js';

const ends: (() => unknown)[] = [];
const scratch = scratchDirectory({ after: (end) => ends.push(end) });
after(() => {
  for (const end of ends) end();
});
const at = (name: string) => join(scratch, name);
const TIME = Date.parse('2026-11-30T00:00:00Z') / 1000;
const facts = { name: 'test', notBefore: TIME, notAfter: TIME + 86_400 };
generateKeys(at('keys'), { ...facts, passphrase: undefined });
const pem = (name: string) => at(`keys/${name}`);
const DB = ['--cert', pem('db.crt'), '--key', pem('db.key')];
const KEK = ['--cert', pem('KEK.crt'), '--key', pem('KEK.key')];
const db = readKeyCertificate(at('keys'), 'db');

const loader = (version: string) =>
  makePe({
    sections: [
      { name: '.sdmagic', content: Buffer.from(`#### LoaderInfo: systemd-boot ${version} ####`) },
    ],
  });
for (const version of ['256', '257']) fs.writeFileSync(at(version), loader(version));

const call = (...words: string[]) => rootseal(['secure-boot', ...words], { cwd: scratch });

/** A call that ends with this status, says this, and leaves no file `refused`. */
function refused(status: number, pattern: RegExp, ...words: string[]): void {
  const result = call(...words, ...(words.includes('--output') ? [] : ['--output', at('refused')]));
  assert.equal(result.status, status, result.stderr);
  assert.match(result.stderr, pattern);
  assert.equal(result.stdout, '');
  assert.ok(!fs.existsSync(at('refused')));
}

describe('keys', () => {
  test('are made once, for their owner alone, and never overwritten', () => {
    const words = ['generate-keys', at('own'), '--name', 'example.org'];
    assert.equal(call(...words, '--not-before', '2026-11-30T00:00:00Z').status, 0);
    const files = fs.readdirSync(at('own')).sort();
    const expected = ['KEK.crt', 'KEK.key', 'PK.crt', 'PK.key', 'db.crt', 'db.key'];
    assert.deepEqual(files, expected);
    for (const file of files) assert.equal(fs.statSync(at(`own/${file}`)).mode & 0o777, 0o600);
    const before = fs.readFileSync(at('own/db.key'));
    const again = call(...words);
    assert.equal(again.status, 2);
    assert.match(again.stderr, /own is not empty/);
    assert.deepEqual(fs.readFileSync(at('own/db.key')), before);
    assert.deepEqual(
      fs.readdirSync(scratch).filter((name) => name.startsWith('own.')),
      [],
    );
  });

  test('that are encrypted need their passphrase', () => {
    fs.writeFileSync(at('passphrase'), 'correct horse\n');
    fs.writeFileSync(at('wrong'), 'battery staple\n');
    generateKeys(at('secret'), { ...facts, passphrase: Buffer.from('correct horse') });
    const words = ['sign', at('257'), '--cert', at('secret/db.crt'), '--key', at('secret/db.key')];
    refused(2, /is encrypted\n.*--passphrase-file/, ...words);
    refused(2, /the passphrase is wrong/, ...words, '--passphrase-file', at('wrong'));
    const out = ['--passphrase-file', at('passphrase'), '--output', at('with-passphrase')];
    assert.equal(call(...words, ...out).status, 0);
    const certificate = readKeyCertificate(at('secret'), 'db');
    assert.ok(verifySignature(fs.readFileSync(at('with-passphrase')), [certificate]));
  });
});

describe('sign', () => {
  test('refuses what would let others choose what is started', () => {
    fs.writeFileSync(at('kernel'), makeKernel());
    refused(14, /neither systemd-boot nor a unified kernel image/, 'sign', at('kernel'), ...DB);
    fs.writeFileSync(at('text'), '#!/bin/sh\n');
    refused(14, /neither/, 'sign', at('text'), ...DB);
    const linux = makePe({ sections: [{ name: '.linux' }, { name: '.cmdline' }] });
    fs.writeFileSync(at('without-initrd'), linux);
    refused(14, /with initramfs and command line/, 'sign', at('without-initrd'), ...DB);
  });

  test('refuses an image whose stub an unsigned boot entry can give an initramfs, or does not say which it is', () => {
    const image = (...magic: string[]) =>
      makePe({
        sections: [
          ...magic.map((text) => ({ name: '.sdmagic', content: Buffer.from(text) })),
          { name: '.linux', content: makeKernel() },
          // A boot loader in the initramfs does not make the image one.
          { name: '.initrd', content: loader('257') },
          { name: '.cmdline' },
        ],
      });
    const stub = (version: string) => `#### LoaderInfo: systemd-stub ${version} ####`;
    fs.writeFileSync(at('stub-261'), image(stub('261~rc1')));
    refused(
      14,
      /stub-261: the stub is systemd-stub 261~rc1: from 261 on/,
      'sign',
      at('stub-261'),
      ...DB,
    );
    fs.writeFileSync(at('no-stub'), image());
    refused(14, /the stub does not say that it is systemd-stub/, 'sign', at('no-stub'), ...DB);
    fs.writeFileSync(at('stub-260'), image(stub('260.9')));
    const words = ['sign', at('stub-260'), ...DB, '--output', at('stub-260.signed')];
    assert.equal(call(...words).status, 0);
  });

  test('refuses an image whose kernel would be started alone, being signed by the same certificate', () => {
    const image = (kernel: Buffer) =>
      makePe({
        sections: [
          { name: '.sdmagic', content: Buffer.from('#### LoaderInfo: systemd-stub 257 ####') },
          { name: '.linux', content: kernel },
          { name: '.initrd' },
          { name: '.cmdline' },
        ],
      });
    const stranger = makeTestKey('stranger');
    const kernel = makeKernel();
    const signed = attachSignature(
      kernel,
      stranger.certificate,
      stranger.sign(signRequest(kernel)),
    );
    fs.writeFileSync(at('foreign-kernel'), image(signed));
    const words = ['sign', at('foreign-kernel'), ...DB, '--output', at('foreign-kernel.signed')];
    assert.equal(call(...words).status, 0);
    fs.writeFileSync(at('own.crt'), stranger.certificate.der);
    const pem = stranger.privateKey.export({ format: 'pem', type: 'pkcs8' });
    fs.writeFileSync(at('own.key'), pem, { mode: 0o600 });
    const own = ['--cert', at('own.crt'), '--key', at('own.key')];
    refused(
      14,
      /the kernel inside is itself signed by stranger/,
      'sign',
      at('foreign-kernel'),
      ...own,
    );
  });

  test('refuses no signer, several, and a key of another certificate', () => {
    const words = ['sign', at('257')];
    refused(2, /no signer given/, ...words);
    refused(2, /--cert is missing/, ...words, '--key', pem('db.key'));
    refused(2, /name one signer/, ...words, '--cert', pem('db.crt'));
    refused(2, /name one signer/, ...words, ...DB, '--signer-command', 'true');
    refused(
      2,
      /is not the key of the certificate test db/,
      ...words,
      '--cert',
      pem('db.crt'),
      '--key',
      pem('PK.key'),
    );
    refused(17, /holds no private key/, ...words, '--cert', pem('db.crt'), '--key', at('text'));
    refused(17, /X\.509 certificate/, ...words, '--cert', at('text'), '--key', pem('db.key'));
  });

  test('writes nothing when a command fails, or signs something else', () => {
    const words = ['sign', at('257'), '--cert', pem('db.crt'), '--signer-command'];
    refused(1, /the signer command "exit 3": .*exit status 3/, ...words, 'exit 3');
    refused(1, /the signature is not one by the certificate test db/, ...words, 'cat');
    refused(1, /the signature is not one by/, ...words, 'true');
  });

  test('takes the answer to its own request alone', () => {
    const words = (file: string) => ['sign', at(file), '--cert', pem('db.crt')];
    const asked = call(...words('257'), '--request-out', at('requests'));
    assert.equal(asked.status, 0);
    assert.match(asked.stderr, /^nothing was made: .*requests is to be signed/);
    assert.deepEqual(fs.readdirSync(at('requests')), ['257.request']);
    refused(10, /257\.signature: no such file/, ...words('257'), '--attach', at('requests'));
    fs.copyFileSync(at('requests/257.request'), at('requests/257.signature'));
    refused(
      1,
      /257\.signature: the signature is not one by/,
      ...words('257'),
      '--attach',
      at('requests'),
    );
    refused(2, /exclude each other/, ...words('257'), '--request-out', at('requests'));
  });
});

describe('enroll-files', () => {
  test('wants a directory for its files', () => {
    const { status, stderr } = call('enroll-files', at('keys'), '--output', at('257'));
    assert.equal(status, 2, stderr);
    assert.match(stderr, /257 is not a directory|257\/PK\.auth/);
  });

  test('makes the same files again, and others only with a later time', () => {
    assert.equal(call('enroll-files', at('keys')).status, 0);
    const before = fs.readFileSync(pem('db.auth'));
    assert.equal(parseUpdate(before).time, TIME);
    assert.equal(call('enroll-files', at('keys')).status, 0);
    assert.deepEqual(fs.readFileSync(pem('db.auth')), before);
    const owner = ['--owner', '11111111-2222-3333-4444-555555555555'];
    const other = call('enroll-files', at('keys'), ...owner);
    assert.equal(other.status, 2);
    assert.match(other.stderr, /later than that of .*PK\.auth, which is 2026-11-30T00:00:00Z/);
    assert.deepEqual(fs.readFileSync(pem('db.auth')), before);
    assert.equal(call('enroll-files', at('keys'), ...owner, '--time', `${TIME + 1}`).status, 0);
    assert.equal(parseUpdate(fs.readFileSync(pem('db.auth'))).time, TIME + 1);
  });
});

describe('revoke', () => {
  const revoke = (...words: string[]) => call('revoke', ...words, ...KEK);
  const read = (file: string) => {
    const { time, value } = parseUpdate(fs.readFileSync(at(file)));
    return { time, count: parseSignatureLists(value).length };
  };

  test('keeps what the update before forbids, and its time grows', () => {
    const first = ['--time', `${TIME}`, '--output', at('1.auth')];
    assert.equal(revoke(at('256'), ...first).status, 0);
    assert.deepEqual(read('1.auth'), { time: TIME, count: 1 });
    const previous = ['--previous', at('1.auth')];
    refused(2, /later than that of/, 'revoke', at('257'), ...KEK, ...previous, '--time', `${TIME}`);
    const later = [...previous, '--time', `${TIME + 1}`];
    assert.equal(revoke(at('257'), ...later, '--output', at('2.auth')).status, 0);
    assert.deepEqual(read('2.auth'), { time: TIME + 1, count: 2 });
    assert.equal(revoke(at('257'), ...later, '--append', '--output', at('3.auth')).status, 0);
    assert.deepEqual(read('3.auth'), { time: TIME + 1, count: 1 });
    assert.equal(revoke(at('256'), ...later, '--output', at('refused')).status, 77);
    assert.ok(!fs.existsSync(at('refused')));
  });

  test('forbids a file whether it is signed or not', () => {
    assert.equal(call('sign', at('257'), ...DB, '--output', at('signed')).status, 0);
    assert.equal(verifySignature(fs.readFileSync(at('signed')), [db]), db);
    const time = ['--time', `${TIME}`];
    assert.equal(revoke(at('257'), at('signed'), ...time, '--output', at('both.auth')).status, 0);
    assert.equal(read('both.auth').count, 1);
    refused(17, /text: PE file/, 'revoke', at('text'), ...KEK, ...time);
    refused(2, /is not a GUID/, 'revoke', at('257'), ...KEK, '--owner', 'me');
  });
});
