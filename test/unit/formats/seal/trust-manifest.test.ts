/** The trust manifest of docs/formats/trust-manifest.md: what is written can be read, and nothing else can. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeTrustManifest,
  encodeTrustManifest,
  TRUST_MANIFEST_MAX,
  type TrustManifest,
} from '../../../../src/formats/seal/trust-manifest.js';
import { FormatError } from '../../../../src/util/errors.js';

const file = (path: string, content: string) => ({ path, content: Buffer.from(content) });

const MANIFEST: TrustManifest = {
  commandLine: 'composefs.digest=v1-sha256-12:5e quiet dyndbg="file a.c +p; file b.c +p"',
  policy: file('/usr/lib/rootseal/setup-root.conf', '[verify]\nmode=seal\n'),
  keys: [
    file('/usr/lib/rootseal/keys.d/a.pub', 'a\n'),
    file('/etc/rootseal/keys.d/schlüssel eins.pub', 'end\n\n'),
  ],
  revocations: [file('/etc/rootseal/revoked.d/list', '')],
};
const TEXT = [
  'rootseal trust manifest v1',
  'command-line 72',
  MANIFEST.commandLine,
  'file 5 /etc/rootseal/keys.d/schlüssel eins.pub',
  'end\n\n',
  'file 0 /etc/rootseal/revoked.d/list',
  '',
  'file 2 /usr/lib/rootseal/keys.d/a.pub',
  'a\n',
  'file 19 /usr/lib/rootseal/setup-root.conf',
  '[verify]\nmode=seal\n',
  'end',
  '',
].join('\n');

test('a manifest is written in one way, whatever the order of its files, and read again', () => {
  assert.equal(encodeTrustManifest(MANIFEST).toString(), TEXT);
  const [first, second] = MANIFEST.keys;
  assert.ok(first !== undefined && second !== undefined);
  const read = decodeTrustManifest(Buffer.from(TEXT));
  assert.deepEqual(read, { ...MANIFEST, keys: [second, first] });
  assert.equal(encodeTrustManifest(read).toString(), TEXT);
});

test('a manifest needs a command line and nothing else', () => {
  const bytes = encodeTrustManifest({ commandLine: 'quiet', keys: [], revocations: [] });
  assert.equal(bytes.toString(), 'rootseal trust manifest v1\ncommand-line 5\nquiet\nend\n');
  const read = decodeTrustManifest(bytes);
  assert.deepEqual(read, { commandLine: 'quiet', keys: [], revocations: [] });
});

test('a manifest that was cut off anywhere is refused, and so is one that goes on behind its end', () => {
  const bytes = Buffer.from(TEXT);
  for (let size = 0; size < bytes.length; size++)
    assert.throws(() => decodeTrustManifest(bytes.subarray(0, size)), FormatError, `${size} bytes`);
  for (const more of ['\n', '\0', 'end\n'])
    assert.throws(() => decodeTrustManifest(Buffer.from(TEXT + more)), FormatError);
});

const LINES: Readonly<Record<string, readonly [line: string, problem: string]>> = {
  'no word': ['', 'is empty'],
  '2,048 bytes': ['x'.repeat(2048), 'has 2048 bytes, and kernels take 2047'],
  'a tab': ['a\tb', 'has a byte that is not printable ASCII'],
  'a byte beyond ASCII': ['a=\xe9', 'has a byte that is not printable ASCII'],
  'a single quote': ["a='b", 'has a single quote or a backslash'],
  'a backslash': ['a=b\\', 'has a single quote or a backslash'],
  'an open quote': ['a="b c', 'has a quote that is not closed'],
  'two spaces': ['a  b', 'has other white space'],
  'a space before the first word': [' a', 'has other white space'],
  'a space behind the last word': ['a="b" ', 'has other white space'],
};

for (const [what, [commandLine, problem]] of Object.entries(LINES)) {
  test(`a command line with ${what} is not written into a manifest, nor read from one`, () => {
    const manifest = { commandLine, keys: [], revocations: [] };
    assert.throws(() => encodeTrustManifest(manifest), new RegExp(`the command line ${problem}`));
    const text = `rootseal trust manifest v1\ncommand-line ${commandLine.length}\n${commandLine}\nend\n`;
    assert.throws(() => decodeTrustManifest(Buffer.from(text, 'latin1')), FormatError);
  });
}

test('files at other places, twice, or too long are not written into a manifest', () => {
  const write = (change: Partial<TrustManifest>) => () =>
    encodeTrustManifest({ ...MANIFEST, ...change });
  for (const path of [
    '/etc/rootseal/keys.d/.x.pub',
    '/etc/rootseal/keys.d/x',
    '/etc/rootseal/keys.d/x/y.pub',
    '/etc/rootseal/keys.d/../x.pub',
    'etc/rootseal/keys.d/x.pub',
    '/usr/local/rootseal/keys.d/x.pub',
    '/etc/rootseal/revoked.d/x.pub',
    '/etc/rootseal/keys.d/a\nfile 0 b.pub',
    `/etc/rootseal/keys.d/${'x'.repeat(252)}.pub`,
  ])
    assert.throws(write({ keys: [file(path, '')] }), FormatError, path);
  const key = file('/etc/rootseal/keys.d/x.pub', '');
  assert.throws(write({ keys: [key, key] }), /not in ascending order/);
  assert.throws(write({ policy: key }), /is not a path of policy/);
  assert.throws(write({ keys: [file(key.path, 'x'.repeat(65_537))] }), /not a number up to 65536/);
  const many = Array.from({ length: 20 }, (_, index) =>
    file(`/etc/rootseal/keys.d/${String(index)}.pub`, 'x'.repeat(60_000)),
  );
  assert.throws(write({ keys: many }), new RegExp(`more than ${TRUST_MANIFEST_MAX}`));
});
