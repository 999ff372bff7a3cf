/** Our signatures of firmware files, and those of other programs, checked by each other. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { peHash } from '../../src/formats/authenticode/pe-hash.js';
import { signRequest } from '../../src/formats/authenticode/sign-pe.js';
import { signatureOf, verifySignature } from '../../src/formats/authenticode/verify-pe.js';
import { signedContentBy } from '../../src/formats/pkcs7/verify-signed-data.js';
import { parseSignedData } from '../../src/formats/pkcs7/signed-data.js';
import { parseCertificate } from '../../src/formats/x509/certificate.js';
import { readCertificate } from '../../src/release/secure-boot/certificate-files.js';
import { generateKeys, readKeyCertificate } from '../../src/release/secure-boot/key-directory.js';
import { CHECKOUT } from '../helpers/boot-program.js';
import { rootseal } from '../helpers/cli.js';
import { makePe } from '../helpers/pe-file.js';
import { skipUnless } from '../helpers/programs.js';
import { scratchDirectory } from '../helpers/scratch.js';

/** Long past: osslsigncode asks the clock. */
const TIME = '2024-02-29T12:34:56Z';
const ends: (() => unknown)[] = [];
const scratch = scratchDirectory({ after: (end) => ends.push(end) });
after(() => {
  for (const end of ends) end();
});
const at = (name: string) => join(scratch, name);
const keys = at('keys');
const seconds = Date.parse(TIME) / 1000;
generateKeys(keys, {
  name: 'test',
  notBefore: seconds,
  notAfter: seconds + 100 * 365 * 86_400,
  passphrase: undefined,
});
const crt = (name: string) => join(keys, `${name}.crt`);
const key = (name: string) => join(keys, `${name}.key`);
const db = readKeyCertificate(keys, 'db');

/** A file without a tail, one with a tail of odd length, and one whose sections do not follow each other. */
const content = Buffer.from('#### LoaderInfo: systemd-boot 257 ####');
const FILES: Readonly<Record<string, Buffer>> = {
  plain: makePe({ sections: [{ name: '.sdmagic', content }, { name: '.data' }] }),
  tail: Buffer.concat([makePe({ sections: [{ name: '.sdmagic', content }] }), Buffer.alloc(5, 7)]),
  gap: makePe({
    sections: [
      { name: '.text', content: Buffer.alloc(2000, 1), rawSize: 512, virtualSize: 512 },
      { name: '.sdmagic', content },
    ],
  }),
};
for (const [name, bytes] of Object.entries(FILES)) fs.writeFileSync(at(name), bytes);

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: scratch, encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

function ours(...args: string[]): void {
  const { status, stderr } = rootseal(['secure-boot', ...args], { cwd: scratch });
  assert.equal(status, 0, stderr);
}

describe('our signatures', () => {
  for (const name of Object.keys(FILES)) {
    const signed = `${name}.signed`;
    test(
      `sbverify and osslsigncode accept one of a file: ${name}`,
      { skip: skipUnless('sbverify', 'osslsigncode') },
      () => {
        ours('sign', at(name), '--cert', crt('db'), '--key', key('db'), '--output', at(signed));
        assert.match(run('sbverify', '--cert', crt('db'), at(signed)), /Signature verification OK/);
        // It hashes a file as it lies there; firmware and sbverify leave gaps out.
        if (name === 'gap') return;
        const said = run('osslsigncode', 'verify', '-CAfile', crt('db'), '-in', at(signed));
        assert.match(said, /Signature verification: ok/);
        const other = spawnSync('sbverify', ['--cert', crt('KEK'), at(signed)]);
        assert.notEqual(other.status, 0);
      },
    );
  }

  test(
    'a key in a file, a command and an answer from elsewhere give the same bytes',
    { skip: skipUnless('openssl') },
    () => {
      const call = (...args: string[]) => {
        ours('sign', at('plain'), '--cert', crt('db'), ...args);
      };
      call('--key', key('db'), '--output', at('a'));
      call('--signer-command', `openssl dgst -sha256 -sign ${key('db')}`, '--output', at('b'));
      call('--request-out', at('requests'));
      assert.deepEqual(fs.readFileSync(at('requests/plain.request')), signRequest(FILES['plain']!));
      const answer = at('requests/plain.signature');
      run(
        'openssl',
        'dgst',
        '-sha256',
        '-sign',
        key('db'),
        '-out',
        answer,
        at('requests/plain.request'),
      );
      call('--attach', at('requests'), '--output', at('c'));
      const [a, b, c] = ['a', 'b', 'c'].map((name) => fs.readFileSync(at(name)));
      assert.deepEqual(b, a);
      assert.deepEqual(c, a);
    },
  );
});

