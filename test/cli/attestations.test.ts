/** `rootseal attest`, and attestations in show, verify, pull, fsck, gc and du. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parseAttestation } from '../../src/formats/attestation/check-attestation.js';
import { ENVELOPE_SIZE_MAX, printEnvelope } from '../../src/formats/dsse/envelope.js';
import { signEnvelope, STRANGER } from '../helpers/attested-release.js';
import { startRootseal } from '../helpers/cli-async.js';
import { expectStatus, templateRepository, TestRepository } from '../helpers/repository.js';
import { StaticServer } from '../helpers/static-server.js';

const STATUS = `Package: base-files
Status: install ok installed
Architecture: amd64
Version: 13.8+deb13u2

Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.41-12
`;

const TREE = {
  'usr/lib/os-release': 'ID=debian\nVERSION_ID="13"\n',
  'var/lib/dpkg/status': STATUS,
};

const BUILDER = ['--builder-id', 'https://ci.example.org/builders/7'];
const ALL = ['--type', 'slsa', '--type', 'cyclonedx', '--type', 'spdx', ...BUILDER];
const KINDS = ['cyclonedx', 'slsa', 'spdx'];

interface Bench {
  readonly repository: TestRepository;
  readonly commit: string;
  readonly key: string;
  readonly second: string;
  /** Directory of the verifier key of `key`. */
  readonly keys: string;
}

const bench = templateRepository((repository): Bench => {
  const keys = join(repository.scratch, 'keys');
  fs.mkdirSync(keys);
  const make = (name: string, seed: string): string => {
    const file = join(repository.scratch, name);
    fs.writeFileSync(`${file}.seed`, seed.repeat(32));
    repository.expect(['key', 'import', `${file}.seed`, '--name', name, '--output', file]);
    return file;
  };
  const [key, second] = [make('release', '11'), make('second', '22')];
  fs.copyFileSync(`${key}.pub`, join(keys, 'release.pub'));
  const facts = ['--name', 'debian', '--release-version', '13', '--sequence', '7', '--key', key];
  const commit = repository.commit(TREE, 'main', ...facts);
  return { repository, commit, key, second, keys };
});

function attested(t: TestContext): Bench {
  const made = bench(t);
  made.repository.expect(['attest', 'main', ...ALL, '--key', made.key]);
  return made;
}

function fileOf(repository: TestRepository, commit: string, kind: string): string {
  return repository.file(`attestations/${commit}/${kind}.dsse.json`);
}

/** The payload of an attestation. */
function statementIn(repository: TestRepository, commit: string, kind: string) {
  return parseAttestation(fs.readFileSync(fileOf(repository, commit, kind))).statement;
}

function verify({ repository, keys }: Bench, ...args: string[]) {
  return repository.call(['verify', 'main', '--attestations', '--keys', keys, ...args]);
}

test('attest prints the commit id alone; the same inputs give the same bytes', (t) => {
  const { repository, commit, key } = bench(t);
  assert.equal(repository.expect(['attest', 'main', ...ALL, '--key', key]), commit);
  const read = () => KINDS.map((kind) => fs.readFileSync(fileOf(repository, commit, kind)));
  const first = read();
  repository.expect(['attest', commit, ...ALL, '--key', key]);
  assert.deepEqual(read(), first);
  fs.rmSync(repository.file('attestations'), { recursive: true });
  repository.expect(['attest', 'main', ...ALL, '--key', key]);
  assert.deepEqual(read(), first);
});

test('subjects are plain SHA-256 of the files of the repository that they name', (t) => {
  const { repository, commit } = attested(t);
  for (const kind of KINDS) {
    const { subjects } = statementIn(repository, commit, kind);
    assert.equal(subjects.length, 2);
    for (const { name, sha256 } of subjects) {
      const [sum] = execFileSync('sha256sum', [repository.file(name)])
        .toString()
        .split(' ');
      assert.equal(sum, sha256, name);
    }
    assert.deepEqual(subjects[0], { name: `commits/${commit}`, sha256: commit });
  }
});

