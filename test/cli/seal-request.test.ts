/** `seal request`, `review`, `sign` and `attach`: two people who share files, and what is made of files that were changed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { rootseal, type CallResult } from '../helpers/cli.js';
import { expectStatus, templateRepository, type TestRepository } from '../helpers/repository.js';
import { requireDocument } from '../helpers/schema.js';

const KARGS = 'usr/lib/rootseal/kargs.d/10-site.toml';

const STATUS = 'usr/lib/sysimage/dpkg/status';

/** The beginning of a program for x86-64: what the tree is for. */
const ELF = `\x7fELF\x02\x01\x01${'\0'.repeat(9)}\x02\0\x3e\0`;

function dpkg(version: string): string {
  const fields = ['Status: install ok installed', 'Architecture: amd64', `Version: ${version}`];
  return `Package: hello\n${fields.join('\n')}\n`;
}

/** Release 1 on `main` is sealed by `one`; release 2 is not. Keys `one` and `two`; `keys` has the public half of both. */
const bench = templateRepository((repository) => {
  const { scratch } = repository;
  fs.mkdirSync(join(scratch, 'keys'));
  for (const name of ['one', 'two', 'stranger']) {
    const file = join(scratch, name);
    repository.expect(['key', 'generate', `${name}.example.org`, '--output', file]);
    if (name !== 'stranger') fs.copyFileSync(`${file}.pub`, join(scratch, 'keys', `${name}.pub`));
  }
  const tree = repository.tree({
    file: 'content',
    'bin/sh': ELF,
    [STATUS]: dpkg('1.0'),
    doas: 'x',
  });
  const commit = (version: string, time: string) =>
    repository.expect([
      ...['commit', tree, '-b', 'main', '--name', 'example-os'],
      ...['--release-version', version, '--time', time, '--quiet'],
    ]);
  const first = commit('1', '1795428000');
  repository.expect(['seal', 'main', '--key', join(scratch, 'one')]);
  fs.chmodSync(join(tree, 'doas'), 0o4755);
  fs.rmSync(join(tree, 'file'));
  fs.writeFileSync(join(tree, STATUS), dpkg('1.1'));
  fs.mkdirSync(join(tree, KARGS, '..'), { recursive: true });
  fs.writeFileSync(join(tree, KARGS), 'kargs = ["quiet"]\n');
  return { repository, keys: scratch, first, second: commit('2', '1795514400') };
});

interface Bench {
  readonly repository: TestRepository;
  readonly first: string;
  readonly second: string;
  /** The directory that has keys and requests. */
  readonly at: string;
  readonly call: (...args: string[]) => CallResult;
  readonly read: (name: string) => Buffer;
  readonly write: (name: string, content: string | Uint8Array) => string;
}

function begin(t: TestContext): Bench {
  const made = bench(t);
  const { repository } = made;
  const at = join(repository.path, '..');
  const keys = fs.readdirSync(made.keys).filter((name) => /^(?:keys|one|two|stranger)/.test(name));
  for (const name of keys) fs.cpSync(join(made.keys, name), join(at, name), { recursive: true });
  return {
    ...made,
    at,
    call: (...args) => repository.call(args, { cwd: at }),
    read: (name) => fs.readFileSync(join(at, name)),
    write: (name, content) => {
      fs.writeFileSync(join(at, name), content);
      return name;
    },
  };
}

/** What a machine without a repository runs. */
function elsewhere(b: Bench, ...args: string[]): CallResult {
  return rootseal(args, { cwd: b.at, env: { ROOTSEAL_REPO: '/nonexistent' } });
}

/** Everything below the repository, each file with its bytes and its time. */
function snapshot({ repository }: Bench): string {
  const names = fs.readdirSync(repository.path, { recursive: true, encoding: 'utf8' }).sort();
  return names
    .map((name) => {
      const file = join(repository.path, name);
      const stat = fs.lstatSync(file);
      const content = stat.isFile() ? fs.readFileSync(file).toString('base64') : '';
      return `${name} ${stat.ino} ${content}`;
    })
    .join('\n');
}

/** A request for release 2, and its text. */
function requested(b: Bench): string {
  expectStatus(b.call('seal', 'request', 'main', '--out', 'request', '--keys', 'keys', '--quiet'));
  return b.read('request').toString('utf8');
}

