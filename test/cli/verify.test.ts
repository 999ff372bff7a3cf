/** `rootseal verify`: what it prints, whom it trusts on a host, and what decides first. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CallResult } from '../helpers/cli.js';
import { reasonForNoMounts } from '../helpers/mounts.js';
import { templateRepository, type TestRepository } from '../helpers/repository.js';

interface VerifyDocument {
  readonly commitId: string | null;
  readonly signatures: readonly Record<string, unknown>[];
  readonly decision: { readonly accepted: boolean; readonly code: string; readonly reason: string };
  readonly facts: Record<string, unknown> | null;
  readonly policy: Record<string, unknown>;
}

/** A signer key with a fixed seed; its verifier key goes beside it. Returns its file. */
function importKey(repository: TestRepository, name: string, byte: string): string {
  const seed = join(repository.scratch, `${name}.seed`);
  const file = join(repository.scratch, name);
  fs.writeFileSync(seed, byte.repeat(32));
  repository.expect(['key', 'import', seed, '--name', name, '--output', file]);
  return file;
}

/** A commit on `main` that the keys `one` and `two` sealed. */
const sealed = templateRepository((repository) => {
  const facts = ['--name', 'example', '--release-version', '1', '--sequence', '100'];
  const commit = repository.commit({ file: 'content\n' }, 'main', ...facts);
  const one = importKey(repository, 'one', '11');
  const two = importKey(repository, 'two', '22');
  repository.expect(['seal', 'main', '--key', one, '--key', two]);
  const read = (file: string) => fs.readFileSync(`${file}.pub`, 'utf8').trim();
  return { repository, commit, one: read(one), two: read(two) };
});

/** A directory with one file for each verifier key. */
function keyDirectory(repository: TestRepository, ...keys: string[]): string {
  const directory = fs.mkdtempSync(join(repository.scratch, 'keys-'));
  for (const [index, key] of keys.entries())
    fs.writeFileSync(join(directory, `${index}.pub`), `${key}\n`);
  return directory;
}

function parse(result: CallResult): VerifyDocument {
  assert.notEqual(result.stdout, '', result.stderr);
  const document = JSON.parse(result.stdout) as VerifyDocument;
  assert.equal(result.status, document.decision.accepted ? 0 : 12);
  return document;
}

const idOf = (key: string) => key.split('+')[1] ?? '';

test('the document holds every signature, the decision, the facts and the policy', (t) => {
  const { repository, commit, one, two } = sealed(t);
  const keys = keyDirectory(repository, one);
  assert.deepEqual(repository.json(['verify', 'main', '--keys', keys]), {
    version: 1,
    commitId: commit,
    signatures: [
      { name: 'one', keyId: idOf(one), known: true, valid: true, revoked: false, counted: true },
      { name: 'two', keyId: idOf(two), known: false, valid: null, revoked: false, counted: false },
    ],
    decision: { accepted: true, code: 'SEAL_ACCEPTED', reason: 'sealed by 1 known key' },
    facts: {
      name: 'example',
      release: '1',
      sequence: 100,
      images: [`v1-sha256-12:${repository.imageOf('main')}`],
      commitId: commit,
    },
    policy: { file: null, threshold: 1, knownKeyCount: 1 },
    attestations: null,
  });
});

test('the text says of each signature what it is worth, and which policy decided', (t) => {
  const { repository, commit, one, two } = sealed(t);
  const keys = keyDirectory(repository, one);
  assert.equal(
    repository.expect(['verify', 'main', '--keys', keys]),
    `commit ${commit}
  example 1, sequence 100
  one+${idOf(one)}: known key, good signature
  two+${idOf(two)}: unknown key, ignored
  policy (built in): 1 known key must have signed; 1 is known
accepted: sealed by 1 known key`,
  );
});

test('a refusal is told on standard output first and then as an error, also in JSON', (t) => {
  const { repository, one, two } = sealed(t);
  const policy = join(repository.scratch, 'policy');
  fs.writeFileSync(policy, '[verify]\nthreshold=2\n');
  const args = ['verify', 'main', '--keys', keyDirectory(repository, one), '--policy', policy];
  const { status, stdout, stderr } = repository.call(args);
  assert.equal(status, 12);
  assert.ok(stdout.includes(`policy (${policy}): 2 known keys must have signed; 1 is known\n`));
  const reason = `1 of 2 needed signatures: signed by one+${idOf(one)}, two+${idOf(two)} (not known)`;
  assert.ok(stdout.endsWith(`\nrefused: ${reason}\n`), stdout);
  assert.equal(stderr, `error: the seal is refused: ${reason}\n`);
  const json = repository.call([...args, '--json']);
  const { decision, facts } = parse(json);
  assert.deepEqual(decision, {
    accepted: false,
    code: 'SEAL_THRESHOLD',
    reason,
  });
  assert.equal(facts, null);
  assert.deepEqual(JSON.parse(json.stderr), {
    version: 1,
    error: {
      code: 'SEAL_UNTRUSTED',
      message: `the seal is refused: ${reason}`,
      details: { decision: 'SEAL_THRESHOLD' },
    },
  });
});