describe('signatures of others', () => {
  const sign: Record<string, (input: string, output: string) => string> = {
    sbsign: (input, output) =>
      run('sbsign', '--key', key('db'), '--cert', crt('db'), '--output', output, input),
    osslsigncode: (input, output) =>
      run(
        'osslsigncode',
        'sign',
        '-certs',
        crt('db'),
        '-key',
        key('db'),
        '-h',
        'sha256',
        '-in',
        input,
        '-out',
        output,
      ),
  };
  for (const [program, make] of Object.entries(sign))
    for (const name of Object.keys(FILES).filter((one) => one !== 'gap' || program === 'sbsign'))
      test(`one of ${program} is accepted: ${name}`, { skip: skipUnless(program) }, () => {
        const file = at(`${name}.${program}`);
        fs.rmSync(file, { force: true });
        make(at(name), file);
        const bytes = fs.readFileSync(file);
        assert.equal(verifySignature(bytes, [db]), db);
        assert.equal(verifySignature(bytes, [readKeyCertificate(keys, 'KEK')]), undefined);
        assert.deepEqual(peHash(bytes), peHash(FILES[name]!));
        const damaged = Buffer.from(bytes);
        damaged[1600] = damaged[1600]! ^ 1;
        assert.equal(verifySignature(damaged, [db]), undefined);
      });

  test(
    'one by a key that an authority of openssl vouches for is accepted by that authority',
    { skip: skipUnless('openssl', 'sbsign') },
    () => {
      const subject = (name: string) => [
        '-subj',
        `/O=Example/CN=${name}`,
        '-nodes',
        '-newkey',
        'rsa:2048',
      ];
      run(
        'openssl',
        'req',
        '-x509',
        ...subject('authority'),
        '-keyout',
        at('ca.key'),
        '-out',
        at('ca.crt'),
      );
      run(
        'openssl',
        'req',
        ...subject('signer'),
        '-keyout',
        at('leaf.key'),
        '-out',
        at('leaf.csr'),
      );
      const issue = [
        '-req',
        '-in',
        at('leaf.csr'),
        '-CA',
        at('ca.crt'),
        '-CAkey',
        at('ca.key'),
        '-CAcreateserial',
      ];
      run('openssl', 'x509', ...issue, '-days', '10', '-out', at('leaf.crt'));
      run(
        'sbsign',
        '--key',
        at('leaf.key'),
        '--cert',
        at('leaf.crt'),
        '--output',
        at('chain'),
        at('plain'),
      );
      const bytes = fs.readFileSync(at('chain'));
      const [authority, leaf] = [readCertificate(at('ca.crt')), readCertificate(at('leaf.crt'))];
      assert.equal(verifySignature(bytes, [authority]), authority);
      assert.equal(verifySignature(bytes, [leaf]), leaf);
      assert.equal(verifySignature(bytes, [db]), undefined);
      // A certificate that may not issue others vouches for itself alone.
      const below = [
        '-req',
        '-in',
        at('leaf.csr'),
        '-CA',
        at('leaf.crt'),
        '-CAkey',
        at('leaf.key'),
        '-CAcreateserial',
      ];
      run('openssl', 'x509', ...below, '-days', '10', '-out', at('below.crt'));
      run(
        'sbsign',
        '--key',
        at('leaf.key'),
        '--cert',
        at('below.crt'),
        '--output',
        at('below'),
        at('plain'),
      );
      assert.equal(verifySignature(fs.readFileSync(at('below')), [leaf]), undefined);
    },
  );

  test("Debian's signature of its boot loader leads to Debian's authority", () => {
    const vector = (name: string) =>
      fs.readFileSync(join(CHECKOUT, 'test/vectors/secure-boot', name));
    const signedData = parseSignedData(vector('debian-systemd-boot.p7'));
    const authority = parseCertificate(vector('debian-ca.der'));
    assert.equal(authority.commonName, 'Debian Secure Boot CA');
    const { content: indirect } = signedData.content!;
    assert.equal(signedContentBy(signedData, indirect, [authority]), authority);
    assert.equal(signedContentBy(signedData, indirect, [db]), undefined);
    assert.equal(signedContentBy(signedData, indirect.subarray(1), [authority]), undefined);
  });
});