/** A note with a signature of the given text, by a key of the bench. */
function answered(b: Bench, key: string): string {
  const file = `answer-${key}`;
  expectStatus(elsewhere(b, 'seal', 'sign', 'request', '--key', key, '--out', file, '--quiet'));
  return file;
}

interface Verdict {
  readonly decision: { readonly code: string };
}

function verdict(b: Bench, ...args: string[]): string {
  const { stdout } = b.call('verify', 'main', '--keys', 'keys', '--json', ...args);
  return (JSON.parse(stdout) as Verdict).decision.code;
}

describe('request', () => {
  test('without --out it is the text that is signed, and what it is about goes to the person', (t) => {
    const b = begin(t);
    const { status, stdout, stderr } = b.call('seal', 'request', 'main', '--keys', 'keys');
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      /^rootseal seal v1\nname: example-os\nversion: 2\n(?:.*\n){2}commit: .*\n$/,
    );
    assert.match(stderr, /^changes since 1, sequence 1795428000, commit [0-9a-f]{64},$/m);
    assert.equal(b.call('seal', 'request', 'main', '--quiet').stdout, stdout);
  });

  test('its files say what changes against the last sealed release', (t) => {
    const b = begin(t);
    const words = expectStatus(
      b.call('seal', 'request', 'main', '--out', 'request', '--keys', 'keys'),
    );
    assert.equal(b.read('request.txt').toString('utf8'), `${words}\n`);
    const document = b.read('request.json').toString('utf8');
    requireDocument('seal-request', document);
    const review = JSON.parse(document) as Record<string, Record<string, unknown>>;
    assert.equal(review['text'], b.read('request').toString('utf8'));
    assert.equal(review['parentId'], b.first);
    assert.equal(review['previous']?.['commitId'], b.first);
    assert.equal(review['previous']['release'], '1');
    assert.equal(review['previous']['accepted'], true);
    assert.deepEqual(review['kernelArguments'], ['quiet']);
    assert.deepEqual(review['previous']['kernelArguments'], []);
    assert.deepEqual(review['packageChanges'], [
      {
        ...{ kind: 'upgraded', name: 'hello', architecture: 'amd64' },
        ...{ versionBefore: '1.0', versionAfter: '1.1' },
      },
    ]);
    assert.match(
      words,
      /^ {2}packages: {2}1 package upgraded\n {4}upgraded {4}hello 1\.0 -> 1\.1$/m,
    );
    assert.deepEqual(review['privileged'], [
      {
        path: '/doas',
        rightsBefore: null,
        rightsAfter: {
          mode: '4755',
          uid: process.getuid?.(),
          gid: process.getgid?.(),
          capabilities: null,
        },
      },
    ]);
    assert.match(words, /^ {4}new {6}\/doas: 4755 /m);
    assert.match(words, /^ {2}arguments: \+quiet$/m);
  });

  test('whoever has the repository makes the same files', (t) => {
    const b = begin(t);
    requested(b);
    expectStatus(b.call('seal', 'request', b.second, '--out', 'again', '--keys', 'keys'));
    for (const suffix of ['', '.txt', '.json'])
      assert.deepEqual(b.read(`again${suffix}`), b.read(`request${suffix}`), suffix);
  });

  test('an ancestor whose seal the policy does not take is passed over, and named where nobody can tell', (t) => {
    const b = begin(t);
    b.write('policy', '[verify]\nthreshold=2\n');
    const previous = (...args: string[]): unknown => {
      const { stdout } = b.call('seal', 'request', 'main', '--json', ...args);
      return (JSON.parse(stdout) as { previous: unknown }).previous;
    };
    assert.equal(previous('--keys', 'keys', '--policy', 'policy'), null);
    fs.mkdirSync(join(b.at, 'none'));
    const { accepted } = previous('--keys', 'none') as { accepted: unknown };
    assert.equal(accepted, null);
    const against = ['--against', 'main^', '--keys', 'keys', '--policy', 'policy'];
    const named = previous(...against) as { accepted: unknown; commitId: unknown };
    assert.deepEqual([named.accepted, named.commitId], [false, b.first]);
  });

  test('/dev/null is not replaced', (t) => {
    const b = begin(t);
    const link = join(b.at, 'request');
    fs.symlinkSync('/dev/null', link);
    assert.equal(b.call('seal', 'request', 'main', '--out', 'request').status, 2);
    assert.ok(fs.lstatSync(link).isSymbolicLink());
    assert.equal(fs.existsSync(`${link}.json`), false);
  });

  test('branches whose names are those of subcommands are sealed all the same', (t) => {
    const b = begin(t);
    for (const name of ['request', 'attach', 'sign', 'review']) {
      expectStatus(b.call('branch', 'set', name, 'main', '--quiet'));
      expectStatus(b.call('seal', `${name}~0`, '--key', 'one'));
    }
    assert.equal(b.call('seal', 'request', '--key', 'one').status, 2);
  });
});

