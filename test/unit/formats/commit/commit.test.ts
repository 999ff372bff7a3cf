import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { encodeCommit, parseCommit } from '../../../../src/formats/commit/codec.js';
import { commitId, isCommitId, type Commit } from '../../../../src/formats/commit/commit.js';
import { printTime, timeSeconds } from '../../../../src/formats/time.js';
import { FormatError } from '../../../../src/util/errors.js';
import { printCanonicalJson } from '../../../../src/util/canonical-json.js';

const MINIMAL: Commit = {
  format: 1,
  image: `v1-sha256-12:${'ab'.repeat(32)}`,
  imageSize: 4096,
  name: 'debian-trixie',
  version: '2026.11.23',
  sequence: 1795428000,
  time: '2026-11-23T10:00:00Z',
  files: 3,
  bytes: 12,
};

const FULL = {
  ...MINIMAL,
  parent: commitId(new Uint8Array()),
  os: { id: 'debian', versionId: '13', prettyName: 'Debian GNU/Linux 13 (trixie)' },
  kernel: { release: '6.12.107+deb13-cloud-amd64' },
  source: {
    git: { url: 'https://example.org/os.git', commit: '0'.repeat(40), dirty: false, path: 'a/b' },
    oci: { reference: 'example.org/os:13', digest: `sha256:${'0'.repeat(64)}` },
  },
  labels: { channel: 'stable', 'org.example/note': 'ü' },
};

const bytesOf = (value: unknown) => Buffer.from(printCanonicalJson(value), 'utf8');

test('a commit is read back as it was written, and its id is the SHA-256 of its bytes', () => {
  for (const commit of [MINIMAL, FULL]) {
    const bytes = encodeCommit(commit);
    assert.deepEqual(parseCommit(bytes), commit);
    assert.equal(commitId(bytes), createHash('sha256').update(bytes).digest('hex'));
    assert.ok(isCommitId(commitId(bytes)));
  }
});

test('the bytes of a commit do not change between versions of the program', () => {
  assert.equal(
    Buffer.from(encodeCommit(MINIMAL)).toString(),
    `{"bytes":12,"files":3,"format":1,"image":"v1-sha256-12:${'ab'.repeat(32)}","imageSize":4096,` +
      '"name":"debian-trixie","sequence":1795428000,"time":"2026-11-23T10:00:00Z","version":"2026.11.23"}',
  );
});

test('unknown keys survive a copy at every level', () => {
  const bytes = bytesOf({ ...FULL, future: { deep: [1] }, os: { id: 'x', variant: 'server' } });
  const copy = { ...parseCommit(bytes), version: '2' };
  assert.deepEqual(parseCommit(encodeCommit(copy)), {
    ...FULL,
    version: '2',
    future: { deep: [1] },
    os: { id: 'x', variant: 'server' },
  });
});

const WRONG: readonly (readonly [field: string, value: unknown])[] = [
  ['format', 2],
  ['format', undefined],
  ['image', 'ab'.repeat(32)],
  ['image', `v2-sha256-12:${'ab'.repeat(32)}`],
  ['image', `v1-sha512-12:${'ab'.repeat(32)}`],
  ['image', `v1-sha256-12:${'AB'.repeat(32)}`],
  ['imageSize', -1],
  ['imageSize', '1'],
  ['name', ''],
  ['name', '../x'],
  ['name', 'a/b'],
  ['name', 'a b'],
  ['name', 'a\n'],
  ['name', '.a'],
  ['name', 'x'.repeat(129)],
  ['version', 'a b'],
  ['version', ''],
  ['version', '1\n'],
  ['version', 'ü'],
  ['sequence', null],
  ['sequence', undefined],
  ['parent', 'x'],
  ['parent', null],
  ['time', '2026-11-23T10:00:00+01:00'],
  ['time', '2026-02-30T10:00:00Z'],
  ['time', '2026-11-23T24:00:00Z'],
  ['time', '2026-11-23T10:00:00.5Z'],
  ['files', true],
  ['bytes', []],
  ['os', 'debian'],
  ['os.id', { versionId: '1' }],
  ['os.prettyName', { id: 'x', prettyName: 'a\u001b[2J' }],
  ['kernel.release', {}],
  ['source', []],
  ['source.git.commit', { git: { dirty: true, commit: 'HEAD' } }],
  ['source.git.dirty', { git: { commit: '0'.repeat(40) } }],
  ['source.oci.digest', { oci: { reference: 'x', digest: 'md5:0' } }],
  ['labels', { 'a=b': 'c' }],
  ['labels', { '': 'c' }],
  ['labels', { a: 1 }],
  ['labels', { a: 'x'.repeat(4097) }],
];

for (const [index, [field, value]] of WRONG.entries()) {
  test(`a commit with a wrong ${field} is refused and the error names the field (case ${index})`, () => {
    const key = field.split('.')[0]!;
    const bytes = bytesOf({ ...MINIMAL, [key]: value });
    const named = (error: unknown) =>
      error instanceof FormatError && error.format === 'commit' && error.place.field === field;
    assert.throws(() => parseCommit(bytes), named);
    assert.throws(() => encodeCommit({ ...MINIMAL, [key]: value }), named);
  });
}

test('bytes that are not a canonical JSON object of at most 1 MiB are not a commit', () => {
  const good = Buffer.from(encodeCommit(MINIMAL));
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('[]'),
    Buffer.concat([good, Buffer.from('\n')]),
    Buffer.from(JSON.stringify(MINIMAL)),
    bytesOf({ ...MINIMAL, pad: 'x'.repeat(1 << 20) }),
  ])
    assert.throws(() => parseCommit(bytes), FormatError);
  assert.throws(
    () => encodeCommit({ ...MINIMAL, pad: 'x'.repeat(1 << 20) } as never),
    /more than 1048576/,
  );
});

test('times are written in whole seconds and read back', () => {
  assert.equal(printTime(1795428000), '2026-11-23T10:00:00Z');
  assert.equal(timeSeconds('2026-11-23T10:00:00Z'), 1795428000);
  assert.equal(printTime(0), '1970-01-01T00:00:00Z');
});
