import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { rootseal, type CallResult } from '../helpers/cli.js';
import { scratchDirectory } from '../helpers/scratch.js';

interface Bench {
  readonly directory: string;
  readonly keys: string;
  readonly call: (...args: string[]) => CallResult;
  readonly commit: string;
}

/** A repository with one commit on branch `b`, and an empty directory for verifier keys. */
function bench(t: TestContext): Bench {
  const directory = scratchDirectory(t);
  const tree = path.join(directory, 'tree');
  const keys = path.join(directory, 'keys');
  fs.mkdirSync(tree);
  fs.mkdirSync(keys);
  fs.writeFileSync(path.join(tree, 'file'), 'content\n');
  const call = (...args: string[]): CallResult =>
    rootseal(args, { cwd: directory, env: { ROOTSEAL_REPO: path.join(directory, 'repo') } });
  assert.equal(call('init').status, 0);
  const committed = call('commit', 'tree', '-b', 'b', '--name', 'example', '--sequence', '100');
  assert.equal(committed.status, 0, committed.stderr);
  return { directory, keys, call, commit: committed.stdout.trim() };
}

/** Makes a key; its verifier key becomes known when `known`. Returns its file's name. */
function makeKey({ directory, keys, call }: Bench, name: string, known = true): string {
  const made = call('key', 'generate', name, '--output', name);
  assert.equal(made.status, 0, made.stderr);
  if (known) fs.copyFileSync(path.join(directory, `${name}.pub`), path.join(keys, `${name}.pub`));
  return name;
}

interface VerifyDocument {
  readonly decision: { readonly accepted: boolean; readonly code: string };
  readonly signatures: readonly {
    readonly name: string;
    readonly known: boolean;
    readonly valid: boolean;
  }[];
}

/** Verifies branch `b`; checks that status and report agree. */
function verdict(b: Bench, ...args: string[]): VerifyDocument & { readonly status: number | null } {
  const { status, stdout, stderr } = b.call('verify', 'b', '--keys', 'keys', '--json', ...args);
  assert.notEqual(stdout, '', stderr);
  const document = JSON.parse(stdout) as VerifyDocument;
  assert.equal(status, document.decision.accepted ? 0 : 12);
  return { ...document, status };
}

describe('keys', () => {
  test('a new key is private, its verifier key is printed, and neither is ever written over', (t) => {
    const b = bench(t);
    const made = b.call('key', 'generate', 'release.example.org', '--output', 'k');
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stdout, /^release\.example\.org\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*\n$/);
    assert.equal(fs.statSync(path.join(b.directory, 'k')).mode & 0o777, 0o600);
    assert.equal(fs.readFileSync(path.join(b.directory, 'k.pub'), 'utf8'), made.stdout);
    const before = fs.readFileSync(path.join(b.directory, 'k'));
    for (const remove of [undefined, 'k.pub']) {
      if (remove !== undefined) fs.rmSync(path.join(b.directory, remove));
      assert.equal(b.call('key', 'generate', 'other', '--output', 'k').status, 2);
      assert.deepEqual(fs.readFileSync(path.join(b.directory, 'k')), before);
    }
  });

  test('key show gives the verifier key of both files', (t) => {
    const b = bench(t);
    const key = makeKey(b, 'one');
    const shown = b.call('key', 'show', key);
    assert.equal(shown.status, 0);
    assert.equal(b.call('key', 'show', `${key}.pub`).stdout, shown.stdout);
    const document = JSON.parse(b.call('key', 'show', key, '--json').stdout) as Record<
      string,
      string
    >;
    assert.equal(`${document['verifierKey'] ?? ''}\n`, shown.stdout);
  });

  test('an encrypted key needs its passphrase', (t) => {
    const b = bench(t);
    fs.writeFileSync(path.join(b.directory, 'right'), 'correct horse\n');
    fs.writeFileSync(path.join(b.directory, 'wrong'), 'battery staple\n');
    assert.equal(
      b.call('key', 'generate', 'k', '--output', 'k', '--passphrase-file', 'right').status,
      0,
    );
    assert.doesNotMatch(fs.readFileSync(path.join(b.directory, 'k'), 'latin1'), /^PRIVATE/);
    assert.equal(b.call('seal', 'b', '--key', 'k').status, 2);
    const wrong = b.call('seal', 'b', '--key', 'k', '--passphrase-file', 'wrong');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /passphrase/);
    assert.equal(b.call('seal', 'b', '--key', 'k', '--passphrase-file', 'right').status, 0);
    const other = ['--signer-command', 'true', '--passphrase-file', 'right'];
    for (const args of [other, ['--passphrase-file', 'right']]) {
      const { status, stderr } = b.call('seal', 'b', ...args);
      assert.equal(status, 2);
      assert.match(stderr, /^error: --passphrase-file goes with --key$/m);
    }
  });

  test('an imported key signs', (t) => {
    const b = bench(t);
    fs.writeFileSync(path.join(b.directory, 'seed'), `${'42'.repeat(32)}\n`);
    const imported = b.call('key', 'import', 'seed', '--name', 'imported', '--output', 'k');
    assert.equal(imported.status, 0, imported.stderr);
    fs.copyFileSync(path.join(b.directory, 'k.pub'), path.join(b.keys, 'k.pub'));
    assert.equal(b.call('seal', 'b', '--key', 'k').status, 0);
    assert.equal(verdict(b).decision.accepted, true);
  });
});