describe('sign', () => {
  test('a request is shown and signed without a repository, and the answer is a seal', (t) => {
    const b = begin(t);
    const text = requested(b);
    const shown = expectStatus(elsewhere(b, 'seal', 'review', 'request'));
    assert.equal(`${shown}\n`, b.read('request.txt').toString('utf8'));
    const { status, stdout, stderr } = elsewhere(b, 'seal', 'sign', 'request', '--key', 'two');
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^ {2}arguments: \+quiet$/m);
    assert.ok(stdout.startsWith(`${text}\n\u2014 two.example.org `), stdout);
    b.write('answer', stdout);
    assert.equal(elsewhere(b, 'verify', './answer', '--keys', 'keys').status, 0);
  });

  test('a review that lies beside a good request is told from what is signed', (t) => {
    const b = begin(t);
    requested(b);
    const review = JSON.parse(b.read('request.json').toString('utf8')) as Record<string, unknown>;
    const lie = { ...review, privileged: [], time: '2001-01-01T00:00:00Z', parentId: null };
    b.write('request.json', JSON.stringify(lie));
    for (const words of [['review'], ['sign', '--key', 'two']]) {
      const { status, stdout, stderr } = elsewhere(b, 'seal', ...words, 'request');
      assert.equal(status, 0, stderr);
      const shown = words[0] === 'review' ? stdout : stderr;
      assert.match(shown, /commit: .*\nand what nobody signs:\n *parent: .*none\n *time: +2001/);
      assert.match(
        stderr,
        /what request\.json says, and nobody has checked it: .*`rootseal seal request`/,
      );
    }
  });

  test('without the review it warns that nothing says what changes', (t) => {
    const b = begin(t);
    requested(b);
    fs.rmSync(join(b.at, 'request.json'));
    const { status, stderr } = elsewhere(b, 'seal', 'sign', 'request', '--key', 'two');
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^warning: request\.json is missing/m);
    assert.match(elsewhere(b, 'seal', 'review', 'request').stdout, /^ {2}version: {3}2$/m);
  });

  test('a request that was changed on the way is refused before a signer runs', (t) => {
    const b = begin(t);
    const text = requested(b);
    for (const changed of [
      `${text}extra: line\n`,
      `${text}\n`,
      text.replaceAll('\n', '\r\n'),
      `\ufeff${text}`,
      text.slice(0, -1),
      text.replace('name: ', 'name:  '),
      text.replace('sequence: 1', 'sequence: 01'),
      '',
    ]) {
      b.write('changed', changed);
      const command = 'touch signer-ran; echo no';
      const signed = elsewhere(b, 'seal', 'sign', 'changed', '--signer-command', command);
      assert.equal(signed.status, 12, JSON.stringify(changed));
      assert.equal(signed.stdout, '');
      assert.match(signed.stderr, /changed is no request, or was changed/);
    }
    assert.equal(elsewhere(b, 'seal', 'review', 'changed').status, 12);
    assert.equal(fs.existsSync(join(b.at, 'signer-ran')), false);
  });

  test('the review of another request, or one that contradicts the text, is refused', (t) => {
    const b = begin(t);
    const text = requested(b);
    const review = b.read('request.json').toString('utf8');
    for (const [changed, status] of [
      [review.replace('"release":"2"', '"release":"1"'), 17],
      [
        review.replace(/version: 2\\n/, 'version: 3\\n').replace('"release":"2"', '"release":"3"'),
        12,
      ],
      [review.replace('"4755"', '4755'), 17],
      [review.replace('"hello"', '"hello\\n  setuid, setgid and capabilities as before"'), 17],
      [review.replace('"hello"', '"hello\\u001b[2K"'), 17],
      [review.replace('"/doas"', '"/\\u202esaod"'), 17],
      ['{}', 17],
    ] as const) {
      assert.notEqual(changed, review);
      b.write('request.json', changed);
      const { status: found, stdout } = elsewhere(b, 'seal', 'sign', 'request', '--key', 'two');
      assert.deepEqual([found, stdout], [status, ''], changed);
    }
    assert.ok(text.endsWith('\n'));
  });
});