test(
  'openssl reads our certificates, and finds their signatures right',
  { skip: skipUnless('openssl') },
  () => {
    for (const name of ['PK', 'KEK', 'db']) {
      run(
        'openssl',
        'verify',
        '-check_ss_sig',
        '-x509_strict',
        '-no_check_time',
        '-CAfile',
        crt(name),
        crt(name),
      );
      const text = run(
        'openssl',
        'x509',
        '-in',
        crt(name),
        '-noout',
        '-subject',
        '-dates',
        '-fingerprint',
        '-sha256',
      );
      assert.match(text, new RegExp(`CN ?= ?test ${name}`));
      assert.match(text, /notBefore=Feb 29 12:34:56 2024 GMT/);
      run('openssl', 'rsa', '-in', key(name), '-check', '-noout');
      assert.equal(fs.statSync(key(name)).mode & 0o777, 0o600);
    }
  },
);

describe(
  'variables, byte for byte as efitools makes them',
  { skip: skipUnless('cert-to-efi-sig-list', 'sign-efi-sig-list', 'hash-to-efi-sig-list') },
  () => {
    const OWNER = '11111111-2222-3333-4444-555555555555';
    const time = '2024-02-29 12:34:56';
    /** efitools takes the time as that of the place where it runs. */
    const signList = (name: string, by: string, list: string, output: string, ...more: string[]) =>
      execFileSync(
        'sign-efi-sig-list',
        [...more, '-t', time, '-c', crt(by), '-k', key(by), name, at(list), at(output)],
        { env: { ...process.env, TZ: 'UTC' } },
      );

    test('PK.auth, KEK.auth and db.auth', () => {
      ours('enroll-files', keys, '--output', at('enroll'), '--owner', OWNER);
      for (const [name, by] of [
        ['PK', 'PK'],
        ['KEK', 'PK'],
        ['db', 'KEK'],
      ] as const) {
        run('cert-to-efi-sig-list', '-g', OWNER, crt(name), at(`${name}.esl`));
        signList(name, by, `${name}.esl`, `${name}.auth`);
        assert.deepEqual(
          fs.readFileSync(at(`enroll/${name}.auth`)),
          fs.readFileSync(at(`${name}.auth`)),
        );
      }
    });

    test('updates of dbx, in place of what is there and added to it', () => {
      // The owner that hash-to-efi-sig-list names.
      const owner = ['--owner', '605dab50-e046-4300-abb6-3dd810dd8b23'];
      const files = [at('plain'), at('tail'), at('gap')];
      run('hash-to-efi-sig-list', ...files, at('dbx.esl'));
      const signer = ['--cert', crt('KEK'), '--key', key('KEK'), '--time', TIME];
      ours('revoke', ...files, ...signer, ...owner, '--output', at('ours.auth'));
      signList('dbx', 'KEK', 'dbx.esl', 'theirs.auth');
      assert.deepEqual(fs.readFileSync(at('ours.auth')), fs.readFileSync(at('theirs.auth')));
      ours('revoke', ...files, ...signer, ...owner, '--append', '--output', at('ours.auth'));
      signList('dbx', 'KEK', 'dbx.esl', 'theirs.auth', '-a');
      assert.deepEqual(fs.readFileSync(at('ours.auth')), fs.readFileSync(at('theirs.auth')));
    });
  },
);

test('a signature is one alone, with the certificate of its key', () => {
  ours('sign', at('plain'), '--cert', crt('db'), '--key', key('db'), '--output', at('one'));
  ours('sign', at('one'), '--cert', crt('KEK'), '--key', key('KEK'), '--output', at('other'));
  const [signature, ...more] = signatureOf(fs.readFileSync(at('other')));
  assert.deepEqual(more, []);
  assert.deepEqual(
    signature?.certificates.map(({ commonName }) => commonName),
    ['test KEK'],
  );
});