test('packages are those of the database in the tree, with their sources', (t) => {
  const { repository, commit } = attested(t);
  const urls = [
    'pkg:deb/debian/base-files@13.8%2Bdeb13u2?arch=amd64&distro=debian-13',
    'pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13',
  ];
  const bom = statementIn(repository, commit, 'cyclonedx').predicate as unknown as {
    components: { purl: string; properties: { value: string }[] }[];
    metadata: { timestamp: string };
  };
  assert.deepEqual(
    bom.components.map(({ purl }) => purl),
    urls,
  );
  assert.deepEqual(
    bom.components[1]?.properties.map(({ value }) => value),
    ['glibc', '2.41-12'],
  );
  assert.equal(bom.metadata.timestamp, '2026-11-23T10:00:00Z');
  const text = JSON.stringify(statementIn(repository, commit, 'spdx').predicate);
  for (const url of urls) assert.ok(text.includes(`"software_packageUrl":"${url}"`));
  assert.match(text, /built from the source package glibc 2\.41-12/);
});

test('a tree without a package database has no list of packages, but provenance', (t) => {
  const { repository, key } = bench(t);
  repository.commit({ 'usr/lib/os-release': 'ID=x\n' }, 'bare');
  const { status, stderr } = repository.call(['attest', 'bare', '--type', 'spdx', '--key', key]);
  assert.equal(status, 14, stderr);
  assert.match(stderr, /no package database/);
  repository.expect(['attest', 'bare', '--type', 'slsa', ...BUILDER, '--key', key]);
});

test('provenance says what it was told, of git and of the build', (t) => {
  const { repository, commit, key } = bench(t);
  const source = join(repository.scratch, 'source');
  fs.mkdirSync(join(source, 'trixie'), { recursive: true });
  fs.writeFileSync(join(source, 'trixie/recipe'), 'packages\n');
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', source, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words]);
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'x');
  git('remote', 'add', 'origin', 'https://user:hunter2@example.org/images.git');
  const record = join(repository.scratch, 'record.json');
  const libc = {
    uri: 'pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13',
    digest: { sha256: 'a'.repeat(64) },
  };
  fs.writeFileSync(
    record,
    JSON.stringify({
      builder: { id: 'https://ci.example.org/builders/7' },
      invocationId: 'run-1',
      externalParameters: { suite: 'trixie' },
      resolvedDependencies: [libc],
    }),
  );
  const told = ['--source-git', join(source, 'trixie'), '--build-record', record];
  repository.expect(['attest', 'main', '--type', 'slsa', ...told, '--key', key]);
  const head = git('rev-parse', 'HEAD').toString().trim();
  assert.deepEqual(statementIn(repository, commit, 'slsa').predicate, {
    buildDefinition: {
      buildType: 'pkg:npm/rootseal#docs/formats/attestations.md/commit-v1',
      externalParameters: {
        image: (repository.json(['show', 'main']) as { image: string }).image,
        name: 'debian',
        release: '13',
        sequence: 7,
        build: { suite: 'trixie' },
      },
      resolvedDependencies: [
        {
          uri: 'git+https://example.org/images.git',
          digest: { gitCommit: head },
          annotations: { dirty: false, path: 'trixie' },
        },
        libc,
        { uri: 'pkg:deb/debian/base-files@13.8%2Bdeb13u2?arch=amd64&distro=debian-13' },
      ],
    },
    runDetails: {
      builder: { id: 'https://ci.example.org/builders/7' },
      metadata: { invocationId: 'run-1' },
    },
  });
});

