import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUILD_RECORD_MAX, parseBuildRecord } from '../../../../src/formats/slsa/build-record.js';

const parse = (value: unknown) => parseBuildRecord(Buffer.from(JSON.stringify(value)));

const WRONG: readonly (readonly [string, unknown, RegExp])[] = [
  ['a list', [], /expected a JSON object/],
  ['an unknown field', { startedOn: '2026-11-23T10:00:00Z' }, /startedOn: there is no such field/],
  ['a builder without a URI', { builder: { id: 'ci' } }, /builder.id: expected a URI/],
  ['a parameter that is no text', { externalParameters: { suite: 1 } }, /suite.*printable/],
  ['a text with a newline', { invocationId: 'a\nb' }, /invocationId: expected 1 to 1024/],
  [
    'a dependency without a name',
    { resolvedDependencies: [{ name: 'a' }] },
    /neither uri nor digest/,
  ],
  [
    'a digest in capitals',
    { resolvedDependencies: [{ digest: { sha256: 'AB'.repeat(32) } }] },
    /names of hashes to hex digits/,
  ],
  [
    'too many dependencies',
    { resolvedDependencies: Array(20_001).fill({ uri: 'a:b' }) },
    /more than 20000/,
  ],
];

for (const [what, value, message] of WRONG)
  test(`${what} is refused`, () => {
    assert.throws(() => parse(value), { code: 'FORMAT_INVALID', message });
  });

test('a record is read as it is, and its length is bounded', () => {
  const record = { builder: { id: 'https://ci.example.org/7' }, invocationId: 'run' };
  assert.deepEqual(parse(record), record);
  assert.throws(() => parseBuildRecord(Buffer.alloc(BUILD_RECORD_MAX + 1)), /more than/);
});
