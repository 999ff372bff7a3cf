import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseApkInstalled } from '../../../../src/formats/packages/apk-installed.js';
import { parseDpkgStatus } from '../../../../src/formats/packages/dpkg-status.js';
import { parsePacmanDesc } from '../../../../src/formats/packages/pacman-desc.js';
import { parseRpmQuery } from '../../../../src/formats/packages/rpm-query.js';
import { withPauses } from '../../../../src/util/pauses.js';
import { atOnce, type Steps } from '../../../../src/util/steps.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const dpkg = (database: Uint8Array) => atOnce(parseDpkgStatus(database));
const apk = (database: Uint8Array) => atOnce(parseApkInstalled(database));

function stanza(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

const BASE = {
  Package: 'libc6',
  Status: 'install ok installed',
  Architecture: 'amd64',
  Version: '2.41-12',
};

test('dpkg: a package with its source, as the file has it', () => {
  const text =
    stanza({ ...BASE, Source: 'glibc', Conffiles: '\n /etc/ld.so.conf.d/x 0123 obsolete' }) +
    '\n' +
    stanza({
      ...BASE,
      Package: 'libgcc-s1',
      Source: 'gcc-14 (14.2.0-19)',
      Version: '14.2.0-19+b1',
    }) +
    '\n\n' +
    stanza({ ...BASE, Package: 'bash', Version: '5.2-1', Description: 'a shell\n long\n .\n end' });
  assert.deepEqual(dpkg(bytes(text)), [
    {
      manager: 'dpkg',
      name: 'libc6',
      version: '2.41-12',
      architecture: 'amd64',
      source: { name: 'glibc', version: '2.41-12' },
    },
    {
      manager: 'dpkg',
      name: 'libgcc-s1',
      version: '14.2.0-19+b1',
      architecture: 'amd64',
      source: { name: 'gcc-14', version: '14.2.0-19' },
    },
    {
      manager: 'dpkg',
      name: 'bash',
      version: '5.2-1',
      architecture: 'amd64',
      source: { name: 'bash', version: '5.2-1' },
    },
  ]);
});

test('dpkg: what is removed is not installed, and what is not configured says so', () => {
  const states = {
    removed: 'deinstall ok config-files',
    never: 'unknown ok not-installed',
    half: 'install ok half-configured',
    unpacked: 'install reinstreq unpacked',
    held: 'hold ok installed',
  };
  const text = Object.entries(states)
    .map(([Package, Status]) => stanza({ ...BASE, Package, Status }))
    .join('\n');
  assert.deepEqual(
    dpkg(bytes(text)).map(({ name, state }) => [name, state]),
    [
      ['half', 'half-configured'],
      ['unpacked', 'unpacked'],
      ['held', undefined],
    ],
  );
});

test('dpkg: a paragraph without a status is of an installed package, and a package that never was needs no version', () => {
  const { Status, ...rest } = BASE;
  assert.equal(Status, 'install ok installed');
  assert.equal(dpkg(bytes(stanza(rest)))[0]?.state, undefined);
  assert.deepEqual(
    dpkg(bytes('Package: x\nStatus: purge ok not-installed\nPriority: extra\n')),
    [],
  );
  assert.deepEqual(dpkg(bytes('')), []);
});

const REFUSED_BY_DPKG: Readonly<Record<string, RegExp>> = {
  'Package: a\n': /line 1, version: the field is missing/,
  [stanza({ ...BASE, Package: '' })]: /line 1, package: expected printable ASCII/,
  [stanza({ ...BASE, Package: 'a\u001b[2J' })]: /line 1, package: expected printable ASCII/,
  [stanza({ ...BASE, Version: '1 2' })]: /line 4, version: expected printable ASCII/,
  [stanza({ ...BASE, Version: '\u00e9' })]: /line 4, version: expected printable ASCII/,
  [stanza({ ...BASE, Package: 'a'.repeat(256) })]: /256 bytes, more than 255/,
  [stanza({ ...BASE, Status: 'installed' })]: /line 2, status: expected three words/,
  [stanza({ ...BASE, Source: 'a (b' })]: /line 5, source: expected NAME/,
  [`${stanza(BASE)}Package: b\n`]: /line 5, package: the field is there twice/,
  [`${stanza(BASE)}no field\n`]: /line 5: expected `Field: value`/,
  [`${stanza(BASE)}A: b\0\n`]: /contains a NUL byte/,
  [`${stanza(BASE)}A: ${'b'.repeat(1 << 20)}\n`]: /line 5: a line of more than/,
};

test('dpkg: what dpkg would not write is refused, with the place', () => {
  for (const [text, message] of Object.entries(REFUSED_BY_DPKG))
    assert.throws(() => dpkg(bytes(text)), { name: 'FormatError', message });
  const long = new Uint8Array(64 * 1024 * 1024 + 1);
  assert.throws(() => dpkg(long), /67108865 bytes, more than 67108864/);
  const many = stanza({ Package: 'a', Version: '1', Architecture: 'all' }) + '\n';
  assert.throws(() => dpkg(bytes(many.repeat(200_001))), /more than 200000 packages/);
});

test('apk: packages with their origin', () => {
  const text =
    'C:Q1abc=\nP:busybox\nV:1.37.0-r12\nA:x86_64\nS:1\no:busybox\nF:bin\nM:0:0:1777\nR:busybox\nZ:Q1x=\n\n' +
    'P:.build-deps\nV:20250101.000000\n\n\n';
  assert.deepEqual(apk(bytes(text)), [
    {
      manager: 'apk',
      name: 'busybox',
      version: '1.37.0-r12',
      architecture: 'x86_64',
      source: { name: 'busybox', version: '1.37.0-r12' },
    },
    {
      manager: 'apk',
      name: '.build-deps',
      version: '20250101.000000',
      architecture: 'noarch',
    },
  ]);
  for (const [odd, message] of [
    ['P:a\n', /line 1, V: the field is missing/],
    ['P:a\nP:b\n', /line 2, P: the field is there twice/],
    ['P:a\nV:\u0007\n', /line 2, V: expected printable ASCII/],
    ['name\n', /line 1: expected a letter and a colon/],
  ] as const)
    assert.throws(() => apk(bytes(odd)), { name: 'FormatError', message });
});

test('pacman: a package with its base', () => {
  const text =
    '%NAME%\nlinux-headers\n\n%VERSION%\n6.12-1\n\n%BASE%\nlinux\n\n%DESC%\n%ARCH%\n\n%ARCH%\nx86_64\n';
  assert.deepEqual(parsePacmanDesc(bytes(text)), {
    manager: 'pacman',
    name: 'linux-headers',
    version: '6.12-1',
    architecture: 'x86_64',
    source: { name: 'linux', version: '6.12-1' },
  });
  for (const [odd, message] of [
    ['%NAME%\na\n', /VERSION: the field is missing/],
    ['%NAME%\na\nb\n', /line 3, NAME: the field has two values/],
    ['%NAME%\n\u009b2J\n', /line 2, NAME: expected printable ASCII/],
    ['a\n', /line 1: expected `%FIELD%`/],
  ] as const)
    assert.throws(() => parsePacmanDesc(bytes(odd)), { name: 'FormatError', message });
});

test('rpm: packages with epochs, and without the keys', () => {
  const text =
    'bash 0 5.2.37 1.fc42 x86_64 bash-5.2.37-1.fc42.src.rpm\n' +
    'gpg-pubkey 0 a15b79cc 63d04c2c (none) (none)\n' +
    'openssl-libs 1 3.2.4 3.fc42 x86_64 openssl-3.2.4-3.fc42.src.rpm\n' +
    'odd 0 1 1 (none) (none)\n';
  assert.deepEqual(parseRpmQuery(bytes(text)), [
    {
      manager: 'rpm',
      name: 'bash',
      version: '5.2.37-1.fc42',
      architecture: 'x86_64',
      source: { name: 'bash', version: '5.2.37-1.fc42' },
    },
    {
      manager: 'rpm',
      name: 'openssl-libs',
      version: '1:3.2.4-3.fc42',
      architecture: 'x86_64',
      source: { name: 'openssl', version: '3.2.4-3.fc42' },
    },
    { manager: 'rpm', name: 'odd', version: '1-1', architecture: 'noarch' },
  ]);
  for (const odd of [
    'a 0 1 1 x\n',
    'a 0 1 1 x y z\n',
    'a x 1 1 x y\n',
    '\u001b]0;x 0 1 1 x y\n',
    '\n',
  ])
    assert.throws(() => parseRpmQuery(bytes(odd)), { name: 'FormatError' });
});

test('a database of empty lines is read in steps, between which a signal is heard', async () => {
  const lines = Buffer.alloc(1 << 20, '\n');
  for (const parse of [parseDpkgStatus, parseApkInstalled]) {
    let steps = 0;
    for (const work = parse(lines); work.next().done !== true;) steps++;
    assert.equal(steps, 1024);
    const stopped = new AbortController();
    stopped.abort(new Error('stopped'));
    // Nobody waits for the end of so many lines: the first pause that is due hears it.
    await assert.rejects(withPauses(forever(parse, lines), stopped.signal), /stopped/);
  }
});

/** The same database again and again. */
function* forever(parse: (bytes: Uint8Array) => Steps<unknown>, lines: Buffer): Steps<void> {
  for (;;) yield* parse(lines);
}