test('a wrong signature by a known key spoils the right ones, by an unknown key it does not', (t) => {
  const { repository, commit, one, two } = sealed(t);
  const note = repository.file(`seals/${commit}`);
  const lines = fs.readFileSync(note, 'utf8').split('\n');
  const of = (name: string) => lines.findIndex((line) => line.startsWith(`\u2014 ${name} `));
  const blob = Buffer.from(lines[of('two')]?.split(' ')[2] ?? '', 'base64');
  blob[20] = (blob[20] ?? 0) ^ 1;
  lines[of('two')] = `\u2014 two ${blob.toString('base64')}`;
  fs.writeFileSync(note, lines.join('\n'));
  const verify = (...keys: string[]) =>
    parse(
      repository.call(['verify', 'main', '--json', '--keys', keyDirectory(repository, ...keys)]),
    );
  assert.equal(verify(one, two).decision.code, 'SEAL_SIGNATURE_WRONG');
  assert.equal(verify(one).decision.code, 'SEAL_ACCEPTED');
});

test('one key under two names is one signer', (t) => {
  const { repository, one } = sealed(t);
  const twin = importKey(repository, 'twin', '11');
  repository.expect(['seal', 'main', '--key', twin]);
  const keys = keyDirectory(repository, one, fs.readFileSync(`${twin}.pub`, 'utf8').trim());
  const policy = join(repository.scratch, 'policy');
  fs.writeFileSync(policy, '[verify]\nthreshold=2\n');
  const { decision, signatures } = parse(
    repository.call(['verify', 'main', '--json', '--keys', keys, '--policy', policy]),
  );
  assert.equal(decision.code, 'SEAL_THRESHOLD');
  assert.deepEqual(
    signatures.map(({ name, valid, counted }) => [name, valid, counted]),
    [
      ['one', true, true],
      ['two', null, false],
      ['twin', true, false],
    ],
  );
});

test('a seal that is refused is refused whatever has become of the image', (t) => {
  const { repository, one } = sealed(t);
  repository.damage(repository.objectFile(repository.imageOf('main')));
  const trusting = repository.call(['verify', 'main', '--keys', keyDirectory(repository, one)]);
  assert.equal(trusting.status, 17);
  assert.equal(trusting.stdout, '');
  const keys = keyDirectory(repository);
  const { decision } = parse(repository.call(['verify', 'main', '--json', '--keys', keys]));
  assert.equal(decision.code, 'SEAL_THRESHOLD');
});

test('an image that the repository does not vouch for is refused', (t) => {
  const { repository, one } = sealed(t);
  fs.rmSync(repository.file(`images/${repository.imageOf('main')}`));
  const { status, stderr } = repository.call([
    'verify',
    'main',
    '--keys',
    keyDirectory(repository, one),
  ]);
  assert.equal(status, 12);
  assert.match(stderr, /is not an image of this repository/);
});

test('a note is judged alone, and the report says so', (t) => {
  const { repository, commit, one } = sealed(t);
  const note = repository.file(`seals/${commit}`);
  const keys = keyDirectory(repository, one);
  const elsewhere = { env: { ROOTSEAL_REPO: join(repository.scratch, 'nowhere') } };
  const text = repository.expect(['verify', note, '--keys', keys], elsewhere);
  assert.match(text, /^a seal alone: no commit and no image is compared with it\n/);
  const document = parse(repository.call(['verify', note, '--json', '--keys', keys], elsewhere));
  assert.equal(document.commitId, null);
  assert.equal(document.facts?.['commitId'], commit);
});

test('a branch wins over a file of its name, and ./ means the file', (t) => {
  const { repository, commit, one } = sealed(t);
  const options = { cwd: repository.scratch };
  fs.writeFileSync(join(repository.scratch, 'main'), 'no note\n');
  const keys = keyDirectory(repository, one);
  const named = parse(repository.call(['verify', 'main', '--json', '--keys', keys], options));
  assert.equal(named.commitId, commit);
  const file = parse(repository.call(['verify', './main', '--json', '--keys', keys], options));
  assert.equal(file.decision.code, 'SEAL_NOTE_INVALID');
});

