/** The library: keys, seals, trust, and pulls that depend on them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import {
  checkSeal,
  generateSignerKey,
  importSignerKey,
  initRepository,
  parseSignerKey,
  parseVerifierKey,
  readSignerKey,
  readVerifierKey,
  writeSignerKey,
  type KeySigner,
  type Repository,
  type SignerKey,
  type SignerFunction,
} from '../../src/api/index.js';
import { ed25519Sign } from '../../src/formats/seal/ed25519.js';
import { printVerifierKey, signerKeyFromSeed } from '../../src/formats/seal/key.js';
import { printSignature, signText } from '../../src/formats/seal/note.js';
import { scratchDirectory } from '../helpers/scratch.js';
import { StaticServer } from '../helpers/static-server.js';

async function committed(
  t: TestContext,
): Promise<{ scratch: string; repository: Repository; id: string }> {
  const scratch = scratchDirectory(t);
  fs.mkdirSync(join(scratch, 'tree'));
  fs.writeFileSync(join(scratch, 'tree/file'), 'content '.repeat(100));
  const repository = await initRepository(join(scratch, 'repo'));
  const source = { kind: 'directory', path: join(scratch, 'tree') } as const;
  const { id } = await repository.commit({ source, branch: 'main', name: 'example', sequence: 7 });
  return { scratch, repository, id };
}

test('a key is written, read again with its passphrase, and shows nothing of its secret', async (t) => {
  const scratch = scratchDirectory(t);
  const seed = '5a'.repeat(32);
  fs.writeFileSync(join(scratch, 'seed'), seed);
  const key = await importSignerKey(join(scratch, 'seed'), 'release.example.org');
  const shown = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
  assert.ok(!shown.includes(Buffer.from(seed, 'hex').toString('base64').slice(4, 30)));
  assert.ok(!/90, 90|5a5a/.test(shown));

  const file = join(scratch, 'release.key');
  await writeSignerKey(file, key, { passphrase: 'correct horse' });
  await assert.rejects(writeSignerKey(file, key), { code: 'USAGE' });
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  await assert.rejects(readSignerKey(file), { code: 'USAGE' });
  await assert.rejects(readSignerKey(file, { passphrase: 'wrong' }), { code: 'USAGE' });
  const read = await readSignerKey(file, { passphrase: 'correct horse' });
  assert.deepEqual(read, key);
  const text = fs.readFileSync(file, 'utf8');
  const passphrase = Buffer.from('correct horse');
  assert.deepEqual(await parseSignerKey(text, { passphrase }), key);
  assert.deepEqual(await readVerifierKey(`${file}.pub`), key.verifier);
  assert.deepEqual(await parseVerifierKey(key.verifier.text), key.verifier);
  await assert.rejects(parseSignerKey(key.verifier.text), { code: 'FORMAT_INVALID' });
  await assert.rejects(parseVerifierKey('nothing'), { code: 'FORMAT_INVALID' });
  await assert.rejects(generateSignerKey('two words'), { code: 'USAGE' });
});

test('what was sealed is accepted by the right keys and policy alone', async (t) => {
  const { repository, id } = await committed(t);
  const key = await generateSignerKey('one.example.org');
  const other = await generateSignerKey('two.example.org');
  const trust = { keys: [key.verifier, other.verifier] };
  await assert.rejects(repository.verify('main', trust), { code: 'SEAL_MISSING' });
  const sealed = await repository.seal('main', { signers: [key] });
  assert.deepEqual(sealed, {
    commit: id,
    signatures: [{ name: key.name, keyId: key.keyId }],
    unchecked: [],
  });
  const report = await repository.verify('main', trust);
  assert.equal(report.accepted, true);
  assert.equal(report.facts?.commit, id);
  const { commit } = await repository.show('main');
  assert.deepEqual(report.facts.images, [commit.image]);

  const policy = (wanted: object) => ({ ...trust, policy: wanted });
  for (const [refused, code, decision] of [
    [{ keys: [other.verifier] }, 'SEAL_UNTRUSTED', 'SEAL_THRESHOLD'],
    [{ keys: [] }, 'SEAL_UNTRUSTED', 'SEAL_THRESHOLD'],
    [policy({ threshold: 2 }), 'SEAL_UNTRUSTED', 'SEAL_THRESHOLD'],
    [policy({ name: 'another' }), 'SEAL_UNTRUSTED', 'SEAL_NAME_MISMATCH'],
    [policy({ minSequence: 8 }), 'SEAL_UNTRUSTED', 'SEAL_SEQUENCE'],
  ] as const) {
    await assert.rejects(repository.verify('main', refused), { code, details: { decision } });
    assert.equal((await repository.inspectSeal('main', refused)).code, decision);
  }
  for (const wrong of [
    { treshold: 2 },
    { threshold: 0 },
    { threshold: '2' },
    { mode: 'all' },
    { name: '' },
  ])
    await assert.rejects(repository.verify('main', policy(wrong)), { code: 'USAGE' });

  await repository.seal('main', { signers: [other] });
  await repository.verify('main', policy({ threshold: 2, name: 'example', minSequence: 7 }));
  const note = await repository.readSeal('main');
  assert.ok(note !== undefined);
  assert.equal((await checkSeal(note, trust, { commit: id, image: commit.image })).accepted, true);
  const elsewhere = await checkSeal(note, trust, { commit: '0'.repeat(64) });
  assert.equal(elsewhere.code, 'SEAL_COMMIT_MISMATCH');
  assert.equal((await checkSeal('nothing', trust)).code, 'SEAL_NOTE_INVALID');
});

test('a signer may be a function, and what it returns is checked where its key is known', async (t) => {
  const { repository, id } = await committed(t);
  const secret = signerKeyFromSeed('token.example.org', Buffer.alloc(32, 7));
  const verifier = await parseVerifierKey(
    `${secret.name}+${secret.keyId}+${Buffer.concat([Buffer.of(1), secret.publicKey]).toString('base64')}`,
  );
  const asked: string[] = [];
  const sign: SignerFunction = (text, commit) => {
    asked.push(commit);
    return Promise.resolve(`${printSignature(signText(text, secret)).trimEnd()}\n`);
  };
  const forge: SignerFunction = () => sign('another text\n', id);
  const silent: SignerFunction = () => Promise.resolve('nothing');
  const known = [verifier];
  await assert.rejects(repository.seal('main', { signers: [forge], known }), {
    code: 'FAILED',
    message: /signer function forge/,
  });
  await assert.rejects(repository.seal('main', { signers: [silent], known }), { code: 'FAILED' });
  await assert.rejects(repository.seal('main', { signers: [] }), { code: 'USAGE' });
  const forged = { name: 'x', keyId: '00000000', verifier } satisfies SignerKey;
  await assert.rejects(repository.seal('main', { signers: [forged] }), { code: 'USAGE' });
  assert.equal(await repository.readSeal('main'), undefined);

  const { unchecked } = await repository.seal('main', { signers: [sign] });
  assert.deepEqual(unchecked, [{ name: secret.name, keyId: secret.keyId }]);
  assert.deepEqual((await repository.seal('main', { signers: [sign], known })).unchecked, []);
  assert.ok(asked.every((commit) => commit === id));
  await repository.verify('main', { keys: known });
});

test('a signer may be a key and a function that signs bytes, for a seal and for a commit', async (t) => {
  const { scratch, repository, id } = await committed(t);
  const secret = signerKeyFromSeed('token.example.org', Buffer.alloc(32, 7));
  const key = await parseVerifierKey(printVerifierKey(secret));
  const asked: string[] = [];
  const token: KeySigner = {
    key,
    sign: (bytes, { commit }) => {
      asked.push(commit);
      return Promise.resolve(ed25519Sign(bytes, secret.seed));
    },
  };
  const wrongs: readonly [KeySigner['sign'], RegExp][] = [
    [() => Promise.resolve(ed25519Sign(Buffer.from('x'), secret.seed)), /gave a wrong signature/],
    [(bytes) => Promise.resolve(ed25519Sign(bytes, Buffer.alloc(32, 8))), /wrong signature/],
    [() => Promise.resolve(new Uint8Array(0)), /wrong signature/],
    [() => Promise.resolve('text' as never), /token\.example\.org\+\w+ returned no bytes/],
    [
      (bytes) => {
        bytes.fill(0);
        return Promise.resolve(ed25519Sign(bytes, secret.seed));
      },
      /wrong signature/,
    ],
  ];
  const source = { kind: 'directory', path: join(scratch, 'tree') } as const;
  for (const [sign, message] of wrongs) {
    const refused = { code: 'FAILED', message };
    const signers = [await generateSignerKey('one.example.org'), { key, sign }];
    await assert.rejects(repository.seal('main', { signers }), refused);
    await assert.rejects(repository.commit({ source, branch: 'main', signers }), refused);
  }
  const gone = new Error('the token was taken out');
  const broken: KeySigner = { key, sign: () => Promise.reject(gone) };
  await assert.rejects(repository.seal('main', { signers: [broken] }), gone);
  assert.equal(await repository.readSeal('main'), undefined);
  assert.equal((await repository.show('main')).id, id);

  const sealed = await repository.seal('main', { signers: [token] });
  const signature = { name: secret.name, keyId: secret.keyId };
  assert.deepEqual(sealed, { commit: id, signatures: [signature], unchecked: [] });
  const next = await repository.commit({ source, branch: 'main', signers: [token] });
  assert.deepEqual(asked, [id, next.id]);
  for (const revision of ['main', 'main^']) await repository.verify(revision, { keys: [key] });
});

test('a signer function hears that its call is interrupted', async (t) => {
  const { repository } = await committed(t);
  const { verifier: key } = await generateSignerKey('token.example.org');
  const controller = new AbortController();
  const sign: KeySigner['sign'] = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(new Error('the service was left'));
      });
      controller.abort();
    });
  const { signal } = controller;
  await assert.rejects(repository.seal('main', { signers: [{ key, sign }], signal }), {
    code: 'INTERRUPTED',
  });
  assert.equal(await repository.readSeal('main'), undefined);
});

test('a pull takes what is trusted, from a directory and by HTTP, and only says so on a dry run', async (t) => {
  const { scratch, repository, id } = await committed(t);
  const key = await generateSignerKey('release.example.org');
  const trust = { keys: [key.verifier] };
  const directory = { name: 'upstream', url: repository.path };
  const mirror = await initRepository(join(scratch, 'mirror'));
  const request = { remote: directory, branch: 'main', trust };
  await assert.rejects(mirror.pull(request), { code: 'SEAL_MISSING' });
  await repository.seal('main', { signers: [key] });
  const stranger = { keys: [(await generateSignerKey('other.example.org')).verifier] };
  await assert.rejects(mirror.pull({ ...request, trust: stranger }), { code: 'SEAL_UNTRUSTED' });

  const dry = await mirror.pull({ ...request, dryRun: true });
  const { commit } = dry;
  assert.deepEqual([dry.id, dry.changed, dry.objects], [id, false, 2]);
  assert.deepEqual((await mirror.refs()).refs, []);
  const tasks = new Set<string>();
  const pulled = await mirror.pull({ ...request, onProgress: ({ task }) => tasks.add(task) });
  assert.deepEqual(
    [pulled.id, pulled.changed, pulled.objects, pulled.bytes],
    [id, true, 2, dry.bytes - commit.imageSize],
  );
  assert.deepEqual([...tasks], ['fetch', 'publish']);
  assert.equal((await mirror.pull(request)).changed, false);
  assert.equal((await mirror.verify('upstream/main', trust)).accepted, true);

  const { url } = await StaticServer.start(t, repository.path);
  const keys = join(scratch, 'keys');
  fs.mkdirSync(keys);
  fs.writeFileSync(join(keys, 'release.pub'), `${key.verifier.text}\n`);
  const other = await initRepository(join(scratch, 'other'));
  await other.addRemote({ name: 'web', url, keys });
  assert.deepEqual(await other.remotes(), [{ name: 'web', url, keys }]);
  assert.equal((await other.pull({ remote: 'web', branch: 'main' })).id, id);
  await other.removeRemote('web');
  assert.deepEqual((await other.refs()).refs, []);

  const loose = await initRepository(join(scratch, 'loose'));
  const unsealed = { ...request, trust: { keys: [], policy: { mode: 'none' } } } as const;
  assert.equal((await loose.pull(unsealed)).id, id);
  for (const remote of ['none', { name: 'x', url: 'ftp://example.org/' }])
    await assert.rejects(loose.pull({ ...request, remote }), {
      code: /^(?:USAGE|PATH_NOT_FOUND)$/,
    });
});