describe('seals', () => {
  test('a commit without a seal is refused with exit status 12', (t) => {
    const b = bench(t);
    const { status, stdout, stderr } = b.call('verify', 'b', '--keys', 'keys');
    assert.equal(status, 12);
    assert.equal(stdout, '');
    assert.match(stderr, /is not sealed/);
  });

  test('seal prints the commit id alone, and sealing twice changes nothing', (t) => {
    const b = bench(t);
    const key = makeKey(b, 'one');
    const sealed = b.call('seal', 'b', '--key', key);
    assert.equal(sealed.stdout, `${b.commit}\n`);
    const note = fs.readFileSync(path.join(b.directory, 'repo/seals', b.commit));
    assert.equal(b.call('seal', 'b', '--key', key).status, 0);
    assert.deepEqual(fs.readFileSync(path.join(b.directory, 'repo/seals', b.commit)), note);
    const { decision, signatures } = verdict(b);
    assert.deepEqual([decision.code, signatures.length], ['SEAL_ACCEPTED', 1]);
  });

  test('commit --key seals before the branch moves', (t) => {
    const b = bench(t);
    const key = makeKey(b, 'one');
    assert.equal(b.call('commit', 'tree', '-b', 'b', '--key', key).status, 0);
    assert.equal(verdict(b).decision.accepted, true);
  });

  test('a signature by an unknown key is ignored, and does not help', (t) => {
    const b = bench(t);
    assert.equal(b.call('seal', 'b', '--key', makeKey(b, 'stranger', false)).status, 0);
    const { decision, signatures } = verdict(b);
    assert.equal(decision.code, 'SEAL_THRESHOLD');
    assert.deepEqual(
      signatures.map(({ known }) => known),
      [false],
    );
    assert.equal(b.call('seal', 'b', '--key', makeKey(b, 'friend')).status, 0);
    assert.equal(verdict(b).decision.accepted, true);
  });

  test('a threshold of two needs two different keys', (t) => {
    const b = bench(t);
    fs.writeFileSync(path.join(b.directory, 'policy'), '[verify]\nthreshold=2\n');
    assert.equal(b.call('seal', 'b', '--key', makeKey(b, 'one')).status, 0);
    assert.equal(verdict(b, '--policy', 'policy').decision.code, 'SEAL_THRESHOLD');
    assert.equal(b.call('seal', 'b', '--key', makeKey(b, 'two')).status, 0);
    assert.equal(verdict(b, '--policy', 'policy').decision.code, 'SEAL_ACCEPTED');
  });

  for (const [policy, code] of [
    ['name=other', 'SEAL_NAME_MISMATCH'],
    ['min-sequence=101', 'SEAL_SEQUENCE'],
    ['name=example\nmin-sequence=100', 'SEAL_ACCEPTED'],
  ] as const) {
    test(`the policy ${policy.replace('\n', ' and ')} gives ${code}`, (t) => {
      const b = bench(t);
      fs.writeFileSync(path.join(b.directory, 'policy'), `[verify]\n${policy}\n`);
      assert.equal(b.call('seal', 'b', '--key', makeKey(b, 'one')).status, 0);
      assert.equal(verdict(b, '--policy', 'policy').decision.code, code);
    });
  }

  test('a misspelt policy is an error that names its line, not a looser policy', (t) => {
    const b = bench(t);
    fs.writeFileSync(path.join(b.directory, 'policy'), '[verify]\ntreshold=2\n');
    assert.equal(b.call('seal', 'b', '--key', makeKey(b, 'one')).status, 0);
    const { status, stderr } = b.call('verify', 'b', '--keys', 'keys', '--policy', 'policy');
    assert.equal(status, 17);
    assert.match(stderr, /policy: .*line 2/);
  });

  test('a changed byte in the text or the signature is refused', (t) => {
    const b = bench(t);
    assert.equal(b.call('seal', 'b', '--key', makeKey(b, 'one')).status, 0);
    const file = path.join(b.directory, 'repo/seals', b.commit);
    const note = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, note.replace('sequence: 100', 'sequence: 101'));
    assert.equal(verdict(b).decision.code, 'SEAL_SIGNATURE_WRONG');
    fs.writeFileSync(file, note.slice(0, -1));
    assert.equal(verdict(b).decision.code, 'SEAL_NOTE_INVALID');
  });

  test('the seal of another commit is refused', (t) => {
    const b = bench(t);
    const key = makeKey(b, 'one');
    assert.equal(b.call('seal', 'b', '--key', key).status, 0);
    const second = b.call('commit', 'tree', '-b', 'b').stdout.trim();
    const seals = path.join(b.directory, 'repo/seals');
    fs.copyFileSync(path.join(seals, b.commit), path.join(seals, second));
    assert.equal(verdict(b).decision.code, 'SEAL_COMMIT_MISMATCH');
  });

  test('a damaged image is refused although its seal is good', (t) => {
    const b = bench(t);
    assert.equal(b.call('seal', 'b', '--key', makeKey(b, 'one')).status, 0);
    const images = path.join(b.directory, 'repo/images');
    const image = fs.readdirSync(images).find((name) => name !== 'refs') ?? '';
    const bytes = fs.readFileSync(path.join(images, image));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    fs.writeFileSync(path.join(images, image), bytes);
    const { status, stderr } = b.call('verify', 'b', '--keys', 'keys');
    assert.equal(status, 17);
    assert.match(stderr, /damaged/);
  });

  test('a note file is verified without a repository', (t) => {
    const b = bench(t);
    assert.equal(b.call('seal', 'b', '--key', makeKey(b, 'one')).status, 0);
    fs.copyFileSync(path.join(b.directory, 'repo/seals', b.commit), path.join(b.directory, 'note'));
    const { status, stdout } = rootseal(['verify', 'note', '--keys', 'keys', '--repo', 'nowhere'], {
      cwd: b.directory,
    });
    assert.equal(status, 0);
    assert.match(stdout, /accepted/);
  });

  test('without any known key the refusal says so', (t) => {
    const b = bench(t);
    assert.equal(b.call('seal', 'b', '--key', makeKey(b, 'one', false)).status, 0);
    const { status, stderr } = b.call('verify', 'b', '--keys', 'keys');
    assert.equal(status, 12);
    assert.match(stderr, /no verifier key is known\nhint: no \*\.pub file in keys holds a key/);
  });
});