test('wrong use is told before anything is written', (t) => {
  const { repository, key } = bench(t);
  const record = join(repository.scratch, 'record.json');
  fs.writeFileSync(record, '{"builder":{"id":"https://elsewhere.example.org/"}}');
  const slsa = ['--type', 'slsa'];
  const cases: readonly (readonly [number, RegExp, readonly string[]])[] = [
    [2, /no signer given/, [...slsa, ...BUILDER]],
    [2, /names the place where the tree was built/, [...slsa, '--key', key]],
    [2, /no URI/, [...slsa, '--builder-id', 'ci', '--key', key]],
    [2, /go with --type slsa/, ['--type', 'spdx', ...BUILDER, '--key', key]],
    [2, /different builders/, [...slsa, ...BUILDER, '--build-record', record, '--key', key]],
    [2, /no git work tree/, [...slsa, ...BUILDER, '--source-git', '/proc', '--key', key]],
    [10, /no such file/, [...slsa, '--build-record', '/nowhere', '--key', key]],
    [10, /no such file/, [...slsa, ...BUILDER, '--key', '/nowhere']],
  ];
  for (const [status, message, words] of cases) {
    const result = repository.call(['attest', 'main', ...words]);
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, message);
  }
  assert.equal(fs.existsSync(repository.file('attestations')), false);
});

test('another signer adds a signature; another statement needs --replace', (t) => {
  const b = attested(t);
  const { repository, commit, second } = b;
  repository.expect(['attest', 'main', ...ALL, '--key', second]);
  const shown = repository.json(['show', 'main', '--attestations']) as {
    attestations: { type: string; signatures: { name: string }[] }[];
  };
  for (const { signatures } of shown.attestations)
    assert.deepEqual(
      signatures.map(({ name }) => name),
      ['release', 'second'],
    );
  const other = ['--type', 'slsa', '--builder-id', 'https://ci.example.org/other', '--key', second];
  const before = fs.readFileSync(fileOf(repository, commit, 'slsa'));
  const { status, stderr } = repository.call(['attest', 'main', ...other]);
  assert.equal(status, 2);
  assert.match(stderr, /says something else.*\n.*--replace/);
  assert.deepEqual(fs.readFileSync(fileOf(repository, commit, 'slsa')), before);
  repository.expect(['attest', 'main', ...other, '--replace']);
  assert.equal(verify(b).status, 12);
  assert.match(verify(b).stderr, /slsa is refused: no known key has signed it/);
});