describe('attach', () => {
  test('the answers of two signers make the seal, the one before the other', (t) => {
    const b = begin(t);
    b.write('policy', '[verify]\nthreshold=2\n');
    requested(b);
    const trust = ['--keys', 'keys', '--policy', 'policy'];
    const first = b.call('seal', 'attach', 'main', answered(b, 'one'), ...trust);
    assert.equal(first.stdout, `${b.second}\n`, first.stderr);
    assert.match(
      first.stderr,
      /^the policy does not take it yet: 1 of 2 needed signatures: signed by one\.example/m,
    );
    assert.equal(verdict(b, '--policy', 'policy'), 'SEAL_THRESHOLD');
    const second = b.call('seal', 'attach', 'main', answered(b, 'two'), '--json', ...trust);
    requireDocument('seal-attach', second.stdout);
    assert.equal((JSON.parse(second.stdout) as Verdict).decision.code, 'SEAL_ACCEPTED');
    assert.equal(verdict(b, '--policy', 'policy'), 'SEAL_ACCEPTED');
    const before = snapshot(b).replaceAll(/ \d+ /g, ' ');
    expectStatus(b.call('seal', 'attach', 'main', 'answer-one', 'answer-two', ...trust));
    assert.equal(snapshot(b).replaceAll(/ \d+ /g, ' '), before);
  });

  test('signature lines alone are taken, too', (t) => {
    const b = begin(t);
    const text = requested(b);
    const note = b.read(answered(b, 'two')).toString('utf8');
    b.write('line', note.slice(text.length + 1));
    expectStatus(b.call('seal', 'attach', 'main', 'line', '--key', 'two.pub'));
    assert.equal(verdict(b), 'SEAL_ACCEPTED');
  });

  test('64 bytes of OpenSSL are taken for the key that is named', (t) => {
    const b = begin(t);
    requested(b);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: b.at });
    openssl('genpkey', '-algorithm', 'ed25519', '-out', 'pem');
    expectStatus(b.call('key', 'import', 'pem', '--name', 'openssl.example.org', '--out', 'o'));
    openssl('pkeyutl', '-sign', '-rawin', '-inkey', 'pem', '-in', 'request', '-out', 'raw');
    const raw = ['--raw-signature', 'raw', '--key'];
    assert.equal(b.call('seal', 'attach', 'main', ...raw, 'two.pub').status, 12);
    expectStatus(b.call('seal', 'attach', 'main', ...raw, 'two.pub', '--key', 'o.pub'));
    fs.copyFileSync(join(b.at, 'o.pub'), join(b.at, 'keys/o.pub'));
    assert.equal(verdict(b), 'SEAL_ACCEPTED');
    // A signer key has no place here.
    assert.equal(b.call('seal', 'attach', 'main', ...raw, 'o').status, 2);
  });

  test('an answer to another request is refused with exit status 12, and nothing is written', (t) => {
    const b = begin(t);
    expectStatus(b.call('seal', 'request', 'main^', '--out', 'request', '--quiet'));
    const text = b.read('request').toString('utf8');
    const note = b.read(answered(b, 'two')).toString('utf8');
    b.write('line', note.slice(text.length + 1));
    const before = snapshot(b);
    for (const answer of ['answer-two', 'line']) {
      const { status, stdout } = b.call('seal', 'attach', 'main', answer, '--keys', 'keys');
      assert.deepEqual([status, stdout], [12, ''], answer);
    }
    // Neither is a good one beside it.
    fs.renameSync(join(b.at, 'answer-two'), join(b.at, 'other'));
    requested(b);
    const both = [answered(b, 'one'), 'other', '--keys', 'keys'];
    assert.equal(b.call('seal', 'attach', 'main', ...both).status, 12);
    assert.equal(snapshot(b), before);
  });

  test('what nobody can check, or was changed, is refused, and nothing is written', (t) => {
    const b = begin(t);
    const text = requested(b);
    const note = b.read(answered(b, 'two')).toString('utf8');
    const stranger = b.read(answered(b, 'stranger')).toString('utf8');
    b.write('short', Buffer.alloc(63));
    b.write('ssh', '-----BEGIN SSH SIGNATURE-----\n');
    const before = snapshot(b);
    for (const [content, message] of [
      [stranger, /no key stranger\.example\.org\+[0-9a-f]{8} is known here\nhint: .*--key FILE/],
      [note.replaceAll('\n', '\r\n'), /answer is no answer to a request/],
      [`\ufeff${note}`, /answer is not an answer to the request of commit/],
      [note.replace(text, `${text}extra: line\n`), /is not an answer to the request of commit/],
      [note.replace(' two.example.org ', ' one.example.org '), /no key one\.example\.org/],
      [text, /answer is no answer to a request/],
      ['', /answer is no answer to a request/],
    ] as const) {
      b.write('answer', content);
      const { status, stderr } = b.call('seal', 'attach', 'main', 'answer', '--keys', 'keys');
      assert.equal(status, 12, stderr);
      assert.match(stderr, message);
    }
    for (const file of ['short', 'ssh']) {
      const raw = ['--raw-signature', file, '--key', 'two.pub'];
      const { status, stderr } = b.call('seal', 'attach', 'main', ...raw);
      assert.equal(status, 12, stderr);
      assert.match(stderr, /is no raw signature: it has [0-9]+ bytes, not 64\nhint: .*ssh-keygen/);
    }
    assert.equal(b.call('seal', 'attach', 'main').status, 2);
    assert.equal(b.call('seal', 'attach', 'main', '--raw-signature', 'short').status, 2);
    assert.equal(snapshot(b), before);
  });

  test('one key under two names does not make a threshold of two', (t) => {
    const b = begin(t);
    b.write('policy', '[verify]\nthreshold=2\n');
    requested(b);
    const seed =
      b
        .read('one')
        .toString('utf8')
        .trim()
        .split(/\+[0-9a-f]{8}\+/)[1] ?? '';
    b.write('seed', Buffer.from(seed, 'base64').subarray(1));
    expectStatus(b.call('key', 'import', 'seed', '--name', 'again.example.org', '--out', 'again'));
    fs.copyFileSync(join(b.at, 'again.pub'), join(b.at, 'keys/again.pub'));
    const answers = [answered(b, 'one'), answered(b, 'again')];
    const trust = ['--keys', 'keys', '--policy', 'policy'];
    const { status, stderr } = b.call('seal', 'attach', 'main', ...answers, ...trust);
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /^the policy does not take it yet: 1 of 2 needed signatures: signed by one\.example/m,
    );
    assert.equal(verdict(b, '--policy', 'policy'), 'SEAL_THRESHOLD');
  });
  test('a seal that strangers have filled still takes the signatures of known keys', (t) => {
    const b = begin(t);
    requested(b);
    const answers = [answered(b, 'one'), answered(b, 'two')] as const;
    const line = (name: string) => `\u2014 ${name} ${Buffer.alloc(68, 7).toString('base64')}\n`;
    const strangers = [...Array(32).keys()].map((number) => line(`stranger-${number}`));
    fs.writeFileSync(
      join(b.repository.path, 'seals', b.second),
      `${b.read('request').toString('utf8')}\n${strangers.join('')}`,
    );
    const trust = ['--keys', 'keys'];
    const { status, stderr } = b.call('seal', 'attach', 'main', ...answers, ...trust);
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /^warning: the seal was full, and lost signatures by keys that are not known here: stranger-31\+07070707, stranger-30\+07070707$/m,
    );
    assert.match(
      stderr,
      /^sealed by stranger-0\+07070707, .*stranger-29\+07070707, one\.example.*, two\.example/m,
    );
    assert.equal(verdict(b), 'SEAL_ACCEPTED');
    // Whoever is known is never thrown out.
    const again = b.call('seal', 'main', '--key', 'stranger', ...trust);
    assert.equal(again.status, 0, again.stderr);
    assert.match(
      again.stderr,
      /lost signatures by keys that are not known here: stranger-29\+07070707$/m,
    );
    assert.equal(verdict(b), 'SEAL_ACCEPTED');
  });
});
