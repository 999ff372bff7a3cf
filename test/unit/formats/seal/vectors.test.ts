import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { ed25519Verify } from '../../../../src/formats/seal/ed25519.js';
import { sealVerdict } from '../../../helpers/seal-verdict.js';
import { generateTables, readTable } from '../../../vectors/seal/generate.js';

type Row = Readonly<Record<string, string>>;

function parseTable(table: string): Row[] {
  return table
    .trimEnd()
    .split('\n\n')
    .map((record) => {
      const lines = record.split('\n').map((line) => line.split(/ (.*)/).slice(0, 2));
      return Object.fromEntries(lines) as Row;
    });
}

function bytesOf(row: Row, key: string): Buffer {
  return row[key] === '-' ? Buffer.alloc(0) : Buffer.from(row[key]!, 'base64');
}

function codeOf(row: Row): string {
  return sealVerdict({
    note: bytesOf(row, 'note'),
    policy: bytesOf(row, 'policy'),
    keys: bytesOf(row, 'keys'),
    revoked: bytesOf(row, 'revoked'),
    image: row['image']!,
    commit: row['commit'] === '-' ? '' : row['commit']!,
  });
}

test('the tables of test/vectors/seal are what their generator writes', () => {
  for (const [name, table] of Object.entries(generateTables()))
    assert.ok(readTable(name) === table, `${name} is out of date`);
});

const rows = parseTable(readTable('seal.txt'));

test('every seal vector has its own name', () => {
  assert.equal(new Set(rows.map((row) => row['vector'])).size, rows.length);
});

for (const row of rows) {
  test(`seal vector ${row['vector']!} ends as expected: ${row['expect']!}`, () => {
    const code = codeOf(row);
    const verdict = code === 'SEAL_ACCEPTED' ? 'accepted' : 'refused';
    assert.equal(`${verdict} ${code}`, row['expect']);
  });
}

const ed25519Rows = readTable('ed25519.txt')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const [name = '', key = '', message = '', signature = '', verdict = ''] = line.split(' ');
    const hex = (text: string) => Buffer.from(text === '-' ? '' : text, 'hex');
    return {
      name,
      key: hex(key),
      message: hex(message),
      signature: hex(signature),
      valid: verdict === 'valid',
    };
  });

/** OpenSSL, which does not refuse small-order points and does not multiply by the cofactor. */
function opensslVerify({ key, message, signature }: (typeof ed25519Rows)[number]): boolean {
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
  return verify(
    null,
    message,
    createPublicKey({ key: spki, format: 'der', type: 'spki' }),
    signature,
  );
}

for (const row of ed25519Rows) {
  test(`Ed25519 vector ${row.name} is ${row.valid ? 'valid' : 'invalid'}`, () => {
    assert.equal(ed25519Verify(row.signature, row.message, row.key), row.valid);
  });
}

test('whatever we accept OpenSSL accepts, and it differs only on points that are not of prime order', () => {
  for (const row of ed25519Rows) {
    const theirs = opensslVerify(row);
    if (row.valid) assert.ok(theirs, row.name);
    else if (theirs) assert.match(row.name, /^(small-order|mixed-order|zero-nonce|all-zero)/);
  }
});