test('a command signs attestations as it signs seals; what it prints is checked first', (t) => {
  const b = bench(t);
  const { repository, commit, key, keys } = b;
  const privateKey = createPrivateKey({
    key: Buffer.from(`302e020100300506032b657004220420${'11'.repeat(32)}`, 'hex'),
    format: 'der',
    type: 'pkcs8',
  });
  const pem = join(repository.scratch, 'token.pem');
  fs.writeFileSync(pem, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const program = join(repository.scratch, 'token.cjs');
  fs.writeFileSync(
    program,
    `const { sign } = require('node:crypto');
     const { readFileSync } = require('node:fs');
     process.stdout.write(sign(null, readFileSync(0), readFileSync(${JSON.stringify(pem)})));`,
  );
  const attest = (command: string) =>
    repository.call([
      ...['attest', 'main', '--type', 'spdx', '--signer-command', command],
      ...['--signer-key', 'release', '--keys', keys],
    ]);
  const command = `'${process.execPath}' '${program}'`;
  for (const wrong of [`echo more | ${command}`, `${command} | head -c 63`, 'exit 3']) {
    const { status, stderr } = attest(wrong);
    assert.equal(status, 1, stderr);
    assert.equal(fs.existsSync(repository.file('attestations')), false);
  }
  expectStatus(attest(command));
  const signed = fs.readFileSync(fileOf(repository, commit, 'spdx'));
  assert.equal(verify(b).status, 0);
  fs.rmSync(repository.file('attestations'), { recursive: true });
  repository.expect(['attest', 'main', '--type', 'spdx', '--key', key]);
  assert.deepEqual(signed, fs.readFileSync(fileOf(repository, commit, 'spdx')), 'as with its file');
});

test('verify --attestations accepts what a known key has signed, and asks for what is named', (t) => {
  const b = bench(t);
  const { repository, key } = b;
  assert.equal(verify(b).status, 12);
  assert.match(verify(b).stderr, /has no attestation\n/);
  repository.expect(['attest', 'main', '--type', 'spdx', '--key', key]);
  const accepted = verify(b, '--type', 'spdx', '--json');
  const document = JSON.parse(expectStatus(accepted)) as {
    attestations: { type: string; decision: { code: string } }[];
  };
  assert.deepEqual(
    document.attestations.map(({ type, decision }) => [type, decision.code]),
    [['spdx', 'ATTESTATION_ACCEPTED']],
  );
  assert.match(verify(b).stdout, /attestation spdx\n.*\naccepted: signed by 1 known key/);
  const missing = verify(b, '--type', 'slsa', '--type', 'spdx');
  assert.equal(missing.status, 12);
  assert.match(missing.stderr, /no attestation of the kind slsa/);
  assert.equal(repository.call(['verify', 'main', '--type', 'spdx']).status, 2);
  const note = repository.file(`seals/${b.commit}`);
  assert.equal(repository.call(['verify', note, '--attestations']).status, 2);
});

test('P4, P5: what was changed, moved from another release or signed by a stranger is refused', (t) => {
  const b = attested(t);
  const { repository, commit, key } = b;
  const other = repository.commit({ ...TREE, more: 'x' }, 'other', '--sequence', '8');
  repository.expect(['attest', 'other', ...ALL, '--key', key]);
  const file = fileOf(repository, commit, 'cyclonedx');
  const good = fs.readFileSync(file);
  const { payload } = parseAttestation(good);
  const retyped = good.toString().replace('application/vnd.in-toto+json', 'application/json');
  for (const [bytes, code] of [
    [Buffer.from(retyped), 'ATTESTATION_SIGNATURE_WRONG'],
    [fs.readFileSync(fileOf(repository, other, 'cyclonedx')), 'ATTESTATION_MISMATCH'],
    [fs.readFileSync(fileOf(repository, commit, 'spdx')), 'ATTESTATION_MISMATCH'],
    [printEnvelope(signEnvelope(payload, [STRANGER])), 'ATTESTATION_UNTRUSTED'],
    [good.subarray(1), 'ATTESTATION_ENVELOPE_INVALID'],
    [Buffer.alloc(ENVELOPE_SIZE_MAX + 2, '{'), 'ATTESTATION_ENVELOPE_INVALID'],
  ] as const) {
    fs.writeFileSync(file, bytes);
    const { status, stdout } = verify(b, '--json');
    assert.equal(status, 12);
    const { attestations, decision } = JSON.parse(stdout.split('\n')[0] ?? '') as {
      decision: { accepted: boolean };
      attestations: { type: string; decision: { code: string } }[];
    };
    assert.equal(decision.accepted, true);
    const found = attestations.find(({ type }) => type === 'cyclonedx');
    assert.equal(found?.decision.code, code);
  }
});

test('fsck names damage, others and strays; gc removes attestations with their commit; du counts them', (t) => {
  const { repository, commit, key } = attested(t);
  const other = repository.commit({ ...TREE, more: 'x' }, 'other', '--sequence', '8');
  repository.expect(['attest', 'other', ...ALL, '--key', key]);
  assert.equal(repository.call(['fsck']).status, 0);
  const sizeOf = (id: string) =>
    KINDS.reduce((sum, kind) => sum + fs.statSync(fileOf(repository, id, kind)).size, 0);
  const used = repository.json(['du', 'main', commit]) as {
    commits: { attestationBytes: number }[];
    total: { attestationBytes: number };
  };
  const size = sizeOf(commit);
  assert.deepEqual(
    [...used.commits.map((one) => one.attestationBytes), used.total.attestationBytes],
    [size, size, size],
  );
  assert.match(repository.expect(['du', 'main']), /own +attestations\n/);

  repository.damage(fileOf(repository, commit, 'slsa'));
  fs.copyFileSync(fileOf(repository, other, 'spdx'), fileOf(repository, commit, 'spdx'));
  fs.writeFileSync(repository.file(`attestations/${commit}/notes`), '');
  fs.writeFileSync(repository.file('attestations/stray'), '');
  fs.mkdirSync(repository.file(`attestations/${'a'.repeat(64)}`));
  const { findings } = repository.json(['fsck'], 3) as {
    findings: { kind: string; subject: string }[];
  };
  assert.deepEqual(findings.map(({ kind, subject }) => `${kind} ${subject}`).sort(), [
    `attestation-damaged ${commit}/slsa`,
    `attestation-mismatch ${commit}/spdx`,
    `attestation-orphan ${'a'.repeat(64)}`,
    `stray attestations/${commit}/notes`,
    'stray attestations/stray',
  ]);
  const shown = repository.expect(['show', 'main', '--attestations']);
  assert.match(shown, /attestation slsa .*\n {2}damaged: /);

  const before = sizeOf(other);
  repository.expect(['gc']);
  assert.equal(fs.existsSync(fileOf(repository, other, 'slsa')), true);
  assert.equal(fs.existsSync(repository.file(`attestations/${'a'.repeat(64)}`)), false);
  repository.expect(['branch', 'delete', 'other']);
  const removed = repository.json(['gc']) as { attestationIds: string[]; attestationBytes: number };
  assert.deepEqual([removed.attestationIds, removed.attestationBytes], [[other], before]);
  assert.equal(fs.existsSync(repository.file(`attestations/${other}`)), false);
});

/** A repository that pulls `main` of another one. */
function puller(repository: TestRepository, url: string, keys: string): TestRepository {
  const here = TestRepository.makeIn(fs.mkdtempSync(join(repository.scratch, 'puller-')));
  here.expect(['remote', 'add', 'origin', url, '--keys', keys]);
  return here;
}

for (const kind of ['a directory', 'a web server'] as const)
  test(`attestations are pulled with their commit from ${kind}, and once only`, async (t) => {
    const { repository, commit, keys, second } = attested(t);
    const isServed = kind === 'a web server';
    const url = isServed ? (await StaticServer.start(t, repository.path)).url : repository.path;
    const here = puller(repository, url, keys);
    const pull = async (status = 0) => {
      const env = { ROOTSEAL_REPO: here.path };
      const result = await startRootseal(['pull', 'origin', 'main'], { env }).ended;
      assert.equal(result.status, status, result.stderr);
      return result.stderr;
    };
    const compare = () => {
      for (const one of KINDS)
        assert.deepEqual(
          fs.readFileSync(fileOf(here, commit, one)),
          fs.readFileSync(fileOf(repository, commit, one)),
        );
    };
    await pull();
    compare();
    expectStatus(here.call(['verify', commit, '--attestations', '--keys', keys]));
    await pull(77);
    // Signed once more afterwards, there and here: both stay.
    repository.expect(['attest', 'main', '--type', 'spdx', '--key', second]);
    await pull();
    compare();
    // None any more, or fewer signatures: what is here stays.
    const more = fs.readFileSync(fileOf(here, commit, 'spdx'));
    fs.rmSync(fileOf(repository, commit, 'spdx'));
    await pull(77);
    repository.expect(['attest', 'main', '--type', 'spdx', '--key', second]);
    await pull(77);
    assert.deepEqual(fs.readFileSync(fileOf(here, commit, 'spdx')), more);
    // It says something else: that is told, and what is here stays.
    const other = ['--builder-id', 'https://ci.example.org/other', '--replace', '--key', second];
    repository.expect(['attest', 'main', '--type', 'slsa', ...other]);
    assert.match(await pull(77), /slsa\.dsse\.json says something else than the one here/);
  });

test('a wrong signature that a remote added by a known key spoils nothing here', (t) => {
  const { repository, commit, keys, key } = attested(t);
  const here = puller(repository, repository.path, keys);
  const check = () =>
    expectStatus(here.call(['verify', commit, '--attestations', '--keys', keys, '--type', 'spdx']));
  const file = fileOf(repository, commit, 'spdx');
  const good = fs.readFileSync(file);
  const envelope = parseAttestation(good);
  const [signature] = envelope.signatures;
  assert.ok(signature);
  const wrong = { ...signature, signature: Buffer.alloc(64, 7) };
  const stranger = { ...wrong, name: 'stranger.example.org' };
  const put = (...signatures: (typeof signature)[]) => {
    fs.writeFileSync(file, printEnvelope({ ...envelope, signatures }));
  };
  // Before anything is here, and afterwards.
  put(wrong, signature);
  here.expect(['pull', 'origin', 'main']);
  assert.deepEqual(fs.readFileSync(fileOf(here, commit, 'spdx')), good);
  check();
  put(signature, wrong, stranger);
  here.expect(['pull', 'origin', 'main']);
  const { signatures } = parseAttestation(fs.readFileSync(fileOf(here, commit, 'spdx')));
  assert.deepEqual(
    signatures.map(({ name }) => name),
    [signature.name, stranger.name],
  );
  check();
  assert.equal(here.call(['pull', 'origin', 'main']).status, 77);
  // Whoever's key it is heals it by signing once more.
  fs.writeFileSync(
    fileOf(here, commit, 'spdx'),
    printEnvelope({ ...envelope, signatures: [wrong] }),
  );
  here.expect(['attest', commit, '--type', 'spdx', '--key', key]);
  check();
});

test('files in the place of directories of attestations are strays, which stop nothing', (t) => {
  const { repository, commit } = bench(t);
  const gone = 'a'.repeat(64);
  const strays = (status: number) => {
    const { findings } = repository.json(['fsck'], status) as {
      findings: { kind: string; subject: string }[];
    };
    return findings.flatMap(({ kind, subject }) => (kind === 'stray' ? [subject] : []));
  };
  const readAll = () => {
    for (const words of [['gc'], ['du', 'main'], ['show', 'main', '--attestations']])
      repository.expect(words);
  };
  fs.mkdirSync(repository.file('attestations'));
  for (const id of [commit, gone]) fs.writeFileSync(repository.file(`attestations/${id}`), '');
  assert.deepEqual(strays(3).sort(), [`attestations/${commit}`, `attestations/${gone}`].sort());
  readAll();
  assert.equal(fs.existsSync(repository.file(`attestations/${gone}`)), false);
  fs.rmSync(repository.file('attestations'), { recursive: true });
  fs.writeFileSync(repository.file('attestations'), '');
  // As elsewhere, a stray alone is no damage.
  assert.deepEqual(strays(0), ['attestations']);
  readAll();
});

test('an attestation that is none, or of another release, is not pulled, and nothing gets a name', (t) => {
  const { repository, commit, keys, key } = attested(t);
  const other = repository.commit({ ...TREE, more: 'x' }, 'other', '--sequence', '8');
  repository.expect(['attest', 'other', ...ALL, '--key', key]);
  const here = puller(repository, repository.path, keys);
  const file = fileOf(repository, commit, 'spdx');
  const good = fs.readFileSync(file);
  for (const [bytes, status] of [
    [good.subarray(0, 1000), 17],
    [Buffer.alloc(ENVELOPE_SIZE_MAX + 1, '{'), 17],
    [fs.readFileSync(fileOf(repository, other, 'spdx')), 12],
    [fs.readFileSync(fileOf(repository, commit, 'slsa')), 12],
  ] as const) {
    fs.writeFileSync(file, bytes);
    const result = here.call(['pull', 'origin', 'main']);
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, /attestations\/.*spdx\.dsse\.json/);
    assert.equal(here.call(['rev-parse', 'origin/main']).status, 10);
    assert.equal(fs.existsSync(here.file('attestations')), false);
  }
  fs.writeFileSync(file, good);
  here.expect(['pull', 'origin', 'main']);
});

test('key show --pem prints the public key as other programs take it', (t) => {
  const { repository, key } = bench(t);
  const pem = repository.expect(['key', 'show', `${key}.pub`, '--pem']);
  const { x } = createPublicKey(pem).export({ format: 'jwk' });
  const { publicKey } = repository.json(['key', 'show', key, '--pem']) as { publicKey: string };
  assert.deepEqual(Buffer.from(x ?? '', 'base64url'), Buffer.from(publicKey, 'base64'));
});
