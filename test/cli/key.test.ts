/** `rootseal key`: files, their modes, passphrases and keys of other programs. */
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootseal, type CallResult } from '../helpers/cli.js';
import { expectStatus } from '../helpers/repository.js';
import { scratchDirectory } from '../helpers/scratch.js';

/** Seed of the keys that are imported here. */
const SEED = Buffer.alloc(32, 0x2a);
const PRIVATE_KEY = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), SEED]),
  format: 'der',
  type: 'pkcs8',
});

/** The verifier key of that seed under the name `k`, made with nothing of ours. */
function expectedVerifier(): string {
  const raw = createPublicKey(PRIVATE_KEY).export({ format: 'der', type: 'spki' }).subarray(-32);
  const blob = Buffer.concat([Buffer.of(1), raw]);
  const hash = createHash('sha256').update('k\n').update(blob).digest('hex');
  return `k+${hash.slice(0, 8)}+${blob.toString('base64')}`;
}

const callIn =
  (cwd: string) =>
  (...args: string[]): CallResult =>
    rootseal(args, { cwd });

test('the printed document has name, id, public key and line, and nothing secret', (t) => {
  const directory = scratchDirectory(t);
  const call = callIn(directory);
  const made = call('key', 'generate', 'release.example.org', '--output', 'k', '--json');
  const document = JSON.parse(expectStatus(made)) as Record<string, string>;
  assert.deepEqual(Object.keys(document), ['version', 'name', 'keyId', 'publicKey', 'verifierKey']);
  assert.equal(document['name'], 'release.example.org');
  assert.match(document['keyId'] ?? '', /^[0-9a-f]{8}$/);
  assert.equal(Buffer.from(document['publicKey'] ?? '', 'base64').length, 32);
  assert.equal(
    `${document['verifierKey'] ?? ''}\n`,
    fs.readFileSync(join(directory, 'k.pub'), 'utf8'),
  );
  for (const file of ['k', 'k.pub'])
    assert.deepEqual(JSON.parse(expectStatus(call('key', 'show', file, '--json'))), document, file);
});

test('a signer key is private whatever the umask, and the verifier key is not', (t) => {
  const directory = scratchDirectory(t);
  const umask = process.umask(0);
  t.after(() => process.umask(umask));
  expectStatus(callIn(directory)('key', 'generate', 'k', '--output', 'k'));
  assert.equal(fs.statSync(join(directory, 'k')).mode & 0o777, 0o600);
  assert.equal(fs.statSync(join(directory, 'k.pub')).mode & 0o777, 0o644);
});

test('a link in place of either file is not followed, and no half of a pair is left', (t) => {
  const directory = scratchDirectory(t);
  for (const [link, other] of [
    ['a', 'a.pub'],
    ['b.pub', 'b'],
  ] as const) {
    fs.symlinkSync('target', join(directory, link));
    const { status, stdout, stderr } = callIn(directory)(
      'key',
      'generate',
      'k',
      '--output',
      link.slice(0, 1),
    );
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /exists already\nhint: .*never overwritten/);
    assert.equal(fs.existsSync(join(directory, 'target')), false);
    assert.equal(fs.existsSync(join(directory, other)), false);
  }
});

for (const name of ['a b', 'a+b', '', 'a\u00a0b']) {
  test(`no key is called ${JSON.stringify(name)}`, (t) => {
    const directory = scratchDirectory(t);
    fs.writeFileSync(join(directory, 'seed'), SEED);
    for (const args of [
      ['generate', name],
      ['import', 'seed', `--name=${name}`],
    ])
      assert.equal(callIn(directory)('key', ...args, '--output', 'k').status, 2);
    assert.deepEqual(fs.readdirSync(directory), ['seed']);
  });
}

test('the same seed gives the same key from PKCS#8, hex, base64 and bytes', (t) => {
  const directory = scratchDirectory(t);
  const call = callIn(directory);
  const pem = PRIVATE_KEY.export({ format: 'pem', type: 'pkcs8' });
  const files = { pem, hex: SEED.toString('hex'), base64: SEED.toString('base64'), bytes: SEED };
  for (const [form, content] of Object.entries(files)) {
    fs.writeFileSync(join(directory, form), content);
    const imported = call('key', 'import', form, '--name', 'k', '--output', `${form}.key`);
    assert.equal(expectStatus(imported), expectedVerifier(), form);
    assert.equal(fs.statSync(join(directory, `${form}.key`)).mode & 0o777, 0o600);
  }
  const again = call('key', 'import', 'hex', '--name', 'other', '--output', 'hex.key');
  assert.equal(again.status, 2);
  assert.equal(expectStatus(call('key', 'show', 'hex.key')), expectedVerifier());
});

test('what holds no key is refused by the name of its file, and not shown', (t) => {
  const directory = scratchDirectory(t);
  const call = callIn(directory);
  fs.writeFileSync(join(directory, 'text'), 'secret words\n');
  fs.writeFileSync(join(directory, 'long'), Buffer.alloc(100_000, 'x'));
  fs.mkdirSync(join(directory, 'directory'));
  for (const [file, status] of [
    ['text', 17],
    ['long', 17],
    ['directory', 2],
    ['nothing', 10],
  ] as const) {
    for (const args of [
      ['show', file],
      ['import', file, '--name', 'k', '--output', 'k'],
    ]) {
      const result = call('key', ...args);
      assert.equal(result.status, status, result.stderr);
      assert.equal(result.stdout, '');
      assert.match(result.stderr, new RegExp(`^error: ${file}\\b`));
      assert.doesNotMatch(result.stderr, /secret words|xxxx/);
    }
  }
  assert.equal(fs.existsSync(join(directory, 'k')), false);
});

test('a wrong passphrase is wrong use, and a key whose cost is out of bounds is damaged', (t) => {
  const directory = scratchDirectory(t);
  const call = callIn(directory);
  fs.writeFileSync(join(directory, 'right'), 'correct horse\nand more lines\n');
  fs.writeFileSync(join(directory, 'wrong'), 'battery staple\n');
  fs.writeFileSync(join(directory, 'none'), '\n');
  const show = (key: string, passphrase: string) =>
    call('key', 'show', key, '--passphrase-file', passphrase);
  const made = call('key', 'generate', 'k', '--output', 'k', '--passphrase-file', 'right');
  const line = fs.readFileSync(join(directory, 'k'), 'utf8');
  fs.writeFileSync(join(directory, 'costly'), line.replace('scrypt-17', 'scrypt-30'));
  assert.match(line, /^ENCRYPTED\+PRIVATE\+KEY\+k\+/);
  assert.equal(expectStatus(show('k', 'right')), expectStatus(made));
  assert.equal(expectStatus(call('key', 'show', 'k.pub')), expectStatus(made));
  for (const [result, status, message] of [
    [show('k', 'wrong'), 2, /^error: k: the passphrase is wrong or the key is damaged$/m],
    [show('k', 'none'), 2, /^error: none: the passphrase is empty$/m],
    [show('k', 'nothing'), 10, /^error: nothing: no such file$/m],
    [call('key', 'show', 'k'), 2, /^error: k is encrypted\nhint: .*--passphrase-file$/m],
    [show('costly', 'right'), 17, /^error: costly: .*the cost is 30/m],
  ] as const) {
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, message);
    assert.equal(result.stdout, '');
  }
});