test('a sequence that does not grow is refused, unless the name is another', (t) => {
  const b = bench(t);
  const again = b.call('commit', 'tree', '-b', 'b', '--sequence', '100');
  assert.equal(again.status, 2);
  assert.match(again.stderr, /not above the parent's, 100/);
  assert.equal(b.call('rev-parse', 'b').stdout.trim(), b.commit);
  assert.equal(b.call('commit', 'tree', '-b', 'b', '--sequence', '101').status, 0);
  assert.equal(b.call('commit', 'tree', '-b', 'b', '--name', 'o', '--sequence', '1').status, 0);
});

test('an export that fails leaves no archive', (t) => {
  const b = bench(t);
  const big = path.join(b.directory, 'tree/big');
  fs.writeFileSync(big, Buffer.alloc(1000, 'x'));
  assert.equal(b.call('commit', 'tree', '-b', 'b').status, 0);
  const objects = path.join(b.directory, 'repo/objects');
  for (const name of fs.readdirSync(objects, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(objects, name);
    if (fs.statSync(file).size === 1000) fs.writeFileSync(file, Buffer.alloc(1000, 'y'));
  }
  const { status, stderr } = b.call('export', 'b', '--output', 'out.tar');
  assert.equal(status, 17, stderr);
  assert.deepEqual(
    fs.readdirSync(b.directory).filter((name) => name.startsWith('out')),
    [],
  );
});

describe('signer commands', () => {
  let signer: string;
  before(() => {
    // Another program that signs: OpenSSL's Ed25519 through Node, with nothing of ours.
    signer = `
      const { createHash, createPrivateKey, createPublicKey, sign } = require('node:crypto');
      const seed = Buffer.alloc(32, 7);
      const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
      const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
      const blob = Buffer.concat([Buffer.from([1]), raw]);
      const id = createHash('sha256').update(Buffer.concat([Buffer.from('hsm\\n'), blob])).digest().subarray(0, 4);
      if (process.argv[2] === 'key') console.log('hsm+' + id.toString('hex') + '+' + blob.toString('base64'));
      else {
        const text = require('node:fs').readFileSync(0);
        if (process.argv[2] === 'raw') process.stdout.write(sign(null, text, key));
        else console.log('\\u2014 hsm ' + Buffer.concat([id, sign(null, text, key)]).toString('base64'));
      }`;
  });

  test('another program signs the text it is given', (t) => {
    const b = bench(t);
    fs.writeFileSync(path.join(b.directory, 'signer.cjs'), signer);
    const command = `${process.execPath} signer.cjs`;
    const unchecked = b.call('seal', 'b', '--signer-command', command);
    assert.equal(unchecked.status, 0, unchecked.stderr);
    assert.match(unchecked.stderr, /^warning: not checked, .*: hsm\+[0-9a-f]{8};/m);
    assert.equal(verdict(b).decision.code, 'SEAL_THRESHOLD');
    fs.writeFileSync(path.join(b.directory, 'k.sh'), `${command} key > keys/hsm.pub\n`);
    const sealed = b.call('seal', 'b', '--signer-command', `sh k.sh; ${command}`);
    assert.equal(sealed.status, 0, sealed.stderr);
    assert.equal(verdict(b).decision.code, 'SEAL_ACCEPTED');
  });

  for (const [command, message] of [
    ['echo nonsense', /did not print signature lines/],
    ['true', /did not print signature lines/],
    ['echo broken token >&2; exit 5', /exit status 5: broken token/],
    ['/nonexistent/program', /exit status 127/],
    ['kill -9 $$', /signer command "kill -9 \$\$": .*ended by SIGKILL/],
    ['cat /dev/zero', /signer command "cat \/dev\/zero": .*printed more than [0-9]+ bytes/],
  ] as const) {
    test(`"${command}" fails and leaves no seal`, (t) => {
      const b = bench(t);
      const { status, stdout, stderr } = b.call('seal', 'b', '--signer-command', command);
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.deepEqual(fs.readdirSync(path.join(b.directory, 'repo/seals')), []);
    });
  }

  test('a command whose key is named prints 64 bytes, which are always checked', (t) => {
    const b = bench(t);
    fs.writeFileSync(path.join(b.directory, 'signer.cjs'), signer);
    const command = `${process.execPath} signer.cjs`;
    fs.writeFileSync(
      path.join(b.keys, 'hsm.pub'),
      execFileSync(process.execPath, ['signer.cjs', 'key'], { cwd: b.directory }),
    );
    const sealWith = (printing: string, key: string) =>
      b.call('seal', 'b', '--signer-command', printing, '--signer-key', key, '--keys', 'keys');
    for (const [printing, message] of [
      [`${command} raw | head -c 63`, /printed 63 bytes, and a signature has 64$/m],
      [`${command} raw; echo`, /printed 65 bytes, and a signature has 64$/m],
      ['true', /printed 0 bytes/],
      [`cat >/dev/null; ${command} raw </dev/null`, /gave a wrong signature/],
      [command, /printed [0-9]+ bytes, and a signature has 64\nhint: .* no text, no base64/],
      ['exit 3', /exit status 3/],
    ] as const) {
      const { status, stderr } = sealWith(printing, 'hsm');
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
    assert.deepEqual(fs.readdirSync(path.join(b.directory, 'repo/seals')), []);
    const sealed = sealWith(`${command} raw`, 'hsm');
    assert.equal(sealed.status, 0, sealed.stderr);
    assert.match(sealed.stderr, /^sealed by hsm\+[0-9a-f]{8}\n$/);
    assert.equal(verdict(b).decision.code, 'SEAL_ACCEPTED');
    const two = ['--signer-command', 'a', '--signer-command', 'b', '--signer-key', 'hsm'];
    for (const args of [two, ['--signer-key', 'hsm']])
      assert.equal(b.call('seal', 'b', '--keys', 'keys', ...args).status, 2);
  });

  test('a wrong signature by a key that is known is refused, and nothing is written', (t) => {
    const b = bench(t);
    const key = makeKey(b, 'one');
    const id = fs.readFileSync(path.join(b.keys, 'one.pub'), 'utf8').split('+')[1] ?? '';
    const blob = Buffer.from(`${id}${'00'.repeat(64)}`, 'hex').toString('base64');
    const command = `echo '\u2014 one ${blob}'`;
    const { status, stderr } = b.call('seal', 'b', '--key', key, '--signer-command', command);
    assert.equal(status, 1);
    assert.ok(stderr.includes(`printed a signature by one+${id} that is wrong`), stderr);
    assert.deepEqual(fs.readdirSync(path.join(b.directory, 'repo/seals')), []);
  });

  test('the document names the commit and all who have signed it', (t) => {
    const b = bench(t);
    const keys = ['one', 'two'].map((name) => makeKey(b, name));
    for (const key of keys) {
      const { status, stdout } = b.call('seal', 'b', '--json', '--key', key);
      assert.equal(status, 0);
      const { commitId, signatures } = JSON.parse(stdout) as {
        commitId: string;
        signatures: { name: string; keyId: string }[];
      };
      assert.equal(commitId, b.commit);
      const signers = keys.slice(0, keys.indexOf(key) + 1);
      assert.deepEqual(
        signatures.map(({ name, keyId }) => `${name}+${keyId}`),
        signers.map((name) =>
          fs
            .readFileSync(path.join(b.keys, `${name}.pub`), 'utf8')
            .split('+')
            .slice(0, 2)
            .join('+'),
        ),
      );
    }
  });

  test('nobody to sign is wrong use', (t) => {
    assert.equal(bench(t).call('seal', 'b').status, 2);
  });
});