for (const [what, args, status, message] of [
  ['a revision that is not there', ['verify', 'nothing'], 10, /"nothing" is not a branch, tag/],
  ['a note that is not there', ['verify', './nothing'], 10, /\.\/nothing: no such file/],
  ['a directory for a note', ['verify', '/'], 2, /\/ is a directory/],
  ['keys that are not there', ['verify', 'main', '--keys', 'nothing'], 10, /no such directory/],
  ['a file for keys', ['verify', 'main', '--keys', '/dev/null'], 10, /no such directory/],
  ['a policy that is not there', ['verify', 'main', '--policy', 'nothing'], 10, /no such file/],
] as const) {
  test(`${what} is told by its name`, (t) => {
    const result = sealed(t).repository.call(args);
    assert.equal(result.status, status, result.stderr);
    assert.equal(result.stdout, '');
    assert.match(result.stderr, message);
  });
}

/**
 * Runs what follows on a host whose `/etc/rootseal` and `/usr/lib/rootseal` are `$0/etc` and `$0/lib`: in a mount
 * namespace of its own, with overlays that give the two directories a place.
 */
const ON_HOST = `
  set -e
  mkdir -p "$0/place/rootseal"
  mount -t overlay -o lowerdir="$0/place:/etc" overlay /etc
  mount -t overlay -o lowerdir="$0/place:/usr/lib" overlay /usr/lib
  mount --bind "$0/etc" /etc/rootseal
  mount --bind "$0/lib" /usr/lib/rootseal
  exec "$@"`;

/** A host with these files in `etc/` and `lib/`, and a call of `verify main` on it. */
function host(repository: TestRepository) {
  const root = fs.mkdtempSync(join(repository.scratch, 'host-'));
  for (const name of ['etc', 'lib']) fs.mkdirSync(join(root, name));
  return {
    write: (name: string, content: string) => {
      fs.mkdirSync(join(root, name, '..'), { recursive: true });
      fs.writeFileSync(join(root, name), content);
    },
    root,
    verify: (...args: string[]) =>
      repository.call(['verify', 'main', '--json', ...args], { through: through(root) }),
  };
}

const through = (root: string) => ['unshare', '--mount', 'sh', '-c', ON_HOST, root];

/** Why no such host can be made here. */
function reasonForNoHost(): string | false {
  const reason = reasonForNoMounts();
  if (reason !== false) return reason;
  const root = fs.mkdtempSync(join(tmpdir(), 'rootseal-test-'));
  try {
    for (const name of ['etc', 'lib']) fs.mkdirSync(join(root, name));
    const [program, ...args] = [...through(root), 'true'];
    const { status, stderr, error } = spawnSync(program, args);
    return status === 0 ? false : `needs a host of its own: ${error?.message ?? stderr.toString()}`;
  } finally {
    fs.rmSync(root, { recursive: true });
  }
}

const skip = reasonForNoHost();

test('a host trusts the keys of both directories', { skip }, (t) => {
  const { repository, one, two } = sealed(t);
  const { write, verify } = host(repository);
  const none = verify();
  assert.equal(parse(none).decision.code, 'SEAL_THRESHOLD');
  assert.match(none.stderr, /no verifier key is known/);
  assert.match(none.stderr, /\/etc\/rootseal\/keys\.d or \/usr\/lib\/rootseal\/keys\.d/);
  write('etc/keys.d/one.pub', `# ours\n${one}\n`);
  write('etc/keys.d/README', 'no key\n');
  assert.equal(parse(verify()).decision.code, 'SEAL_ACCEPTED');
  write('lib/keys.d/two.pub', `${two}\n`);
  const { policy, signatures } = parse(verify());
  assert.deepEqual(policy, { file: null, threshold: 1, knownKeyCount: 2 });
  assert.ok(signatures.every(({ counted }) => counted === true));
});

test('the policy in /etc takes the place of the one in /usr/lib', { skip }, (t) => {
  const { repository, one } = sealed(t);
  const { write, verify, root } = host(repository);
  write('etc/keys.d/one.pub', one);
  write('lib/setup-root.conf', '[verify]\nname=other\n');
  const vendor = parse(verify());
  assert.equal(vendor.decision.code, 'SEAL_NAME_MISMATCH');
  assert.equal(vendor.policy['file'], '/usr/lib/rootseal/setup-root.conf');
  write('etc/setup-root.conf', '[verify]\nname=example\n');
  const own = parse(verify());
  assert.equal(own.decision.code, 'SEAL_ACCEPTED');
  assert.equal(own.policy['file'], '/etc/rootseal/setup-root.conf');
  const named = join(repository.scratch, 'policy');
  fs.writeFileSync(named, '[verify]\nmin-sequence=101\n');
  assert.equal(parse(verify('--policy', named)).decision.code, 'SEAL_SEQUENCE');
  // A policy that is there and cannot be read must not count as none.
  fs.rmSync(join(root, 'etc/setup-root.conf'));
  fs.symlinkSync('gone', join(root, 'etc/setup-root.conf'));
  const dangling = verify();
  assert.equal(dangling.status, 10);
  assert.equal(dangling.stdout, '');
  assert.match(dangling.stderr, /\/etc\/rootseal\/setup-root\.conf: no such file/);
});

test('a link to nowhere in the place of a directory of revocations is an error', { skip }, (t) => {
  const { repository, one } = sealed(t);
  const { write, verify, root } = host(repository);
  write('etc/keys.d/one.pub', one);
  fs.symlinkSync('gone', join(root, 'etc/revoked.d'));
  const { status, stdout, stderr } = verify();
  assert.deepEqual([status, stdout], [2, '']);
  assert.match(stderr, /\/etc\/rootseal\/revoked\.d is not a directory/);
});

test('a key is revoked by its name and id, and another key of that id is not', { skip }, (t) => {
  const { repository, one, two } = sealed(t);
  const { write, verify } = host(repository);
  write('etc/keys.d/both.pub', `${one}\n${two}\n`);
  const [name = '', id = ''] = one.split('+');
  write('etc/revoked.d/list', `somebody.else+${id}\n`);
  assert.ok(parse(verify()).signatures.every(({ revoked }) => revoked === false));
  write('etc/revoked.d/list', `${name}+${id}\n`);
  const { signatures } = parse(verify());
  assert.deepEqual(
    signatures.map(({ revoked, counted }) => [revoked, counted]),
    [
      [true, false],
      [false, true],
    ],
  );
});

test('what the host revoked is refused, also with --keys and --policy', { skip }, (t) => {
  const { repository, one, two } = sealed(t);
  const { write, verify } = host(repository);
  const both = keyDirectory(repository, one, two);
  write('etc/revoked.d/keys', `${idOf(one)}\n`);
  const partly = parse(verify('--keys', both));
  assert.equal(partly.decision.reason, 'sealed by 1 known key');
  assert.deepEqual(
    partly.signatures.map(({ name, valid, revoked, counted }) => [name, valid, revoked, counted]),
    [
      ['one', true, true, false],
      ['two', true, false, true],
    ],
  );
  write('lib/revoked.d/keys', `${idOf(two)}\n`);
  assert.equal(parse(verify('--keys', both)).decision.code, 'SEAL_THRESHOLD');
  const other = host(repository);
  other.write('lib/revoked.d/images', `v1-sha256-12:${repository.imageOf('main')}\n`);
  assert.equal(parse(other.verify('--keys', both)).decision.code, 'SEAL_IMAGE_REVOKED');
  other.write('lib/revoked.d/.broken.swp', 'not read: the name starts with a dot\n');
  assert.equal(parse(other.verify('--keys', both)).decision.code, 'SEAL_IMAGE_REVOKED');
  other.write('lib/revoked.d/broken', 'nonsense\n');
  const broken = other.verify('--keys', both);
  assert.equal(broken.status, 17);
  assert.match(broken.stderr, /revoked\.d\/broken.*line 1/);
});

test('among keys and revocations, what is not a regular file is refused', { skip }, (t) => {
  const { repository, one } = sealed(t);
  for (const name of ['lib/revoked.d/directory/file', 'etc/keys.d/directory.pub/file']) {
    const { write, verify } = host(repository);
    write('lib/keys.d/.hidden.pub', 'not read: the name starts with a dot\n');
    write('lib/keys.d/one.pub', `${one}\n`);
    assert.equal(verify().status, 0);
    write(name, '');
    const { status, stderr } = verify();
    assert.equal(status, 2);
    assert.match(stderr, /directory(\.pub)? is not a regular file/);
  }
});

test(
  'a signer command that signs wrongly by a key of the host leaves the seal alone',
  { skip },
  (t) => {
    const { repository, commit, one } = sealed(t);
    const { write, root } = host(repository);
    write('etc/keys.d/one.pub', one);
    const line = `\u2014 one ${Buffer.from(`${idOf(one)}${'00'.repeat(64)}`, 'hex').toString('base64')}`;
    const before = fs.readFileSync(repository.file(`seals/${commit}`));
    const { status, stderr } = repository.call(
      ['seal', 'main', '--signer-command', `echo '${line}'`],
      { through: through(root) },
    );
    assert.equal(status, 1);
    assert.match(stderr, /printed a signature by one\+[0-9a-f]{8} that is wrong/);
    assert.deepEqual(fs.readFileSync(repository.file(`seals/${commit}`)), before);
  },
);
